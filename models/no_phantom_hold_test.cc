// S9 by example: what an attempt that was turned away may not do any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct NoPhantomHold : testing::Test {
  Verdict check() const { return check_no_phantom_hold(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(NoPhantomHold, IsNotExercisedWhenNobodyIsTurnedAway) {
  story.at(1s).acquires(alice, 5).at(2s).asks(bob).sends(bob).at(3s).fails(bob, Reason::failed).sends(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(NoPhantomHold, AllowsALateGrantThatRunsOut) {
  story.at(1s).asks(alice).sends(alice).at(5s).fails(alice, Reason::timed_out).at(6s).store_grants(alice, 5);
  story.at(10s).opens(Story::kServer, 5).finds(alice, 16s).at(17s).acquires(bob, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
}

TEST_F(NoPhantomHold, RefusesARequestAfterTheAnswer) {
  story.at(1s).asks(alice).sends(alice).at(5s).fails(alice, Reason::timed_out);
  const auto answer = story.last();
  story.at(6s).sends(alice);
  EXPECT_EQ(check().shape, "request after the answer");
  EXPECT_THAT(check().evidence, ElementsAre(answer, story.last()));
  EXPECT_EQ(check().sentence,
            "client 1 timed out on L at 5.000 s (attempt 1), and at 6.000 s it asked for the lock again");
}

TEST_F(NoPhantomHold, RefusesARenewalAfterTheAnswer) {
  story.at(1s).asks(alice).sends(alice).at(5s).fails(alice, Reason::cancelled).at(6s).asks_renewal(alice);
  EXPECT_EQ(check().shape, "request after the answer");
}

TEST_F(NoPhantomHold, RefusesABeliefAfterTheAnswer) {
  story.at(1s).asks(alice).sends(alice).at(5s).fails(alice, Reason::refused).believes(alice);
  EXPECT_EQ(check().shape, "belief after the answer");
}

TEST_F(NoPhantomHold, AllowsARenewalThatWasOnItsWayForUpToATtl) {
  story.at(1s).asks(alice).sends(alice).store_grants(alice, 5).asks_renewal(alice);
  story.at(5s).fails(alice, Reason::cancelled).at(8s).store_renews(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  story.at(15s + 1ns).store_renews(alice);
  EXPECT_EQ(check().shape, "phantom renewed");
}

TEST_F(NoPhantomHold, RefusesALeaseThatLivesForTwiceItsTtl) {
  story.at(1s).asks(alice).sends(alice).at(5s).fails(alice, Reason::timed_out).at(6s).store_grants(alice, 5);
  story.at(27s).opens(Story::kServer, 5).finds(alice, 30s);
  EXPECT_EQ(check().shape, "phantom lease");
}

TEST_F(NoPhantomHold, RefusesAGrantAfterItWasGivenBack) {
  story.at(1s).asks(alice).sends(alice).at(2s).fails(alice, Reason::cancelled).asks_unlock(alice);
  story.at(3s).told_not_held(alice);
  const auto answer = story.last();
  story.at(4s).store_grants(alice, 5);
  EXPECT_EQ(check().shape, "granted after it was given back");
  EXPECT_THAT(check().evidence, ElementsAre(answer, story.last()));
  EXPECT_EQ(check().sentence,
            "client 1 gave L back and was told so at 3.000 s (attempt 1), and at 4.000 s the store granted it to this "
            "attempt");
}

TEST_F(NoPhantomHold, AllowsAGrantThatIsOnlyToldAfterwards) {
  story.at(1s).asks(alice).sends(alice).at(2s).fails(alice, Reason::cancelled).asks_unlock(alice);
  story.at(3s).told_not_held(alice).at(4s).store_grants(alice, 5);
  story.last_event().lag = 1s;
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(NoPhantomHold, AllowsADeadLeaseToLieAroundAndAnotherBootToStartItAnew) {
  story.at(1s).asks(alice).sends(alice).at(5s).fails(alice, Reason::timed_out).at(6s).store_grants(alice, 5);
  story.at(27s).opens(Story::kServer, 5).finds(alice, 16s);
  story.at(28s).host_reboots().at(29s).opens(Story::kServer, 5).finds(alice, 11s);
  EXPECT_EQ(outcome(), Outcome::ok);
}

}  // namespace
}  // namespace lockstep::models
