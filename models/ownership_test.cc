// S6 by example: who may renew and release, and who is told that they did.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Ownership : testing::Test {
  Verdict check() const { return check_ownership(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(Ownership, IsNotExercisedWhileEverybodyHoldsWhatTheyRenew) {
  story.at(1s).acquires(alice, 5).at(4s).renews(alice).at(5s).unlocks(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Ownership, IsExercisedByAFormerHolderWhoIsTurnedAway) {
  story.at(1s).acquires(alice, 5).at(12s).acquires(bob, 6);
  story.at(13s).asks_renewal(alice).told_lost(alice).asks_unlock(alice).told_not_held(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 2u);
}

TEST_F(Ownership, RefusesARenewalOfAFormerHolder) {
  story.at(1s).acquires(alice, 5).at(12s).store_grants(bob, 6);
  const auto grant = story.last();
  story.at(13s).store_renews(alice);
  EXPECT_EQ(check().shape, "renewed by a former holder");
  EXPECT_THAT(check().evidence, ElementsAre(grant, story.last()));
}

TEST_F(Ownership, RefusesAReleaseOfAFormerHolder) {
  story.at(1s).acquires(alice, 5).at(12s).acquires(bob, 6).at(13s).store_releases(alice);
  EXPECT_EQ(check().shape, "released by a former holder");
  EXPECT_EQ(check().sentence,
            "the store released the lease of client 1 on L at 13.000 s, although client 2 was granted it at "
            "12.000 s");
}

TEST_F(Ownership, RefusesARenewalAfterTheRelease) {
  story.at(1s).acquires(alice, 5).at(2s).unlocks(alice).at(3s).store_renews(alice);
  EXPECT_EQ(check().shape, "renewed after its end");
}

TEST_F(Ownership, RefusesARenewalAfterABreakAndASecondRelease) {
  auto twice = story;
  story.at(1s).acquires(alice, 5).at(2s).store_breaks(alice).at(3s).store_renews(alice);
  EXPECT_EQ(check().shape, "renewed after its end");
  twice.at(1s).acquires(alice, 5).at(2s).unlocks(alice).at(3s).store_releases(alice);
  EXPECT_EQ(check_ownership(twice, twice.bounds()).shape, "released after its end");
}

TEST_F(Ownership, RefusesToReviveALeaseThatHasRunOut) {
  story.at(1s).acquires(alice, 5).at(11s + 1ns).store_renews(alice);
  EXPECT_EQ(check().shape, "lease revived");
}

TEST_F(Ownership, AllowsARenewalAtTheVeryDeadlineWhenNobodyElseCame) {
  story.at(1s).acquires(alice, 5).at(11s).renews(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Ownership, AllowsARenewalThatWasDecidedInTimeAndWrittenLater) {
  story.at(1s).acquires(alice, 5).at(12s).store_renews(alice);
  story.last_event().deadline.value = 20s;  // ten seconds after the decision
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Ownership, AllowsTheReleaseOfALeaseThatRanOutAndNobodyTook) {
  story.at(1s).acquires(alice, 5).at(20s).store_releases(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Ownership, ACrashThatCanHaveSwallowedARenewalAccusesNobody) {
  story.at(1s).acquires(alice, 5).at(9s).asks_renewal(alice).crashes(Story::kServer).at(15s).renews(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Ownership, AReopenedStoreKnowsTheDeadlineAgain) {
  story.at(1s).acquires(alice, 5).at(9s).crashes(Story::kServer).at(10s).opens(Story::kServer, 5);
  story.finds(alice, 11s).at(12s).store_renews(alice);
  EXPECT_EQ(check().shape, "lease revived");
}

TEST_F(Ownership, TheRebootOfTheStoreStartsADeadlineAnew) {
  story.at(1s).acquires(alice, 5).at(2s).host_reboots().at(3s).opens(Story::kServer, 5);
  story.finds(alice, 11s).at(12s).store_renews(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Ownership, AHolderWhoseGrantIsMissingIsNobodysImpostor) {
  story.at(1s).asks(alice).sends(alice).crashes(Story::kServer);
  story.at(2s).acquires(bob, 4).at(3s).unlocks(bob).at(4s).store_renews(alice).store_releases(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Ownership, RefusesToConfirmARenewalAskedForAfterTheNextGrant) {
  story.at(1s).acquires(alice, 5).at(12s).store_grants(bob, 6);
  const auto grant = story.last();
  story.at(13s).asks_renewal(alice);
  const auto asked = story.last();
  story.at(14s).told_renewed(alice);
  EXPECT_EQ(check().shape, "renewal confirmed to a former holder");
  EXPECT_THAT(check().evidence, ElementsAre(grant, asked, asked + 1));
}

TEST_F(Ownership, AllowsToConfirmARenewalAskedForBeforeTheNextGrant) {
  story.at(1s).acquires(alice, 5).at(9s).asks_renewal(alice).store_renews(alice);
  story.at(20s).store_grants(bob, 6).at(21s).told_renewed(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Ownership, RefusesToConfirmAReleaseAskedForAfterTheNextGrant) {
  story.at(1s).acquires(alice, 5).at(12s).acquires(bob, 6).at(13s).asks_unlock(alice).told_released(alice);
  EXPECT_EQ(check().shape, "release confirmed to a former holder");
}

TEST_F(Ownership, ASecondReleaseIsNoError) {
  story.at(1s).acquires(alice, 5).at(2s).unlocks(alice).at(3s).acquires(bob, 6);
  story.at(4s).asks_unlock(alice).told_released(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

}  // namespace
}  // namespace lockstep::models
