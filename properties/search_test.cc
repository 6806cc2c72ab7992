// What the ways of searching promise: a scenario depends on its seed alone, and what is aimed keeps within the claims.
#include "properties/search.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "properties/zoo/planted.h"

namespace lockstep::properties {
namespace {

using scenarios::Scenario;
using scenarios::Subject;

constexpr std::uint64_t kRow = Watching::kRow;

TEST(Strategies, HaveNamesAndSaySomethingOfThemselves) {
  for (const Strategy& strategy : strategies()) {
    EXPECT_FALSE(strategy.name.empty());
    EXPECT_FALSE(strategy.about.empty());
  }
}

TEST(Strategies, GiveTheSameScenarioWhateverWasAskedForBefore) {
  const Subject subject = scenarios::memory_subject();
  for (const Strategy& strategy : strategies()) {
    if (strategy.name == "guided") continue;  // it learns
    const auto in_order = strategy.begin(Profile::within_claims, subject);
    for (std::uint64_t seed = 1; seed <= 3 * kRow; ++seed) {
      const Scenario scenario = in_order->scenario(seed);
      EXPECT_EQ(scenario, strategy.begin(Profile::within_claims, subject)->scenario(seed))
          << strategy.name << ", seed " << seed;
      in_order->ran(seed, scenario, scenarios::run(scenario, subject));
    }
  }
}

TEST(Strategies, TheDefaultIsWhatACampaignRuns) {
  const Subject subject = scenarios::memory_subject();
  for (std::uint64_t seed = 1; seed <= kRow; ++seed) {
    EXPECT_EQ(scenario_of(seed, Profile::within_claims, subject),
              strategies().front().begin(Profile::within_claims, subject)->scenario(seed));
  }
}

// The last of each row of 16, beside the one before them.
TEST(AimedScenarios, AddOneOrTwoAllowedFaultsToTheRunThatWasWatched) {
  for (const Subject& subject : scenarios::honest_subjects()) {
    std::size_t aimed = 0;
    for (std::uint64_t row = 0; row < 8; ++row) {
      const Scenario watched = scenario_of(row * kRow + kRow - 5, Profile::within_claims, subject);
      for (std::uint64_t seed = row * kRow + kRow - 4; seed < (row + 1) * kRow; ++seed) {
        const Scenario scenario = scenario_of(seed, Profile::within_claims, subject);
        SCOPED_TRACE(testing::Message() << subject.name << ", seed " << seed);
        EXPECT_FALSE(find_flaw(scenario));
        EXPECT_EQ(scenario.seed, watched.seed) << "the noise is the same";
        EXPECT_EQ(scenario.steps, watched.steps);
        EXPECT_LE(scenario.faults.size(), watched.faults.size() + 2);
        aimed += scenario.faults.size() - watched.faults.size();
        for (const sim::Fault& fault : scenario.faults) {
          EXPECT_TRUE(allowed(fault, scenario, subject.claims, Profile::within_claims));
          EXPECT_LT(fault.at, scenario.heal_at);
        }
      }
    }
    EXPECT_GT(aimed, 24u) << subject.name;
  }
}

TEST(OvertakenScenarios, AddPausesOnly) {
  const Subject subject = scenarios::memory_subject();
  for (const Strategy& strategy : strategies()) {
    if (strategy.name != "pct") continue;
    const auto search = strategy.begin(Profile::within_claims, subject);
    const Scenario watched = search->scenario(kRow);
    for (std::uint64_t seed = kRow + 1; seed < 2 * kRow; ++seed) {
      const Scenario scenario = search->scenario(seed);
      EXPECT_FALSE(find_flaw(scenario));
      EXPECT_LE(scenario.faults.size(), watched.faults.size() + 2);
      for (const sim::Fault& fault : scenario.faults) {
        const bool old = std::ranges::find(watched.faults, fault) != watched.faults.end();
        EXPECT_TRUE(old || fault.kind == sim::FaultKind::pause_process);
      }
    }
  }
}

TEST(GuidedSearch, MakesWellFormedScenariosWithinTheClaims) {
  const Subject subject = scenarios::sqlite_subject();
  for (const Strategy& strategy : strategies()) {
    if (strategy.name != "guided") continue;
    const auto search = strategy.begin(Profile::within_claims, subject);
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const Scenario scenario = search->scenario(seed);
      ASSERT_FALSE(find_flaw(scenario));
      for (const sim::Fault& fault : scenario.faults)
        ASSERT_TRUE(allowed(fault, scenario, subject.claims, Profile::within_claims));
      search->ran(seed, scenario, scenarios::run(scenario, subject));
    }
  }
}

// Up to the first added fault the run is the one that was watched.
TEST(AimedScenarios, StrikeTheRunThatWasWatched) {
  const Subject subject = scenarios::sqlite_subject();
  for (std::uint64_t row = 0; row < 4; ++row) {
    const Scenario watched = scenario_of(row * kRow + kRow - 5, Profile::within_claims, subject);
    const Scenario scenario = scenario_of(row * kRow + kRow - 4, Profile::within_claims, subject);
    std::vector<sim::Fault> added;
    std::ranges::copy_if(scenario.faults, std::back_inserter(added), [&](const sim::Fault& fault) {
      return std::ranges::find(watched.faults, fault) == watched.faults.end();
    });
    if (added.empty()) continue;
    const auto before = added.front().at.time_since_epoch();
    const auto one = scenarios::run(watched, subject).history.events;
    const auto other = scenarios::run(scenario, subject).history.events;
    for (std::size_t i = 0; i < one.size() && one[i].at < before; ++i) {
      ASSERT_LT(i, other.size());
      EXPECT_EQ(one[i].at, other[i].at) << "event " << i;
      EXPECT_EQ(one[i].type, other[i].type) << "event " << i;
    }
  }
}

TEST(Moments, AreOfEachKindInARunWithRenewalsAndReleases) {
  const Subject subject = scenarios::memory_subject();
  std::vector<std::size_t> found;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto run = scenarios::run(generate(seed, Profile::within_claims, subject), subject);
    const Moments moments = moments_of(run.history);
    found.resize(moments.size());
    for (std::size_t kind = 0; kind < moments.size(); ++kind) {
      found[kind] += moments[kind].size();
      for (const Moment& moment : moments[kind]) EXPECT_LE(moment.from, moment.to);
    }
  }
  for (std::size_t kind = 0; kind < found.size(); ++kind) EXPECT_GT(found[kind], 0u) << "kind " << kind;
}

}  // namespace
}  // namespace lockstep::properties
