// S4 by example: which tokens later grants may have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;

struct FencingOrder : testing::Test {
  Verdict check() const { return check_fencing_order(story, story.bounds()); }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2), carol = story.attempt(3);
};

TEST_F(FencingOrder, IsNotExercisedByOneGrant) {
  story.at(1s).acquires(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(FencingOrder, AllowsRisingTokensWithGaps) {
  story.at(1s).acquires(alice, 5).at(2s).acquires(bob, 6).at(3s).acquires(carol, 60);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 2u);
}

TEST_F(FencingOrder, RefusesALowerTokenForALaterGrant) {
  story.at(1s).sends(alice).told(alice, 6);
  const auto first = story.last();
  story.at(2s).sends(bob).at(3s).told(bob, 5);
  const auto verdict = check();
  EXPECT_EQ(verdict.shape, "token went back");
  EXPECT_THAT(verdict.evidence, testing::ElementsAre(first, story.last()));
  EXPECT_EQ(verdict.sentence,
            "client 1 had token 6 for L at 1.000 s, and client 2, which asked for it only after that, has the "
            "lower token 5");
}

TEST_F(FencingOrder, AllowsAnyOrderOfGrantsThatWereUnderWayTogether) {
  story.at(1s).sends(alice).sends(bob).at(2s).told(bob, 6).at(3s).told(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(FencingOrder, ATrySentAgainCountsFromItsFirstSending) {
  story.at(1s).sends(alice).at(2s).sends(bob).told(bob, 6).at(3s).sends_again(alice).told(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

// The refusal came from one server, and another one had granted a copy of the same request before.
TEST_F(FencingOrder, ANewRequestAfterARefusalCountsFromTheFirstOfItsAttempt) {
  story.at(1s).sends(alice).refused(alice).at(2s).sends(bob).told(bob, 6).at(3s).sends(alice).told(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(FencingOrder, ANewRequestOfAnAttemptThatBeganLaterHasAHigherToken) {
  story.at(1s).sends(bob).told(bob, 6).at(2s).sends(alice).refused(alice).at(3s).sends(alice).told(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::violation);
}

TEST_F(FencingOrder, ANewRequestWhileTheOldOneIsOpenCountsFromTheOldOne) {
  story.at(1s).sends(alice).at(2s).sends(bob).told(bob, 6).at(3s).sends(alice).told(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(FencingOrder, OneTokenNamesOneAttempt) {
  story.at(1s).sends(alice).sends(bob).at(2s).told(alice, 5).told(bob, 5);
  const auto verdict = check();
  EXPECT_EQ(verdict.shape, "token repeated");
  EXPECT_THAT(verdict.sentence, testing::HasSubstr("token 5 of L was given twice"));
}

TEST_F(FencingOrder, OneAttemptHasOneToken) {
  story.at(1s).sends(alice).told(alice, 5).at(2s).told(alice, 6);
  EXPECT_EQ(check().shape, "two tokens for one attempt");
}

TEST_F(FencingOrder, TheSameTokenToldTwiceIsOneGrant) {
  story.at(1s).sends(alice).told(alice, 5).at(2s).sends_again(alice).told(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(FencingOrder, LocksCountForThemselves) {
  story.at(1s).acquires(alice, 5).at(2s).acquires(story.attempt(2, 1), 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(FencingOrder, TheStoresOwnGrantsRiseEvenWhenNobodyIsTold) {
  auto repeated = story;
  story.at(1s).store_grants(alice, 6).at(2s).store_grants(bob, 5);
  EXPECT_EQ(check().shape, "token went back");
  repeated.at(1s).store_grants(alice, 6).at(2s).store_grants(bob, 6);
  EXPECT_EQ(check_fencing_order(repeated, repeated.bounds()).shape, "token repeated");
}

TEST_F(FencingOrder, ATokenFoundInAReopenedStoreIsNotGivenAgain) {
  story.at(1s).asks(alice).sends(alice).crashes(Story::kServer).at(2s).opens(Story::kServer, 5);
  story.finds(alice, 11s, 5).at(20s).store_grants(bob, 5);
  EXPECT_EQ(check().shape, "token repeated");
}

TEST_F(FencingOrder, AHistoryOfWholeAcquisitionsIsJudgedByThem) {
  story.at(1s).asks(alice).store_grants(alice, 6).gets(alice).at(20s).asks(bob);
  story.gets(bob);
  story.last_event().token = 0;
  EXPECT_EQ(check().outcome, Outcome::ok);
  const auto late = story.attempt(4);
  story.at(30s).asks(late).gets(late);
  auto broken = story.history();
  broken.events[broken.events.size() - 2].token = 4;
  EXPECT_EQ(check_fencing_order(broken, story.bounds()).shape, "token went back");
}

// The reference: all pairs of answered grants.
bool some_pair_is_wrong(const History& history) {
  struct Grant {
    std::uint32_t attempt;
    std::size_t asked, answered;
    std::uint64_t token;
  };
  std::vector<Grant> grants;
  const auto& events = history.events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].type != EventType::ok) continue;
    std::size_t asked = 0;
    while (events[asked].type != EventType::invoke || events[asked].attempt != events[i].attempt) ++asked;
    grants.push_back({events[i].attempt, asked, i, events[i].token});
  }
  for (const auto& a : grants)
    for (const auto& b : grants) {
      if (a.attempt == b.attempt) continue;
      if (a.token == b.token) return true;
      if (a.answered < b.asked && a.token > b.token) return true;
    }
  return false;
}

TEST_F(FencingOrder, AgreesWithAllPairsOnRandomHistories) {
  Dice dice(3);
  int violations = 0;
  constexpr int kRounds = 20'000;
  for (int round = 0; round < kRounds; ++round) {
    Story random;
    std::vector<Try> asking;
    std::uint64_t next = 1;
    const auto steps = 4 + dice.below(9);
    for (std::uint64_t step = 0; step < steps; ++step) {
      random.at(Duration(step));
      if (dice.chance(55) || asking.empty()) {
        asking.push_back(random.attempt(1 + static_cast<std::uint32_t>(dice.below(4))));
        random.sends(asking.back());
      } else {
        const auto which = dice.below(asking.size());
        next += 1 + dice.below(2);
        const auto token = dice.chance(85) ? next : 1 + dice.below(next);
        random.told(asking[which], token);
        asking.erase(asking.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
    const bool expected = some_pair_is_wrong(random);
    violations += expected;
    ASSERT_EQ(check_fencing_order(random, random.bounds()).outcome, expected ? Outcome::violation : Outcome::ok)
        << "round " << round;
  }
  EXPECT_GT(violations, kRounds / 20);
  EXPECT_LT(violations, kRounds - kRounds / 20);
}

}  // namespace
}  // namespace lockstep::models
