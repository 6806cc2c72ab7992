// Shrinking as a promise: what comes out breaks the same property, is well formed, cannot be made simpler by any single
// edit, and is small enough to be read. That it ends follows from complexity.h; that it ends soon is measured here.
#include "properties/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <chrono>

#include "properties/complexity.h"
#include "properties/generate.h"
#include "properties/names_test.h"
#include "properties/search.h"
#include "properties/shrink_edits.h"
#include "properties/shrink_passes.h"
#include "properties/zoo/planted.h"
#include "scenarios/random_scenario_test.h"
#include "scenarios/run.h"
#include "scenarios/scenario_json.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Scenario;
using scenarios::Subject;
using sim::Fault;
using sim::FaultKind;
using sim::TrueTime;

bool breaks(const Scenario& scenario, const Subject& subject, models::Property property) {
  return scenarios::violated(scenarios::run(scenario, subject, {.properties = models::bit(property)})) != 0;
}

std::string shape_of(const Scenario& scenario, const Subject& subject, models::Property property) {
  for (const auto& v : scenarios::run(scenario, subject, {.properties = models::bit(property)}).verdicts) {
    if (v.outcome == models::Outcome::violation) return v.shape;
  }
  return "";
}

struct Found {
  Scenario scenario;
  models::Property property{};
};

// The first seed at which a bug is caught by a property that is there to catch it.
std::optional<Found> first_failure(const zoo::Planted& bug, std::uint64_t seeds) {
  const auto search = strategies().front().begin(Profile::within_claims, bug.subject);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Scenario scenario = search->scenario(seed);
    const auto run = scenarios::run(scenario, bug.subject);
    search->ran(seed, scenario, run);
    const auto failing = scenarios::violated(run) & bug.caught_by;
    if (failing != 0) return Found{std::move(scenario), static_cast<models::Property>(std::countr_zero(failing))};
  }
  return std::nullopt;
}

class ShrinkPlanted : public testing::TestWithParam<zoo::Planted> {};

TEST_P(ShrinkPlanted, ToAFewOperationsAndFaultsThatBreakTheSameProperty) {
  const zoo::Planted& bug = GetParam();
  const auto found = first_failure(bug, 1000);
  ASSERT_TRUE(found);
  const auto begin = std::chrono::steady_clock::now();
  const Shrunk shrunk = shrink(found->scenario, bug.subject, found->property);
  const auto took = std::chrono::steady_clock::now() - begin;
  SCOPED_TRACE(to_json(shrunk.scenario));

  EXPECT_TRUE(breaks(shrunk.scenario, bug.subject, found->property));
  EXPECT_EQ(shape_of(shrunk.scenario, bug.subject, found->property),
            shape_of(found->scenario, bug.subject, found->property));
  EXPECT_LE(shrunk.scenario.steps.size(), 10u);
  EXPECT_LE(shrunk.scenario.faults.size(), 3u);
  EXPECT_LT(took, 30s);  // a few on a quiet machine
  EXPECT_LT(shrunk.runs, 2000u) << "it ended because its budget did";
}

// The share of times that are not whole tenths of a second, in percent.
std::uint64_t uneven_times(const Scenario& scenario) {
  std::uint64_t uneven = 0, all = 0;
  const auto look = [&](Duration time) { uneven += unevenness_of(time) > 1, ++all; };
  for (const auto& step : scenario.steps) {
    for (const Duration time : {step.at.time_since_epoch(), step.ttl, step.wait, step.hold}) look(time);
  }
  for (const Fault& fault : scenario.faults) look(fault.at.time_since_epoch()), look(fault.lasts);
  return uneven * 100 / std::max<std::uint64_t>(all, 1);
}

TEST_P(ShrinkPlanted, ToALocalMinimumOfRoundTimes) {
  const zoo::Planted& bug = GetParam();
  const auto found = first_failure(bug, 1000);
  ASSERT_TRUE(found);
  const Scenario minimum = shrink(found->scenario, bug.subject, found->property).scenario;
  SCOPED_TRACE(to_json(minimum));
  const std::string shape = shape_of(found->scenario, bug.subject, found->property);
  EXPECT_LE(uneven_times(minimum), 34u);
  for (std::size_t pass = 0; pass < shrink_passes().size(); ++pass) {
    for (std::size_t position = 0;; ++position) {
      const Tried tried = shrink_passes()[pass](minimum, position);
      if (tried.end) break;
      if (!tried.smaller || find_flaw(*tried.smaller)) continue;
      if (complexity_of(*tried.smaller) >= complexity_of(minimum)) continue;
      EXPECT_NE(shape_of(*tried.smaller, bug.subject, found->property), shape)
          << "pass " << pass << " at " << position << " makes it simpler";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bugs, ShrinkPlanted, testing::ValuesIn(bugs_shrunk_soon()), name_of_bug);

bool only_numbers_differ(const Scenario& a, const Scenario& b) {
  const auto one = complexity_of(a), other = complexity_of(b);
  return one.events == other.events && one.cast == other.cast;
}

// Every candidate of every pass, for scenarios over the whole format and for generated ones.
TEST(ShrinkPasses, KeepScenariosWellFormedOrAreRefused) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Scenario s = seed % 2 == 0 ? scenarios::RandomScenario(seed).draw()
                                     : generate(seed, Profile::beyond_claims, scenarios::sqlite_subject());
    ASSERT_FALSE(find_flaw(s));
    for (std::size_t pass = 0; pass < shrink_passes().size(); ++pass) {
      for (std::size_t position = 0;; ++position) {
        ASSERT_LT(position, 100'000u) << "pass " << pass << " does not end";
        const Tried tried = shrink_passes()[pass](s, position);
        if (tried.end) break;
        if (!tried.smaller) continue;
        const auto flaw = find_flaw(*tried.smaller);
        if (only_numbers_differ(*tried.smaller, s)) continue;  // a ttl of zero, say, is for find_flaw to refuse
        ASSERT_FALSE(flaw) << "pass " << pass << " at " << position << ": " << flaw->place << " " << flaw->what << "\n"
                           << to_json(s);
      }
    }
  }
}

TEST(ShrinkPasses, HaveAnEndForAScenarioWithNothingInIt) {
  Scenario s{.backend = "memory", .hosts = {{}, {}}, .clients = {0}, .heal_at = {}, .steps = {}, .faults = {}};
  ASSERT_FALSE(find_flaw(s));
  const Shrunk shrunk = shrink(s, scenarios::memory_subject(), models::Property::lease_exclusion);
  EXPECT_EQ(shrunk.scenario, s);
}

TEST(Shrink, StopsWhenItIsToldTo) {
  const auto bugs = zoo::planted_bugs();
  const auto found = first_failure(bugs.back(), 1000);
  ASSERT_TRUE(found);
  const Shrunk none = shrink(found->scenario, bugs.back().subject, found->property, {.enough = [] { return true; }});
  EXPECT_EQ(none.runs, 0u);
  EXPECT_EQ(none.scenario, found->scenario);
  const Shrunk some = shrink(found->scenario, bugs.back().subject, found->property, {.runs = 10});
  EXPECT_EQ(some.runs, 10u);
  EXPECT_TRUE(breaks(some.scenario, bugs.back().subject, found->property));
}

TEST(Shrink, FindsTheSameMinimumAgain) {
  const auto bugs = zoo::planted_bugs();
  const auto found = first_failure(bugs.back(), 1000);
  ASSERT_TRUE(found);
  const Scenario once = shrink(found->scenario, bugs.back().subject, found->property).scenario;
  EXPECT_EQ(shrink(found->scenario, bugs.back().subject, found->property).scenario, once);
  EXPECT_EQ(shrink(once, bugs.back().subject, found->property).scenario, once);
}

TEST(ShrinkEdits, MergeFaultsOfOneKindAndTargetIntoOneThatCoversBoth) {
  const Fault early{FaultKind::slow_disk, TrueTime(1s), 1s, 0, 0, 5};
  const Fault late{FaultKind::slow_disk, TrueTime(4s), 2s, 0, 0, 3};
  const Fault both{FaultKind::slow_disk, TrueTime(1s), 5s, 0, 0, 5};
  EXPECT_EQ(merged(early, late), both);
  EXPECT_EQ(merged(late, early), both);
  EXPECT_EQ(merged(early, Fault{FaultKind::slow_disk, TrueTime(4s), 2s, 1, 0, 3}), std::nullopt);
  EXPECT_EQ(merged(early, Fault{FaultKind::freeze_wall, TrueTime(4s), 2s, 0, 0, 0}), std::nullopt);
}

TEST(ShrinkEdits, ReplaceChanceByCertaintyAndPowerLossByACrash) {
  Scenario s{.backend = "memory",
             .hosts = {{}, {}, {}},
             .clients = {1, 1},
             .heal_at = TrueTime(9s),
             .steps = {},
             .faults = {}};
  const Fault lossy{FaultKind::lossy_link, TrueTime(1s), 1s, 1, 0, 500'000};
  ASSERT_FALSE(simpler_kinds(s, lossy).empty());
  EXPECT_EQ(simpler_kinds(s, lossy).front(), (Fault{FaultKind::cut_link, TrueTime(1s), 1s, 1, 0, 0}));
  const Fault power{FaultKind::reboot_host, TrueTime(2s), 1s, 1, 0, 0};
  EXPECT_EQ(simpler_kinds(s, power), (std::vector<Fault>{{FaultKind::crash_process, TrueTime(2s), 1s, 1, 0, 0},
                                                         {FaultKind::crash_process, TrueTime(2s), 1s, 2, 0, 0}}));
}

TEST(Complexity, PutsEventsBeforeOdditiesAndOdditiesBeforeRoundNumbers) {
  Scenario plain{
      .backend = "memory", .hosts = {{}, {}}, .clients = {0}, .heal_at = TrueTime(9s), .steps = {}, .faults = {}};
  plain.steps.push_back({.at = TrueTime(1s), .ttl = 1s});
  Scenario uneven = plain, odd = plain, eventful = plain;
  uneven.steps[0].at = TrueTime(123456789ns);
  odd.steps[0].careless = true;
  eventful.steps.push_back({.at = TrueTime(0s), .ttl = 1s});
  EXPECT_LT(complexity_of(plain), complexity_of(uneven));
  EXPECT_LT(complexity_of(uneven), complexity_of(odd));
  EXPECT_LT(complexity_of(odd), complexity_of(eventful));
}

TEST(Complexity, CallsSecondsRounderThanTenthsAndTenthsRounderThanMilliseconds) {
  EXPECT_EQ(unevenness_of(0s), 0u);
  EXPECT_EQ(unevenness_of(7s), 0u);
  EXPECT_LT(unevenness_of(7s), unevenness_of(7100ms));
  EXPECT_LT(unevenness_of(7100ms), unevenness_of(7123ms));
  EXPECT_LT(unevenness_of(7123ms), unevenness_of(7123ms + 1ns));
}

}  // namespace
}  // namespace lockstep::properties
