// A host's clock as an exact function of true time: how it drifts, stands still and steps, and that asking when it
// will show something and reading it then agree to the nanosecond, at any rate and over any span.
#include "sim/host_clock.h"

#include <gtest/gtest.h>

#include <limits>

#include "impl/env/random.h"
#include "impl/env/wide.h"

namespace lockstep::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::int64_t kStandstill = -kBillion;
constexpr Duration kYear = 24h * 365;

TrueTime at(Duration since_start) { return TrueTime(since_start); }

LinearClock running(std::int64_t ppb, Duration start = 0s) {
  LinearClock clock(start);
  clock.set_rate(at(0s), ppb);
  return clock;
}

TEST(HostClock, AnHonestClockShowsTrueTimeSinceItsStart) {
  const LinearClock clock(100s);
  EXPECT_EQ(clock.read(at(0s)), 100s);
  EXPECT_EQ(clock.read(at(7s + 1ns)), 107s + 1ns);
}

TEST(HostClock, ADriftingClockGainsOrLosesPartsPerBillion) {
  EXPECT_EQ(running(1).read(at(1s)), 1s + 1ns);
  EXPECT_EQ(running(-1).read(at(1s)), 1s - 1ns);
  EXPECT_EQ(running(100'000).read(at(10s)), 10s + 1ms);
  EXPECT_EQ(running(500'000'000).read(at(2s)), 3s);
  EXPECT_EQ(running(-500'000'000).read(at(2s)), 1s);
}

TEST(HostClock, PartsOfANanosecondAreRoundedDownEitherWay) {
  EXPECT_EQ(running(1).read(at(1s - 1ns)), 1s - 1ns);
  EXPECT_EQ(running(-1).read(at(1ns)), 0ns);
  EXPECT_EQ(running(-1).read(at(1s + 1ns)), 1s - 1ns);
}

TEST(HostClock, ARateTakesEffectFromItsInstantOn) {
  LinearClock clock;
  clock.set_rate(at(10s), kBillion);
  EXPECT_EQ(clock.read(at(10s)), 10s);
  EXPECT_EQ(clock.read(at(12s)), 14s);
  clock.set_rate(at(12s), 0);
  EXPECT_EQ(clock.read(at(13s)), 15s);
}

TEST(HostClock, AFrozenClockStandsStillAndGoesOnFromThere) {
  LinearClock clock;
  clock.set_rate(at(3s), kStandstill);
  EXPECT_EQ(clock.read(at(1h)), 3s);
  clock.set_rate(at(1h), 0);
  EXPECT_EQ(clock.read(at(1h + 1s)), 4s);
}

TEST(HostClock, NoClockRunsBackwards) {
  const auto clock = running(-3 * kBillion, 5s);
  EXPECT_EQ(clock.read(at(0s)), 5s);
  EXPECT_EQ(clock.read(at(kYear)), 5s);
}

TEST(HostClock, AStepMovesTheReadingAtOnceAndKeepsTheRate) {
  LinearClock clock = running(kBillion);
  clock.step(at(1s), -10s);
  EXPECT_EQ(clock.read(at(1s)), -8s);
  EXPECT_EQ(clock.read(at(2s)), -6s);
  clock.step(at(2s), 1h);
  EXPECT_EQ(clock.read(at(2s)), 1h - 6s);
}

TEST(HostClock, AStepOfAFrozenClockMovesItOnceAndForAll) {
  LinearClock clock = running(kStandstill, 1s);
  clock.step(at(5s), 1s);
  EXPECT_EQ(clock.read(at(9s)), 2s);
}

TEST(HostClock, ARestartBeginsAnewAtTheSameRate) {
  LinearClock clock = running(kBillion, 1000s);
  clock.restart(at(50s), 0s);
  EXPECT_EQ(clock.read(at(50s)), 0s);
  EXPECT_EQ(clock.read(at(51s)), 2s);
}

TEST(HostClock, WhatItAlreadyShowsIsNow) {
  const auto clock = running(-7, 100s);
  EXPECT_EQ(clock.when(100s, at(3s)), at(3s));
  EXPECT_EQ(clock.when(-5s, at(3s)), at(3s));
}

TEST(HostClock, WhatAFrozenClockDoesNotShowNeverComes) {
  const auto clock = running(kStandstill, 1s);
  EXPECT_EQ(clock.when(1s, at(9s)), at(9s));
  EXPECT_EQ(clock.when(1s + 1ns, at(9s)), TrueTime::max());
}

TEST(HostClock, WhatComesOnlyBehindTheEndOfTimeNeverComes) {
  EXPECT_EQ(running(1 - kBillion).when(292 * kYear, at(1s)), TrueTime::max());
  EXPECT_EQ(running(-500'000'000).when(Duration::max(), at(1s)), TrueTime::max());
  EXPECT_EQ(LinearClock().when(Duration::max() - 1ns, at(1s)), at(Duration::max() - 1ns));
}

// Rates of every size and sign, near one and near standing still.
std::int64_t any_rate(RandomStream& random) {
  const std::int64_t size = std::int64_t{1} << random.below(31);
  switch (random.below(4)) {
    case 0: return random.between(-size, size);
    case 1: return kStandstill + random.between(0, size);
    case 2: return 0;
    default: return random.between(kStandstill, 3 * kBillion);
  }
}

Duration any_span(RandomStream& random) { return Duration(random.between(0, std::int64_t{1} << random.below(56))); }

TEST(HostClock, WhenIsExactlyTheFirstInstantAtWhichItReadsSoMuch) {
  RandomStream random(1);
  int moments = 0;
  for (int i = 0; i < 100'000; ++i) {
    LinearClock clock(any_span(random));
    const TrueTime changed = at(any_span(random));
    clock.set_rate(changed, any_rate(random));
    const TrueTime now = changed + any_span(random);
    const Duration wanted = clock.read(now) + any_span(random);
    const TrueTime then = clock.when(wanted, now);
    ASSERT_GE(then, now);
    if (then == TrueTime::max()) {
      ASSERT_LT(clock.read(now + kYear), wanted) << "it does come";
      continue;
    }
    ++moments;
    ASSERT_GE(clock.read(then), wanted) << "draw " << i;
    ASSERT_TRUE(then == now || clock.read(then - 1ns) < wanted) << "draw " << i << ": not the first instant";
  }
  EXPECT_GT(moments, 50'000);
}

TEST(HostClock, AReadingIsTheExactProductRoundedDown) {
  RandomStream random(2);
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t rate = any_rate(random);
    const Duration start = any_span(random);
    const Duration since = any_span(random);
    const Wide exact = static_cast<Wide>(since.count()) * (kBillion + std::max(rate, kStandstill)) / kBillion;
    ASSERT_EQ(running(rate, start).read(at(since)), start + Duration(static_cast<std::int64_t>(exact)))
        << "rate " << rate << " over " << since.count();
  }
}

TEST(HostClock, OftenChangedItStillNeverStepsBackAndLosesLessThanANanosecondAChange) {
  RandomStream random(3);
  LinearClock clock;
  TrueTime now{};
  Wide exact = 0;  // in parts of 1e-9 ns
  std::int64_t rate = 0;
  Duration last{};
  for (int changes = 1; changes <= 10'000; ++changes) {
    const Duration span(static_cast<std::int64_t>(random.below(10'000'000'000)));
    now += span;
    exact += static_cast<Wide>(span.count()) * (kBillion + rate);
    const Duration read = clock.read(now);
    ASSERT_GE(read, last);
    last = read;
    const auto whole = static_cast<std::int64_t>(exact / kBillion);
    ASSERT_LE(read.count(), whole);
    ASSERT_GT(read.count(), whole - changes);
    rate = random.between(kStandstill, kBillion);
    clock.set_rate(now, rate);
    ASSERT_EQ(clock.read(now), read) << "a change of rate moved the reading";
  }
}

TEST(HostClock, CenturiesAtDoubleSpeedDoNotOverflow) {
  const auto fast = running(kBillion);
  EXPECT_EQ(fast.read(at(140 * kYear)), 280 * kYear);
  EXPECT_EQ(fast.when(280 * kYear, at(1s)), at(140 * kYear));
  const auto slow = running(1 - kBillion);
  EXPECT_EQ(slow.read(at(290 * kYear)), Duration(290 * kYear / 1s));
  LinearClock stepped(-200 * kYear);
  stepped.set_rate(at(0s), 1);
  EXPECT_GT(stepped.when(90 * kYear, at(0s)), at(289 * kYear));
  LinearClock behind(-290 * kYear);
  behind.set_rate(at(0s), kBillion);
  EXPECT_EQ(behind.when(10 * kYear, at(0s)), at(150 * kYear));
}

}  // namespace
}  // namespace lockstep::sim
