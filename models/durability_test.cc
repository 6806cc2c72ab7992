// S8 by example: what a reopened store has to know, and of what nothing may be demanded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Durability : testing::Test {
  Verdict check() const { return check_durability(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(Durability, IsNotExercisedByTheFirstOpening) {
  story.at(1s).opens(Story::kServer, 0).at(2s).acquires(alice, 5);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

struct ReopenedStore : Durability {
  ReopenedStore() { story.at(0s).opens(Story::kServer, 0); }
  Story& reopens(Duration at, std::uint64_t token) {
    return story.at(at).crashes(Story::kServer).opens(Story::kServer, token);
  }
};

TEST_F(ReopenedStore, FindsWhatWasAcknowledged) {
  story.at(1s).acquires(alice, 5);
  reopens(2s, 5).finds(alice, 11s);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 2u);  // one lease, one token
}

TEST_F(ReopenedStore, MustNotLoseALease) {
  story.at(1s).acquires(alice, 5);
  const auto told = story.last() - 2;
  reopens(2s, 5);
  EXPECT_EQ(check().shape, "lease lost");
  EXPECT_THAT(check().evidence, ElementsAre(told, story.last()));
  EXPECT_EQ(check().sentence,
            "client 1 was told at 1.000 s that it holds L, and server 1 opened the store at 2.000 s without it");
}

TEST_F(ReopenedStore, MustNotChangeAToken) {
  story.at(1s).acquires(alice, 5);
  reopens(2s, 6).finds(alice, 11s, 6);
  EXPECT_EQ(check().shape, "token changed");
}

TEST_F(ReopenedStore, MustNotForgetATokenEvenOfALeaseThatIsOver) {
  story.at(1s).acquires(alice, 5).at(2s).unlocks(alice);
  reopens(3s, 4);
  EXPECT_EQ(check().shape, "token forgotten");
}

TEST_F(ReopenedStore, MayForgetATokenOfWhichNobodyWasTold) {
  story.at(1s).asks(alice).sends(alice).store_grants(alice, 5);
  reopens(2s, 4);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(ReopenedStore, MustNotLoseAnAcknowledgedRenewal) {
  story.at(1s).acquires(alice, 5).at(4s).renews(alice);
  reopens(5s, 5).finds(alice, 11s);
  EXPECT_EQ(check().shape, "deadline went back");
}

TEST_F(ReopenedStore, MayLoseARenewalOfWhichNobodyWasTold) {
  story.at(1s).acquires(alice, 5).at(4s).asks_renewal(alice).store_renews(alice);
  reopens(5s, 5).finds(alice, 11s);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(ReopenedStore, MayHoldALeaseForLongerThanAnyoneWasTold) {
  story.at(1s).acquires(alice, 5).at(4s).asks_renewal(alice);
  reopens(5s, 5).finds(alice, 14s);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(ReopenedStore, MayHaveDroppedALeaseThatRanOut) {
  story.at(1s).acquires(alice, 5);
  reopens(11s, 5);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(ReopenedStore, MayHaveAppliedAnUnlockThatNobodySaw) {
  story.at(1s).acquires(alice, 5).at(2s).asks_unlock(alice);
  reopens(3s, 5);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);  // the token alone
}

TEST_F(ReopenedStore, MayKnowAnotherHolderInstead) {
  story.at(1s).acquires(alice, 5).at(12s).acquires(bob, 6);
  reopens(13s, 6).finds(bob, 22s);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(ReopenedStore, AnswersForLeasesThatTheOtherServerGranted) {
  story.at(0s).opens(Story::kOtherServer, 0).at(1s).acquires(alice, 5);
  story.at(2s).crashes(Story::kOtherServer).at(3s).opens(Story::kOtherServer, 5);
  EXPECT_EQ(check().shape, "lease lost");
}

TEST_F(ReopenedStore, FindsALeaseWhoseGrantWasNeverSeenButConfirmed) {
  story.at(1s).asks(alice).sends(alice);
  reopens(2s, 5).finds(alice, 11s, 5).sends_again(alice).store_repeats(alice).told(alice).gets(alice);
  auto kept = story;
  kept.at(3s).crashes(Story::kServer).opens(Story::kServer, 5).finds(alice, 11s);
  EXPECT_EQ(check_durability(kept, kept.bounds()).outcome, Outcome::ok);
  reopens(3s, 5);
  EXPECT_EQ(check().shape, "lease lost");
}

TEST_F(ReopenedStore, KeepsALeaseOverAReboot) {
  story.at(1s).acquires(alice, 5).at(2s).host_reboots().at(3s).opens(Story::kServer, 5);
  auto found = story;
  found.finds(alice, 11s);
  EXPECT_EQ(check_durability(found, found.bounds()).outcome, Outcome::ok);
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(ReopenedStore, KeepsALeaseOverARebootLongAfterItsOldDeadline) {
  story.at(1s).acquires(alice, 5).at(2s).host_reboots().at(60s).opens(Story::kServer, 5);
  EXPECT_EQ(check().shape, "lease lost");
}

TEST_F(ReopenedStore, MayHaveDroppedALeaseThatRanOutBeforeTheReboot) {
  story.at(1s).acquires(alice, 5).at(11s).host_reboots().at(12s).opens(Story::kServer, 5);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(ReopenedStore, AsksForNoMoreThanTheDriftBoundAllowsAcrossAReboot) {
  story.at(1s).acquires(alice, 5).at(11s - 1ms).host_reboots().at(12s).opens(Story::kServer, 5);
  EXPECT_EQ(outcome(), Outcome::violation);
  auto bounds = story.bounds();
  bounds.max_drift_ppb = 1'000'000;
  EXPECT_EQ(check_durability(story, bounds).outcome, Outcome::ok);
}

}  // namespace
}  // namespace lockstep::models
