// The promises of the honest locks, as RapidCheck properties over generated scenarios. A counterexample is shown as the
// scenario file that it is: saved to a file, `lockstep replay` tells its story.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <ostream>
#include <sstream>

#include "properties/campaign.h"
#include "properties/generate.h"
#include "properties/names_test.h"
#include "scenarios/run.h"
#include "scenarios/scenario_json.h"

namespace lockstep::scenarios {
// How RapidCheck shows a counterexample.
void showValue(const Scenario& scenario, std::ostream& os) { os << to_json(scenario); }
}  // namespace lockstep::scenarios

namespace lockstep::properties {
namespace {

using scenarios::Scenario;
using scenarios::Subject;

// With a seed of its own, so that a test that fails fails again.
template <typename Property>
void holds_for(int runs, Profile profile, const Subject& subject, Property property) {
  const rc::detail::TestParams params{.seed = 20'240'229, .maxSuccess = runs};
  const auto result = rc::detail::checkTestable(
      [&] {
        const Scenario scenario = *scenarios_of(profile, subject);
        property(scenario);
      },
      rc::detail::TestMetadata{}, params);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << subject.name << ": " << text.str();
}

class HonestLock : public testing::TestWithParam<Subject> {};
INSTANTIATE_TEST_SUITE_P(Locks, HonestLock, testing::ValuesIn(scenarios::honest_subjects()), name_of_lock);

TEST_P(HonestLock, KeepsEveryPromiseWithinItsClaims) {
  const Subject& subject = GetParam();
  const auto asserted = asserted_properties(Profile::within_claims, subject);
  const int runs = subject.servers > 1 ? 40 : 300;  // runs of several servers are long
  holds_for(runs, Profile::within_claims, subject, [&](const Scenario& scenario) {
    const auto result = scenarios::run(scenario, subject);
    for (const auto& verdict : result.verdicts) {
      const bool broken =
          verdict.outcome == models::Outcome::violation && (models::bit(verdict.property) & asserted) != 0;
      if (broken) RC_FAIL(verdict.sentence);
    }
  });
}

constexpr auto kFencedWrites = models::bit(models::Property::fenced_writes);

TEST(DurableLock, NeverLetsTheResourceTakeAWriteWithAnOldTokenWhateverHappens) {
  const Subject subject = scenarios::sqlite_subject();
  ASSERT_TRUE(subject.claims.durable);
  holds_for(200, Profile::beyond_claims, subject, [&](const Scenario& scenario) {
    const auto result = scenarios::run(scenario, subject, {.properties = kFencedWrites});
    RC_ASSERT(scenarios::violated(result) == 0u);
  });
}

// Fencing is only as durable as the counter of tokens. A store in memory once began to count again after a crash, which
// RapidCheck found and shrunk to this; now each start has an epoch of its own.
TEST(LockThatForgets, RemembersHowFarItsTokensHadComeSoThatFencingTellsItsHoldersApart) {
  Scenario scenario{
      .backend = "memory", .seed = 1, .hosts = {{}, {}, {}}, .clients = {1}, .heal_at = {}, .steps = {}, .faults = {}};
  scenario.heal_at = sim::TrueTime(std::chrono::seconds(1));
  scenario.steps.push_back({.at = {}, .ttl = std::chrono::seconds(1), .writes = 1});
  const Subject subject = scenarios::memory_subject();
  EXPECT_EQ(scenarios::violated(scenarios::run(scenario, subject)), 0u);
  scenario.faults.push_back({.kind = sim::FaultKind::crash_process, .at = scenario.heal_at});
  const auto broken = scenarios::violated(scenarios::run(scenario, subject));
  EXPECT_EQ(broken & kFencedWrites, 0u);
  EXPECT_FALSE(subject.claims.durable) << "it does not claim otherwise";
}

TEST_P(HonestLock, LivesTheSameLifeAgainToTheLastEvent) {
  const Subject& subject = GetParam();
  for (const Profile profile : {Profile::within_claims, Profile::beyond_claims}) {
    holds_for(40, profile, subject, [&](const Scenario& scenario) {
      const auto once = scenarios::run(scenario, subject);
      const auto again = scenarios::run(scenario, subject);
      RC_ASSERT(again.trace_hash == once.trace_hash);
      RC_ASSERT(again.trace_events == once.trace_events);
      RC_ASSERT(again.history.events.size() == once.history.events.size());
    });
  }
}

TEST_P(HonestLock, LivesTheSameLifeFromAFile) {
  const Subject& subject = GetParam();
  holds_for(40, Profile::within_claims, subject, [&](const Scenario& scenario) {
    const auto read = scenarios::from_json(to_json(scenario));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == scenario);
    RC_ASSERT(scenarios::run(*read, subject).trace_hash == scenarios::run(scenario, subject).trace_hash);
  });
}

TEST_P(HonestLock, LivesTheSameLifeWhetherOrNotItIsWatched) {
  const Subject& subject = GetParam();
  holds_for(20, Profile::within_claims, subject, [&](const Scenario& scenario) {
    const auto watched = scenarios::run(scenario, subject, {.keep_trace = true, .tell_messages = true});
    RC_ASSERT(watched.trace_hash == scenarios::run(scenario, subject, {.properties = 0}).trace_hash);
    RC_ASSERT(watched.trace.size() == watched.trace_events);
  });
}

}  // namespace
}  // namespace lockstep::properties
