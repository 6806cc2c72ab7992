// A fiber goes on where it was, and one that needs more stack than there is harms nobody but itself.
#include "sim/fiber.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace lockstep::sim {
namespace {

TEST(Fiber, GoesOnWhereItWas) {
  std::vector<int> steps;
  Fiber* own = nullptr;
  Fiber fiber([&] {
    for (int step = 0; step < 3; ++step) {
      steps.push_back(step);
      own->suspend();
    }
  });
  own = &fiber;
  while (!fiber.done()) {
    steps.push_back(-1);
    fiber.resume();
  }
  EXPECT_EQ(steps, (std::vector<int>{-1, 0, -1, 1, -1, 2, -1}));
}

TEST(Fiber, ThatIsOneOfManyHasAStackOfItsOwn) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Fiber>> fibers;
    int right = 0;
    for (int number = 0; number < 100; ++number) {
      fibers.push_back(std::make_unique<Fiber>([number, &fibers, &right] {
        volatile int kept[1000];
        for (volatile int& place : kept) place = number;
        fibers[static_cast<std::size_t>(number)]->suspend();
        bool same = true;
        for (const volatile int& place : kept) same = same && place == number;
        right += same ? 1 : 0;
      }));
      fibers.back()->resume();
    }
    for (const auto& fiber : fibers) fiber->resume();
    EXPECT_EQ(right, 100);
  }
}

int without_end(int depth) {
  volatile char room[1000];
  room[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : without_end(depth + 1) + room[0];
}

TEST(FiberDeathTest, ThatNeedsMoreStackThanThereIsDiesThere) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(Fiber([] { without_end(0); }).resume(), "");
}

}  // namespace
}  // namespace lockstep::sim
