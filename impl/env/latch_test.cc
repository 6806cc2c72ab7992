// One event, any number of waiters, whichever of them comes or goes first.
#include "impl/env/latch.h"

#include "impl/env/drive_test.h"
#include "impl/env/manual_clock_test.h"

namespace lockstep {
namespace {

using std::chrono::seconds;

struct ALatch : testing::Test {
  Started<Wake> waiter(Duration patience = Duration::max()) {
    auto waiting = start(context, latch->wait_until(saturating_add(clock.monotonic(), patience)));
    clock.pass({});
    return waiting;
  }
  asio::io_context context;
  ManualClock clock{context};
  std::optional<Latch> latch{std::in_place, clock};
};

TEST_F(ALatch, WakesAllItsWaitersAndWhoeverComesLater) {
  auto one = waiter();
  auto other = waiter();
  EXPECT_FALSE(one.done());
  latch->set();
  latch->set();
  clock.pass({});
  EXPECT_EQ(one.result(), Wake::signalled);
  EXPECT_EQ(other.result(), Wake::signalled);
  auto late = waiter();
  EXPECT_EQ(late.result(), Wake::signalled);
}

TEST_F(ALatch, LosesAWaiterWhoseTimeIsUpAndKeepsTheOthers) {
  auto patient = waiter();
  auto impatient = waiter(seconds(1));
  clock.pass(seconds(1));
  EXPECT_EQ(impatient.result(), Wake::deadline);
  EXPECT_FALSE(patient.done());
  latch->set();
  EXPECT_EQ(patient.result(), Wake::signalled);
}

TEST_F(ALatch, ThatGoesBeforeItIsSetCancelsItsWaiters) {
  auto one = waiter();
  auto other = waiter();
  latch.reset();
  EXPECT_EQ(one.result(), Wake::cancelled);
  EXPECT_EQ(other.result(), Wake::cancelled);
}

}  // namespace
}  // namespace lockstep
