// L4 by example: what the client library owes to its own clock. Slacks are 100 ms for answers, 50 ms for
// losses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Timely : testing::Test {
  Verdict check() const { return check_timely(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(Timely, IsNotExercisedWhenNothingWasAnswered) {
  story.at(1s).asks(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Timely, AllowsAnAnswerAtTheLimitAndRefusesALaterOne) {
  auto late = story;
  story.at(1s).asks(alice, 5s).at(6100ms).fails(alice, Reason::timed_out);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
  late.at(1s).asks(alice, 5s).at(6101ms).fails(alice, Reason::timed_out);
  const auto verdict = check_timely(late, late.bounds());
  EXPECT_EQ(verdict.shape, "answered late");
  EXPECT_THAT(verdict.evidence, ElementsAre(0u, 1u));
  EXPECT_EQ(verdict.sentence,
            "client 1 asked for L at 1.000 s with a wait limit of 5 s and was answered at 6.101 s: by its "
            "own clock "
            "101 ms late for that limit");
}

TEST_F(Timely, RefusesATimeoutBeforeTheLimit) {
  story.at(1s).asks(alice, 5s).at(6s - 1ns).fails(alice, Reason::timed_out);
  EXPECT_EQ(check().shape, "timed out early");
}

TEST_F(Timely, JudgesByTheClientsOwnClock) {
  story.at(1s).asks(alice, 5s).at(20s).fails(alice, Reason::timed_out);
  story.last_event().clock.value = 6s;
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Timely, ExcusesAClientThatWasPaused) {
  story.at(1s).asks(alice, 5s).at(2s).pauses(Story::client(1)).at(9s).resumes(Story::client(1));
  story.fails(alice, Reason::timed_out);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

struct TimelyLoss : Timely {
  TimelyLoss() { story.at(1s).asks(alice).gets(alice); }
};

TEST_F(TimelyLoss, AllowsASignalWithinTheSlack) {
  story.at(11s).belief_ends(alice).at(11050ms).loses(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 2u);  // the answer and the loss
}

TEST_F(TimelyLoss, CountsASignalAtTheVeryDeadline) {
  story.at(11s).loses(alice).belief_ends(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 2u);
}

TEST_F(TimelyLoss, RefusesALateSignal) {
  story.at(11s).belief_ends(alice).at(11051ms).loses(alice);
  EXPECT_EQ(check().shape, "loss signalled late");
  EXPECT_THAT(check().evidence, ElementsAre(2u, 3u, 4u));
}

TEST_F(TimelyLoss, RefusesABeliefThatOutlivesTheWordThatTheLeaseIsBroken) {
  auto heard = story, crash = story, lost = story;
  story.at(4s).asks_renewal(alice).at(5s).told_broken(alice).at(6s).believes(alice);
  EXPECT_EQ(check().shape, "loss not passed on");
  EXPECT_EQ(check().sentence,
            "client 1 was told at 5.000 s that its lease on L is broken, and went on believing in it");
  heard.at(4s).asks_renewal(alice).at(5s).told_broken(alice).at(5050ms).loses(alice);
  EXPECT_EQ(check_timely(heard, heard.bounds()).outcome, Outcome::ok);
  crash.at(4s).asks_renewal(alice).at(5s).told_broken(alice).at(5020ms).crashes(Story::client(1));
  EXPECT_EQ(check_timely(crash, crash.bounds()).outcome, Outcome::ok);
  lost.at(4s).asks_renewal(alice).at(5s).told_lost(alice).at(10s).loses(alice);
  EXPECT_EQ(check_timely(lost, lost.bounds()).shape, "loss not passed on");
}

TEST_F(TimelyLoss, RefusesALossThatIsSignalledAfterARelease) {
  auto twice = story, before = story, another = story;
  story.at(4s).asks_unlock(alice).at(5s).asks_renewal(alice).told_lost(alice).loses(alice, Reason::lost);
  EXPECT_EQ(check().shape, "loss signalled after a release");
  EXPECT_THAT(check().evidence, ElementsAre(3u, 6u));
  EXPECT_EQ(check().sentence, "client 1 gave L back at 4.000 s, and at 5.000 s its handle signalled that it was lost");
  twice.at(4s).asks_unlock(alice).told_released(alice).at(5s).asks_unlock(alice).told_not_held(alice);
  EXPECT_EQ(check_timely(twice, twice.bounds()).outcome, Outcome::ok);
  before.at(4s).asks_renewal(alice).told_lost(alice).loses(alice, Reason::lost).at(5s).asks_unlock(alice);
  EXPECT_EQ(check_timely(before, before.bounds()).outcome, Outcome::ok) << "who has lost it may still give it back";
  another.at(1s).asks(bob).gets(bob).at(4s).asks_unlock(alice).at(11s).loses(bob);
  EXPECT_EQ(check_timely(another, another.bounds()).outcome, Outcome::ok);
}

TEST_F(TimelyLoss, RefusesSilence) {
  story.at(11s).belief_ends(alice);
  EXPECT_EQ(check().shape, "loss not signalled");
  EXPECT_EQ(check().sentence,
            "the lease of client 1 on L ran out on its own clock at 11.000 s, and its handle never said so");
}

TEST_F(TimelyLoss, ExcusesAPauseAtTheDeadlineAndNoOther) {
  auto earlier = story;
  story.at(10s).pauses(Story::client(1)).at(11s).belief_ends(alice).at(20s).resumes(Story::client(1));
  story.loses(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  earlier.at(8s).pauses(Story::client(1)).at(9s).resumes(Story::client(1)).at(11s).belief_ends(alice);
  EXPECT_EQ(check_timely(earlier, earlier.bounds()).outcome, Outcome::violation);
}

TEST_F(TimelyLoss, ExcusesACrashAnUnlockAndTheEndOfTheRun) {
  auto crash = story, unlock = story, end = story;
  crash.at(11s).belief_ends(alice).at(11020ms).crashes(Story::client(1));
  EXPECT_EQ(check_timely(crash, crash.bounds()).outcome, Outcome::ok);
  unlock.at(11s).belief_ends(alice).at(11020ms).asks_unlock(alice);
  EXPECT_EQ(check_timely(unlock, unlock.bounds()).outcome, Outcome::ok);
  end.at(11s).belief_ends(alice);
  auto bounds = end.bounds();
  bounds.end = 11040ms;
  EXPECT_EQ(check_timely(end, bounds).outcome, Outcome::ok);
}

}  // namespace
}  // namespace lockstep::models
