// What `replay` says to people and to machines. The ladder has its own tests.
#include "reports/replay_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/replay_json.h"
#include "reports/run_test.h"

namespace lockstep::reports {
namespace {

using models::Outcome;
using models::Property;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

struct Replay : testing::Test {
  std::string answer() const { return replay_answer(story.result, story.scenario); }
  std::string text() const { return replay_text(story.result, story.scenario, subject, {{.width = 80}}); }
  auto json() const { return nlohmann::ordered_json::parse(replay_json(story.result, story.scenario, subject)); }
  RunStory story = RunStory::two_holders();
  scenarios::Subject subject{.name = "sqlite", .about = "a lease table"};
};

TEST_F(Replay, AnswersWithTheViolationInOneSentence) {
  EXPECT_EQ(answer(),
            "S2 belief-exclusion is violated: client 0 held A from 1.004 s, client 1 was granted A at 2.013 s: two "
            "holders for 9 ms.");
}

TEST_F(Replay, NamesTheOtherViolationsBehindIt) {
  story.verdict(Property::expiry, "not freed", {0}, "A was not freed");
  EXPECT_THAT(answer(), HasSubstr("9 ms. So is L1 expiry."));
  story.verdict(Property::timely, "late", {0}, "it was late");
  EXPECT_THAT(answer(), HasSubstr("9 ms. So are L1 expiry and L4 timely."));
}

TEST_F(Replay, SaysThatAnotherPropertyIsBrokenThanTheExpectedOne) {
  story.scenario.expect = Property::timely;
  EXPECT_THAT(answer(), HasSubstr("9 ms. The scenario expects L4 timely to be broken, which it is not."));
  story.scenario.expect = Property::belief_exclusion;
  EXPECT_THAT(answer(), EndsWith("9 ms."));
}

TEST_F(Replay, SaysWhenNothingIsBroken) {
  story.result.verdicts = {{.property = Property::expiry, .exercised = 2}, {.property = Property::timely}};
  EXPECT_EQ(answer(), "sqlite kept every promise in this run: 2 properties checked, 1 of them exercised.");
  story.scenario.expect = Property::timely;
  EXPECT_THAT(answer(), HasSubstr("exercised. The scenario expects L4 timely to be broken, which it is not."));
}

TEST_F(Replay, DoesNotCallARunThatTestedNothingASuccess) {
  story.result.verdicts = {{.property = Property::expiry}, {.property = Property::timely}};
  EXPECT_EQ(answer(), "Inconclusive: this run of sqlite tested nothing: 2 properties checked, none of them exercised.");
  EXPECT_EQ(outcome_of(story.result), RunOutcome::inconclusive);
  story.result.verdicts[0].exercised = 1;
  EXPECT_EQ(outcome_of(story.result), RunOutcome::kept);
}

TEST_F(Replay, DoesNotCallUndecidedASuccess) {
  story.result.verdicts = {{.property = Property::expiry, .outcome = Outcome::undecided},
                           {.property = Property::timely}};
  EXPECT_EQ(answer(), "Undecided: L1 expiry could not be decided in this run; nothing else is violated.");
  EXPECT_EQ(outcome_of(story.result), RunOutcome::inconclusive);
}

TEST_F(Replay, TellsTheScenarioBeforeTheStory) {
  subject.planted = "12, LevelDB's WAL";
  EXPECT_THAT(text(), HasSubstr(R"(
Scenario
  A story for a test.
  sqlite: a lease table; a planted bug of class 12, LevelDB's WAL
  2 clients, 1 server, 1 lock and the resource on 4 hosts; 0 steps, 1 fault;
  healed at 10.000 s, then each client asks once more; seed 17

Story

)"));
}

TEST_F(Replay, EndsWithVerdictsAndWhatTheRunCameTo) {
  story.result.verdicts.push_back({.property = Property::expiry, .exercised = 2});
  story.result.verdicts.push_back(
      {.property = Property::progress, .outcome = Outcome::undecided, .sentence = "too long"});
  story.result.verdicts.push_back({.property = Property::timely});
  story.result.trace_hash = 0x2a;
  story.result.trace_events = 3'825;
  story.result.steps = 5'005;
  story.result.messages = 653;
  story.result.messages_lost = 34;
  story.result.fault_activations[1] = 1;
  EXPECT_THAT(text(), HasSubstr(R"(
Verdicts
  S2  belief-exclusion  VIOLATED       exercised 1 time
      client 0 held A from 1.004 s, client 1 was granted A at 2.013 s: two
      holders for 9 ms
  L1  expiry            kept           exercised 2 times
  L2  progress          undecided
      too long
  L4  timely            not exercised

Run
  trace 000000000000002a
  12.000 s of simulated time; 3 825 events in the trace, 13 events in the
  history, 5 005 steps of the scheduler; 653 messages, of them 34 lost and 0
  sent twice
  faults that struck: pause-process 1
)"));
}

TEST_F(Replay, TellsMachinesTheSame) {
  story.result.trace_hash = 0xfedcba9876543210;
  const auto report = json();
  EXPECT_EQ(report["lockstep_replay"], 1);
  EXPECT_EQ(report["answer"], answer());
  EXPECT_EQ(report["trace_hash"], "fedcba9876543210");
  EXPECT_EQ(report["expect"], nullptr);
  EXPECT_EQ(report["verdicts"].dump(),
            R"([{"id":"S2","name":"belief-exclusion","outcome":"violation","exercised":1,"shape":"two holders",)"
            R"("sentence":"client 0 held A from 1.004 s, client 1 was granted A at 2.013 s: two holders for 9 ms",)"
            R"("evidence":[3,12]}])");
  EXPECT_EQ(report["faults"].dump(),
            R"([{"kind":"pause-process","at_ns":1100000000,"lasts_ns":5000000000,"target":1,"process":"client 0"}])");
  EXPECT_EQ(report["processes"][1].dump(), R"({"name":"client 0","role":"client","host":1})");
  EXPECT_EQ(report["locks"].dump(), R"(["A","B"])");
  EXPECT_EQ(report["history"].size(), story.result.history.events.size());
  EXPECT_THAT(report["history"][3].dump(),
              StartsWith(R"({"process":"client 0","type":"believes","lock":"A","owner":"client 0","sid":1,)"));
}

}  // namespace
}  // namespace lockstep::reports
