// The lane's promises, on a real thread: order, the right thread for each part, and what its end leaves undone.
#include "impl/env/real/thread_lane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <stdexcept>
#include <vector>

#include "impl/env/drive_test.h"
#include "impl/env/manual_clock_test.h"

namespace lockstep {
namespace {

// Counts how often something of the kind has been destroyed, moved-from shells not counted.
struct Witness {
  std::shared_ptr<int> held = std::make_shared<int>();
  std::weak_ptr<int> watch() const { return held; }
};

struct Lane : testing::Test {
  std::thread::id here = std::this_thread::get_id();
  asio::io_context context;
  std::optional<ThreadLane> lane{context.get_executor()};
};

TEST_F(Lane, WorkRunsElsewhereAndDoneOnTheExecutor) {
  std::thread::id worked;
  std::thread::id finished;
  lane->submit([&] { worked = std::this_thread::get_id(); }, [&] { finished = std::this_thread::get_id(); });
  context.run();  // returns when no work is left: the lane's counts
  EXPECT_NE(worked, here);
  EXPECT_NE(worked, std::thread::id());
  EXPECT_EQ(finished, here);
}

TEST_F(Lane, WorkIsDoneOneByOneInTheOrderOfSubmission) {
  std::vector<int> worked;
  std::vector<int> finished;
  for (int i = 0; i < 200; ++i) {
    lane->submit([&worked, i] { worked.push_back(i); }, [&finished, i] { finished.push_back(i); });
  }
  context.run();
  ASSERT_EQ(worked.size(), 200);
  EXPECT_TRUE(std::is_sorted(worked.begin(), worked.end()));
  EXPECT_EQ(worked, finished);
}

TEST_F(Lane, DoneMaySubmitMore) {
  int rounds = 0;
  std::function<void()> again = [&] {
    if (++rounds < 10) lane->submit([] {}, [&] { again(); });
  };
  lane->submit([] {}, [&] { again(); });
  context.run();
  EXPECT_EQ(rounds, 10);
}

TEST_F(Lane, ItsEndWaitsForTheWorkInHandAndDropsEverythingBehindIt) {
  std::promise<void> started;
  std::promise<void> may_end;
  bool in_hand_ended = false;
  bool done_ran = false;
  const Witness work;
  const Witness done;
  lane->submit(
      [&] {
        started.set_value();
        may_end.get_future().wait();
        in_hand_ended = true;
      },
      [&] { done_ran = true; });
  for (int i = 0; i < 10; ++i) lane->submit([kept = work] {}, [&, kept = done] { done_ran = true; });
  started.get_future().wait();
  EXPECT_EQ(work.watch().use_count(), 11);
  may_end.set_value();
  lane.reset();
  context.run();
  EXPECT_TRUE(in_hand_ended);
  EXPECT_FALSE(done_ran);
  EXPECT_EQ(work.watch().use_count(), 1);
  EXPECT_EQ(done.watch().use_count(), 1);
}

TEST_F(Lane, ItsEndDoesNotWaitForWorkThatHasNotBeenStarted) {
  std::promise<void> going;
  int begun = 0;
  ThreadLane& same = *lane;
  std::function<void()> again = [&] {
    if (++begun == 3) going.set_value();
    same.submit([&] { again(); }, [] {});  // so that there is always some
  };
  lane->submit([&] { again(); }, [] {});
  going.get_future().wait();
  lane.reset();
  EXPECT_GE(begun, 3);
}

TEST_F(Lane, DoneThatNobodyRanInTimeEndsWithTheLane) {
  std::promise<void> worked;
  bool ran = false;
  const Witness done;
  lane->submit([&] { worked.set_value(); }, [&, kept = done] { ran = true; });
  worked.get_future().wait();
  lane.reset();
  EXPECT_EQ(done.watch().use_count(), 1);
  context.run();
  EXPECT_FALSE(ran);
}

TEST_F(Lane, SubmittingFromADestructorAtItsEndIsHarmless) {
  std::promise<void> started;
  std::promise<void> may_end;
  struct Resubmits {
    ThreadLane* lane;
    explicit Resubmits(ThreadLane* l) : lane(l) {}
    Resubmits(Resubmits&& other) noexcept : lane(std::exchange(other.lane, nullptr)) {}
    ~Resubmits() {
      if (lane != nullptr) lane->submit([] {}, [] {});
    }
  };
  lane->submit(
      [&] {
        started.set_value();
        may_end.get_future().wait();
      },
      [] {});
  started.get_future().wait();
  lane->submit([kept = Resubmits(&*lane)] {}, [] {});
  may_end.set_value();
  lane.reset();
  context.run();
}

Awaitable<std::optional<int>> adds(BlockingLane& lane, Clock& clock, int a, int b) {
  const auto add = [a, b] { return a + b; };
  co_return co_await blocking(lane, clock, add);
}

Awaitable<std::optional<int>> fails(BlockingLane& lane, Clock& clock) {
  const auto fail = []() -> int { throw std::runtime_error("no such file"); };
  co_return co_await blocking(lane, clock, fail);
}

Awaitable<std::optional<bool>> waits(BlockingLane& lane, Clock& clock, std::shared_future<void> until,
                                     MonoTime deadline) {
  const auto wait = [until] {
    until.wait();
    return true;
  };
  co_return co_await blocking(lane, clock, wait, deadline);
}

struct Blocking : Lane {
  ManualClock clock{context};
  std::promise<void> may_end;
  std::shared_future<void> allowed = may_end.get_future().share();
};

TEST_F(Blocking, ReturnsWhatTheFunctionReturns) { EXPECT_EQ(await(context, adds(*lane, clock, 2, 3)), 5); }

TEST_F(Blocking, ThrowsWhatTheFunctionThrows) { EXPECT_THROW(await(context, fails(*lane, clock)), std::runtime_error); }

TEST_F(Blocking, GoesOnWithoutAResultThatIsLate) {
  auto waiting = start(context, waits(*lane, clock, allowed, clock.monotonic() + std::chrono::seconds(1)));
  clock.pass(std::chrono::milliseconds(999));
  EXPECT_FALSE(waiting.done());
  clock.pass(std::chrono::milliseconds(1));
  EXPECT_EQ(waiting.result(), std::nullopt);
  may_end.set_value();
  EXPECT_EQ(await(context, adds(*lane, clock, 2, 3)), 5);  // and what comes behind it still has its turn
}

TEST_F(Blocking, IsUnwoundAndNeverGoesOnOnceItsProcessEnds) {
  auto waiting = start(context, waits(*lane, clock, allowed, MonoTime::max()));
  auto behind = start(context, adds(*lane, clock, 2, 3));
  context.poll();
  may_end.set_value();
  lane.reset();
  EXPECT_EQ(clock.pending(), 2);
  context.restart();
  context.poll();
  EXPECT_FALSE(waiting.done());
  EXPECT_FALSE(behind.done());
}

}  // namespace
}  // namespace lockstep
