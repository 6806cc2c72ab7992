// When three bars of a lease begin and end, told as runs.
#include "reports/pages/lease_bars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/run_test.h"

namespace lockstep::reports {
namespace {

using Kind = LeaseBar::Kind;

// From which event to which, of the attempt's only bar of the kind.
std::pair<std::uint32_t, std::uint32_t> bar(const RunStory& s, Kind kind, std::uint32_t attempt = 1) {
  for (const LeaseBar& b : lease_bars_of(s.result.history)) {
    if (b.kind == kind && b.attempt == attempt) return {b.begin, b.end};
  }
  ADD_FAILURE() << "no " << name_of(kind) << " bar of attempt " << attempt;
  return {};
}
std::uint32_t end_of(const RunStory& s) { return s.last() + 1; }

// Client 0 asks (0), is granted A (1), believes (2) and goes to work (3).
RunStory held() {
  RunStory s;
  s.at(1s).wants(0, 1);
  s.at(1001ms).store(EventType::granted, 1);
  s.at(1002ms).believes(0, 1).answered(0, 1, Op::lock, EventType::ok);
  return s;
}

TEST(LeaseBars, BelongToTheClientThatAsked) {
  const auto s = held();
  for (const LeaseBar& b : lease_bars_of(s.result.history)) EXPECT_EQ(b.process, RunStory::client(0));
}

TEST(LeaseBars, AreOpenUntilTheRunIsOverIfNothingEndsThem) {
  const auto s = held();
  EXPECT_EQ(bar(s, Kind::store), std::pair(1u, end_of(s)));
  EXPECT_EQ(bar(s, Kind::belief), std::pair(2u, end_of(s)));
  EXPECT_EQ(bar(s, Kind::critical), std::pair(3u, end_of(s)));
}

TEST(LeaseBars, EndAtTheClientWhenItGivesTheLockBackAndAtTheStoreWhenThatHears) {
  auto s = held();
  s.at(2s).answered(0, 1, Op::unlock, EventType::invoke);
  const auto gives = s.last();
  s.at(2001ms).store(EventType::released, 1);
  EXPECT_EQ(bar(s, Kind::belief).second, gives);
  EXPECT_EQ(bar(s, Kind::critical).second, gives);
  EXPECT_EQ(bar(s, Kind::store).second, s.last());
}

TEST(LeaseBars, ThePausedHolderWorksOnAfterItsBeliefIsOver) {
  auto s = held();
  s.at(1990ms).add(EventType::belief_ended, RunStory::client(0), 1);
  const auto over = s.last();
  s.at(2001ms).store(EventType::expired, 1);
  s.at(5s).add(EventType::lost, RunStory::client(0), 1);
  EXPECT_EQ(bar(s, Kind::belief).second, over);
  EXPECT_EQ(bar(s, Kind::store).second, over + 1);
  EXPECT_EQ(bar(s, Kind::critical).second, s.last());
}

TEST(LeaseBars, OfAClientThatDiesEndThereButTheStoreKeepsItsOwn) {
  auto s = held();
  s.at(1500ms).add(EventType::process_crashed, RunStory::client(0));
  EXPECT_EQ(bar(s, Kind::belief).second, s.last());
  EXPECT_EQ(bar(s, Kind::critical).second, s.last());
  EXPECT_EQ(bar(s, Kind::store).second, end_of(s));
}

TEST(LeaseBars, WhatAnOpenedStoreDoesNotFindIsOver) {
  auto s = held();
  s.at(3s).add(EventType::restarted, RunStory::kServer);
  EXPECT_EQ(bar(s, Kind::store).second, s.last());
}

TEST(LeaseBars, WhatAnOpenedStoreFindsGoesOn) {
  auto s = held();
  s.at(3s).add(EventType::restarted, RunStory::kServer);
  s.store(EventType::recovered, 1);
  EXPECT_EQ(bar(s, Kind::store), std::pair(1u, end_of(s)));
}

TEST(LeaseBars, ARenewalChangesNoBar) {
  auto s = held();
  s.at(1300ms).store(EventType::renewed, 1);
  s.at(1301ms).believes(0, 1);
  EXPECT_EQ(lease_bars_of(s.result.history).size(), 3u);
}

}  // namespace
}  // namespace lockstep::reports
