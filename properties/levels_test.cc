// Levels follow from what was exercised and kept; a promise that is broken beside another is not overlooked.
#include <gtest/gtest.h>

#include "properties/validate.h"

namespace lockstep::properties {
namespace {

using models::Property;
using scenarios::Aspect;
using scenarios::Level;
using scenarios::Validation;
using State = Level::State;

// A lock of which everything was exercised and nothing broke.
Validation faultless() {
  Validation all{.backend = "mine"};
  all.contract.push_back({.name = "mutual-exclusion", .promise = "", .aspect = Aspect::exclusion, .runs = 3});
  for (const char* name : {"calm", "crashes", "power"}) {
    scenarios::CampaignSummary summary;
    summary.asserted = models::kAllProperties;
    summary.sums.runs = 10;
    summary.sums.faults.fill(1);
    for (auto& sums : summary.sums.properties) sums = {.runs = 10, .exercised_runs = 10, .exercised = 50};
    all.stages.push_back({name, "", summary});
  }
  return all;
}

scenarios::PropertySums& sums_of(Validation& all, std::size_t stage, Property property) {
  return all.stages[stage].summary.sums.properties[static_cast<std::size_t>(property)];
}

State state_of(const Validation& all, const std::string& name, const scenarios::Subject& subject) {
  for (const Level& level : levels_of(all, subject)) {
    if (level.name == name) return level.state;
  }
  ADD_FAILURE() << "no level " << name;
  return State::open;
}

State state_of(const Validation& all, const std::string& name) {
  return state_of(all, name, scenarios::sqlite_subject());
}

TEST(Levels, AreEarnedByALockOfWhichEverythingIsKept) {
  for (const Level& level : levels_of(faultless(), scenarios::sqlite_subject())) {
    EXPECT_EQ(level.state, State::earned) << level.name;
  }
}

TEST(Levels, AreLostByWhatBreaksBesideAnotherPromise) {
  Validation all = faultless();
  sums_of(all, 1, Property::belief_exclusion).violations = 1;
  sums_of(all, 1, Property::fencing_order).violations = 1;
  all.stages[1].summary.failures.push_back(
      {.seed = 7, .property = Property::belief_exclusion, .sentence = "two holders"});
  EXPECT_EQ(state_of(all, "excludes"), State::earned);
  EXPECT_EQ(state_of(all, "excludes under crashes"), State::failed);
  EXPECT_EQ(state_of(all, "fenced"), State::failed);
  EXPECT_EQ(state_of(all, "comes free"), State::earned);
}

TEST(Levels, StayOpenIfOneOfTheirPropertiesWasNotExercised) {
  Validation all = faultless();
  sums_of(all, 0, Property::ownership).exercised = 0;
  EXPECT_EQ(state_of(all, "excludes"), State::open);
  all = faultless();
  sums_of(all, 2, Property::timely).undecided = 1;
  EXPECT_EQ(state_of(all, "comes free"), State::open);
}

TEST(Levels, StayOpenIfAPlantedBugGotAway) {
  Validation all = faultless();
  all.stages[0].summary.canaries.push_back({.name = "memory+belief-from-answer"});
  for (const Level& level : levels_of(all, scenarios::sqlite_subject())) EXPECT_EQ(level.state, State::open);
}

TEST(Levels, StayOpenIfNothingCrashed) {
  Validation all = faultless();
  all.stages[1].summary.sums.faults[static_cast<std::size_t>(sim::FaultKind::crash_process)] = 0;
  EXPECT_EQ(state_of(all, "excludes under crashes"), State::open);
  EXPECT_EQ(state_of(all, "excludes"), State::earned);
}

TEST(Levels, AreLostByACaseThatIsWrongWithoutBreakingAProperty) {
  Validation all = faultless();
  all.contract.push_back({.name = "wait-limit", .promise = "", .aspect = Aspect::liveness, .flaw = "it waited on"});
  EXPECT_EQ(state_of(all, "comes free"), State::failed);
  EXPECT_EQ(state_of(all, "excludes"), State::earned);
}

TEST(Levels, AreLostByACaseForEachPromiseThatItBreaks) {
  Validation all = faultless();
  const models::PropertySet both = models::bit(Property::belief_exclusion) | models::bit(Property::fencing_order);
  all.contract.push_back({.name = "late-release", .promise = "", .flaw = "two holders", .broken = both});
  EXPECT_EQ(state_of(all, "excludes"), State::failed);
  EXPECT_EQ(state_of(all, "fenced"), State::failed);
}

TEST(Levels, AreNotClaimedIfTheLockSaysNothingOfThem) {
  EXPECT_EQ(state_of(faultless(), "excludes under crashes", scenarios::memory_subject()), State::not_claimed);
}

}  // namespace
}  // namespace lockstep::properties
