// The clocks of the machine on which the test runs. How a suspended machine resumes can only be seen on one.
#include "impl/env/real/host_clock.h"

#include <gtest/gtest.h>
#include <time.h>

#include <functional>
#include <stdexcept>
#include <vector>

#include "impl/env/drive_test.h"
#include "impl/env/signal.h"

namespace lockstep {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Notes when it fired, or that it was abandoned.
struct NotedTimer final : Timer {
  void fire() override {
    ++fired;
    if (then) then();
  }
  void abandon() override {
    ++abandoned;
    if (then) then();
  }
  int fired = 0;
  int abandoned = 0;
  std::function<void()> then;
};

struct HostClock : testing::Test {
  MonoTime in(Duration duration) { return clock->monotonic() + duration; }
  bool fires(NotedTimer& timer) {
    return drive_until(context, [&] { return timer.fired > 0; });
  }
  void runs_what_is_ready() {
    context.restart();
    context.poll();
  }
  void ends() { clock.reset(); }

  asio::io_context context;
  std::optional<RealHostClock> clock{context};
};

Duration reading_of(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return seconds(now.tv_sec) + Duration(now.tv_nsec);
}

TEST_F(HostClock, ReadsTheClocksOfTheKernel) {
  const MonoTime before(reading_of(CLOCK_BOOTTIME));
  const MonoTime now = clock->monotonic();
  const MonoTime after(reading_of(CLOCK_BOOTTIME));
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
  EXPECT_LT(std::chrono::abs(WallTime(reading_of(CLOCK_REALTIME)) - clock->wall()), seconds(10));
}

TEST_F(HostClock, KnowsTheBootFromAnyOther) {
  EXPECT_EQ(clock->boot(), RealHostClock(context).boot());
  EXPECT_NE(clock->boot(), BootId());
}

TEST(BootIds, KeepAll128Bits) {
  EXPECT_EQ(boot_id_of("01234567-89ab-cdef-FEDC-ba9876543210"), (BootId{0x0123456789abcdef, 0xfedcba9876543210}));
  for (const auto* text : {"", "0123", "01234567-89ab-cdef-fedc-ba987654321", "0123456789abcdeffedcba98765432100",
                           "g1234567-89ab-cdef-fedc-ba9876543210"}) {
    EXPECT_THROW(boot_id_of(text), std::invalid_argument) << text;
  }
}

TEST_F(HostClock, ATimerFiresOnceItsDeadlineIsReachedAndNotBefore) {
  NotedTimer timer;
  const MonoTime deadline = in(milliseconds(5));
  MonoTime fired_at;
  timer.then = [&] { fired_at = clock->monotonic(); };
  clock->arm(timer, deadline);
  ASSERT_TRUE(fires(timer));
  EXPECT_GE(fired_at, deadline);
  EXPECT_EQ(timer.fired, 1);
}

TEST_F(HostClock, TimersFireInTheOrderOfTheirDeadlinesWhateverTheOrderOfArming) {
  std::vector<int> order;
  NotedTimer timers[3];
  for (int i = 0; i < 3; ++i) timers[i].then = [&order, i] { order.push_back(i); };
  const MonoTime now = clock->monotonic();
  clock->arm(timers[2], now + milliseconds(6));
  clock->arm(timers[0], now + milliseconds(2));
  clock->arm(timers[1], now + milliseconds(4));
  ASSERT_TRUE(fires(timers[2]));
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
}

TEST_F(HostClock, ADeadlineThatHasPassedFiresSoonButNeverWithinArm) {
  NotedTimer timers[3];
  clock->arm(timers[0], in(-hours(1)));
  clock->arm(timers[1], MonoTime());
  clock->arm(timers[2], MonoTime::min());
  EXPECT_EQ(timers[0].fired + timers[1].fired + timers[2].fired, 0);
  for (auto& timer : timers) EXPECT_TRUE(fires(timer));
}

TEST_F(HostClock, AnExpeditedTimerFiresAfterWhatWasReadyAndNotASecondTime) {
  NotedTimer timer;
  std::vector<int> order;
  timer.then = [&] { order.push_back(2); };
  clock->arm(timer, in(milliseconds(2)));
  asio::post(context, [&] { order.push_back(1); });
  clock->expedite(timer);
  clock->expedite(timer);
  EXPECT_EQ(timer.fired, 0);
  runs_what_is_ready();
  EXPECT_EQ(order, (std::vector{1, 2}));
  NotedTimer later;
  clock->arm(later, in(milliseconds(4)));
  ASSERT_TRUE(fires(later));
  EXPECT_EQ(timer.fired, 1);
}

TEST_F(HostClock, OnlyExpeditingEndsAnEndlessWait) {
  NotedTimer timer;
  clock->arm(timer, MonoTime::max());
  runs_what_is_ready();
  EXPECT_EQ(timer.fired, 0);
  clock->expedite(timer);
  EXPECT_TRUE(fires(timer));
}

TEST_F(HostClock, ADisarmedTimerNeitherFiresNorIsAbandoned) {
  NotedTimer timed;
  NotedTimer ready;
  NotedTimer witness;
  clock->arm(timed, in(milliseconds(1)));
  clock->arm(ready, MonoTime::max());
  clock->arm(witness, in(milliseconds(3)));
  clock->expedite(ready);
  clock->disarm(timed);
  clock->disarm(ready);
  clock->disarm(ready);
  ASSERT_TRUE(fires(witness));
  ends();
  EXPECT_EQ(timed.fired + timed.abandoned + ready.fired + ready.abandoned, 0);
}

TEST_F(HostClock, ATimerThatFiredMayBeArmedAgainAtOnce) {
  NotedTimer timer;
  timer.then = [&] {
    if (timer.fired < 3) clock->arm(timer, in(milliseconds(1)));
  };
  clock->arm(timer, in(milliseconds(1)));
  EXPECT_TRUE(drive_until(context, [&] { return timer.fired == 3; }));
}

TEST_F(HostClock, AnEarlierDeadlineIsMetAlthoughTheAlarmStandsLater) {
  NotedTimer late;
  NotedTimer early;
  clock->arm(late, in(hours(1)));
  clock->arm(early, in(milliseconds(2)));
  EXPECT_TRUE(fires(early));
  EXPECT_EQ(late.fired, 0);
  clock->disarm(late);
}

TEST_F(HostClock, ALaterDeadlineIsMetAlthoughTheEarliestWasDisarmed) {
  NotedTimer early;
  NotedTimer late;
  clock->arm(early, in(milliseconds(1)));
  clock->arm(late, in(milliseconds(3)));
  clock->disarm(early);
  EXPECT_TRUE(fires(late));
}

TEST_F(HostClock, AnExceptionOutOfOneTimerCostsNoOtherItsTurn) {
  NotedTimer bad;
  NotedTimer good;
  bad.then = [] { throw std::runtime_error("bad"); };
  clock->arm(bad, in(milliseconds(1)));
  clock->arm(good, in(milliseconds(1)));
  EXPECT_THROW(fires(good), std::runtime_error);
  EXPECT_TRUE(fires(good));
}

TEST_F(HostClock, ItsEndAbandonsWhatIsPendingAndRunsNothing) {
  NotedTimer timed;
  NotedTimer endless;
  NotedTimer ready;
  clock->arm(timed, in(milliseconds(1)));
  clock->arm(endless, MonoTime::max());
  clock->arm(ready, MonoTime::max());
  clock->expedite(ready);
  ends();
  runs_what_is_ready();
  for (const auto* timer : {&timed, &endless, &ready}) {
    EXPECT_EQ(timer->fired, 0);
    EXPECT_EQ(timer->abandoned, 1);
  }
}

TEST_F(HostClock, WhatIsAbandonedMayTakeOthersAlong) {
  NotedTimer first;
  NotedTimer second;
  clock->arm(first, in(hours(1)));
  clock->arm(second, in(hours(2)));
  first.then = [&] { clock->disarm(second); };
  ends();
  EXPECT_EQ(first.abandoned, 1);
  EXPECT_EQ(second.abandoned, 0);
}

struct Departure {
  explicit Departure(bool& g) : gone(g) {}
  ~Departure() { gone = true; }
  bool& gone;
};

Awaitable<void> waits_for_ever(Clock& clock, bool& gone) {
  const Departure departure(gone);
  co_await Signal(clock).wait();
}

TEST_F(HostClock, CoroutinesThatWaitedAreUnwoundAfterItsEnd) {
  bool gone = false;
  spawn(context.get_executor(), waits_for_ever(*clock, gone));
  runs_what_is_ready();
  ends();
  runs_what_is_ready();
  EXPECT_TRUE(gone);
}

TEST_F(HostClock, SleepingTakesAtLeastItsTime) {
  const MonoTime until = in(milliseconds(3));
  EXPECT_EQ(await(context, sleep_until(*clock, until)), Wake::deadline);
  EXPECT_GE(clock->monotonic(), until);
}

}  // namespace
}  // namespace lockstep
