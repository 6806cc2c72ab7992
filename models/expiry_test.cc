// L1 by example: what becomes of a dead holder's lock once all has healed. The bound is twelve seconds: a ttl
// of ten and a slack of two.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Expiry : testing::Test {
  Verdict check() const { return check_expiry(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

struct DeadHolder : Expiry {
  DeadHolder() { story.at(1s).acquires(alice, 5).at(4s).asks(bob).crashes(Story::client(1)).at(5s).heals(); }
};

TEST_F(Expiry, IsNotExercisedWithoutHealing) {
  story.at(1s).acquires(alice, 5).crashes(Story::client(1)).at(2s).asks(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Expiry, IsNotExercisedByALivingHolder) {
  story.at(1s).acquires(alice, 5).at(4s).asks(bob).at(5s).heals().at(40s).fails(bob, Reason::timed_out);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(DeadHolder, LeavesItsLockToAWaiterInTime) {
  story.at(17s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
}

TEST_F(DeadHolder, MustNotKeepItsLockForLonger) {
  story.at(17s + 1ns).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(check().shape, "lock of a dead holder not freed");
  EXPECT_EQ(check().sentence,
            "client 1 was gone and had left L held; client 2 waited for it from 5.000 s on, and it was not granted "
            "within 12 s, only at 17.000000001 s (all healed at 5.000 s)");
}

TEST_F(DeadHolder, MustNotKeepItsLockForEver) {
  EXPECT_EQ(outcome(), Outcome::violation);
  EXPECT_EQ(check().evidence.size(), 3u);
}

TEST_F(DeadHolder, OwesNothingToAWaiterWhoLeft) {
  story.at(10s).fails(bob, Reason::cancelled);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(DeadHolder, OwesNothingWhenTheRunEndsTooSoon) {
  auto bounds = story.bounds();
  bounds.end = 16s;
  EXPECT_EQ(check_expiry(story, bounds).outcome, Outcome::ok);
  EXPECT_EQ(check_expiry(story, bounds).exercised, 0u);
}

TEST_F(Expiry, AWaitTooShortToSeeItIsNoExercise) {
  story.at(1s).acquires(alice, 5).at(4s).asks(bob, 12s).crashes(Story::client(1)).at(5s).heals();
  story.at(16s).fails(bob, Reason::timed_out);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Expiry, AHolderWhoLostItsLeaseIsGone) {
  story.at(1s).acquires(alice, 5).at(4s).loses(alice).at(4s).asks(bob).at(5s).heals();
  EXPECT_EQ(outcome(), Outcome::violation);
}

// Twenty seconds and the slack of two, from healing at five on.
TEST_F(Expiry, ALeaseThatIsFoundOnlyAfterHealingRunsItsOwnTtl) {
  const Try carol = story.attempt(1);
  story.at(1s).acquires(alice, 5).with_ttl(20s).at(3s).asks(carol).sends(carol).with_ttl(10s);
  story.at(4s).asks(bob).crashes(Story::client(1)).at(5s).heals();
  story.with_ttl(20s).opens(0, 6).finds(carol, 25s, 6).with_ttl(10s);
  Story late = story;
  story.at(27s).store_grants(bob, 7).told(bob).gets(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
  late.at(27s + 1ns).store_grants(bob, 7).told(bob).gets(bob);
  EXPECT_EQ(check_expiry(late, late.bounds()).outcome, Outcome::violation);
}

TEST_F(Expiry, AnAttemptThatTimedOutBeforeItsGrantIsGone) {
  story.at(1s).asks(alice).sends(alice).at(2s).fails(alice, Reason::timed_out).at(3s).store_grants(alice, 5);
  story.at(4s).asks(bob).at(5s).heals();
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(Expiry, AnAcquisitionStillUnderWayIsNotGone) {
  story.at(1s).asks(alice).sends(alice).store_grants(alice, 5).at(4s).asks(bob).at(5s).heals();
  story.at(6s).told(alice).gets(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

}  // namespace
}  // namespace lockstep::models
