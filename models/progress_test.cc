// L2 by example: what waiters may expect once all has healed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Progress : testing::Test {
  Verdict check() const { return check_progress(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(Progress, IsNotExercisedWithoutHealing) {
  story.at(1s).asks(alice, 1s);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Progress, CountsWhatIsAnsweredAfterHealing) {
  story.at(1s).acquires(alice, 5).at(2s).asks(bob, 1s).heals().at(3s).fails(bob, Reason::timed_out);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
}

TEST_F(Progress, RefusesAnAcquisitionThatIsNeverAnswered) {
  story.at(1s).acquires(alice, 5).at(2s).asks(bob, 1s);
  const auto asked = story.last();
  story.at(3s).heals();
  EXPECT_EQ(check().shape, "acquisition never answered");
  EXPECT_THAT(check().evidence, ElementsAre(asked, story.last()));
  EXPECT_EQ(check().sentence,
            "client 2 asked for L at 2.000 s with a wait limit of 1 s; all healed at 3.000 s, the answer was due "
            "by 4.100 s and never came");
}

TEST_F(Progress, RefusesAnAnswerLongAfterTheLimit) {
  story.at(1s).acquires(alice, 5).heals().at(2s).asks(bob, 1s);
  auto late = story;
  story.at(3100ms).fails(bob, Reason::timed_out);
  EXPECT_EQ(outcome(), Outcome::ok);
  late.at(3101ms).fails(bob, Reason::timed_out);
  EXPECT_EQ(check_progress(late, late.bounds()).shape, "acquisition answered late");
}

TEST_F(Progress, RefusesAClientThatNeverComesToAsk) {
  story.at(0s).starts(0).starts(1).at(1s).acquires(alice, 5).at(3s).heals();
  story.at(4s).asks(alice, 1s).at(5s).fails(alice, Reason::timed_out);
  Bounds bounds = story.bounds();
  bounds.end = 3s + bounds.progress_slack;
  EXPECT_EQ(check_progress(story, bounds).outcome, Outcome::ok) << "nobody was to ask";
  bounds.each_client_asks = true;
  EXPECT_EQ(check_progress(story, bounds).outcome, Outcome::ok) << "there is still time";
  bounds.end += 1ns;
  EXPECT_EQ(check_progress(story, bounds).shape, "store never opened");
  EXPECT_THAT(check_progress(story, bounds).sentence, testing::StartsWith("client 2 was started at 0.000 s, and "));
  story.at(6s).crashes(1);
  EXPECT_EQ(check_progress(story, bounds).outcome, Outcome::ok) << "it is down";
}

TEST_F(Progress, RefusesAnErrorToWhoAsksAfterHealing) {
  auto before = story;
  before.at(500ms).asks(bob, 5s).at(1s).heals().at(2s).fails(bob, Reason::unreachable);
  EXPECT_EQ(check_progress(before, before.bounds()).outcome, Outcome::ok) << "of the time of the faults";
  story.at(1s).heals().at(2s).asks(bob, 5s).at(3s).fails(bob, Reason::unreachable);
  EXPECT_EQ(check().shape, "acquisition failed");
  EXPECT_EQ(check().sentence,
            "client 2 asked for L at 2.000 s, after all had healed at 1.000 s, and got an error at 3.000 s");
}

TEST_F(Progress, OwesNothingToTheDead) {
  story.at(1s).acquires(alice, 5).at(2s).asks(bob, 1s).crashes(Story::client(2)).heals();
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Progress, OwesNothingAfterTheEndOfTheRun) {
  story.at(1s).acquires(alice, 5).heals().at(2s).asks(bob, 1s);
  auto bounds = story.bounds();
  bounds.end = 3s;
  EXPECT_EQ(check_progress(story, bounds).outcome, Outcome::ok);
  EXPECT_EQ(check_progress(story, bounds).exercised, 0u);
}

// The bound is twelve seconds: a ttl of ten and a slack of two.
TEST_F(Progress, RefusesToLeaveAFreeLockToNobody) {
  story.at(1s).asks(bob).heals().at(14s).store_grants(bob, 5).told(bob).gets(bob);
  EXPECT_EQ(check().shape, "wanted lock not granted");
  EXPECT_EQ(check().sentence,
            "client 2 waited for L from 1.000 s on, nobody held it, and nobody was granted it for 13 s, more than "
            "ttl and slack of 12 s");
}

TEST_F(Progress, AllowsAGrantWithinTheBound) {
  story.at(1s).asks(bob).heals().at(13s).store_grants(bob, 5).told(bob).gets(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Progress, MakesNoPromiseForAsLongAsSomebodyHoldsTheLock) {
  story.at(1s).acquires(alice, 5).heals().at(2s).asks(bob).at(9s).renews(alice).at(18s).renews(alice);
  story.at(27s).unlocks(alice).at(28s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Progress, TheClockStartsWhenTheHolderLeaves) {
  story.at(1s).acquires(alice, 5).heals().at(2s).asks(bob).at(5s).unlocks(alice).at(18s).told(bob, 6).gets(bob);
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(Progress, AGrantJustTooLateForItsWaiterMayStandForItsTtl) {
  story.at(1s).asks(bob).asks(alice, 10s).sends(alice).heals();
  story.at(11s).fails(alice, Reason::timed_out).store_grants(alice, 5);
  story.at(22s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Progress, AGrantToTheLongDeadIsNoProgress) {
  story.at(1s).asks(alice).sends(alice).crashes(Story::client(1)).asks(bob).heals();
  story.at(11s).store_grants(alice, 5).at(22s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(check().shape, "wanted lock not granted");
}

}  // namespace
}  // namespace lockstep::models
