// S2 by example: when two clients are two holders, and what ends a belief.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;

struct BeliefExclusion : testing::Test {
  Verdict check() const { return check_belief_exclusion(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(BeliefExclusion, IsNotExercisedByOneClient) {
  const auto again = story.attempt(1);
  story.at(1s).believes(alice).at(2s).asks_unlock(alice).at(3s).believes(again);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(BeliefExclusion, AllowsOneHolderAfterTheOther) {
  story.at(1s).believes(alice).at(2s).asks_unlock(alice).at(3s).believes(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
}

TEST_F(BeliefExclusion, TellsTheWholeStoryOfTwoHolders) {
  const auto first = (story.at(12304ms).believes(bob), story.last());
  const auto second = (story.at(12655ms).believes(alice), story.last());
  story.at(12911ms).belief_ends(bob);
  const auto verdict = check();
  EXPECT_EQ(verdict.outcome, Outcome::violation);
  EXPECT_EQ(verdict.shape, "two holders");
  EXPECT_THAT(verdict.evidence, testing::ElementsAre(first, second));
  EXPECT_EQ(verdict.sentence,
            "client 2 held L from 12.304 s, client 1 was granted L at 12.655 s while client 2 still believed "
            "until 12.911 s: two holders for 256 ms");
}

TEST_F(BeliefExclusion, AnInstantSharedByEndAndBeginningIsNoOverlapInEitherOrder) {
  auto reversed = story;
  story.at(1s).believes(alice).at(5s).belief_ends(alice).believes(bob);
  reversed.at(1s).believes(alice).at(5s).believes(bob).belief_ends(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check_belief_exclusion(reversed, reversed.bounds()).outcome, Outcome::ok);
}

TEST_F(BeliefExclusion, OneNanosecondIsAnOverlap) {
  story.at(1s).believes(alice).at(5s).believes(bob).at(5s + 1ns).belief_ends(alice);
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(BeliefExclusion, ABeliefThatLastsNoTimeOverlapsNothing) {
  story.at(1s).believes(alice).at(2s).believes(bob).crashes(Story::client(2)).at(3s).belief_ends(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(BeliefExclusion, EndsWithTheLossSignalWithUnlockAndWithACrash) {
  const auto carol = story.attempt(3), dave = story.attempt(4);
  story.at(1s).believes(alice).at(2s).loses(alice).believes(bob).at(3s).asks_unlock(bob);
  story.believes(carol).at(4s).crashes(Story::client(3)).believes(dave);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 3u);
}

TEST_F(BeliefExclusion, ARenewalCarriesOnWhatHasNotEnded) {
  story.at(1s).believes(alice).at(2s).believes(alice).at(3s).believes(bob);
  const auto verdict = check();
  EXPECT_EQ(verdict.outcome, Outcome::violation);
  EXPECT_THAT(verdict.evidence, testing::ElementsAre(1u, 2u));
}

TEST_F(BeliefExclusion, ABeliefAfterTheEndIsANewOneAndCounts) {
  story.at(1s).believes(alice).at(2s).belief_ends(alice).at(3s).believes(bob).at(4s).believes(alice);
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(BeliefExclusion, OneClientCanBeTwoHolders) {
  const auto again = story.attempt(1);
  story.at(1s).believes(alice).at(2s).believes(again);
  const auto verdict = check();
  EXPECT_EQ(verdict.outcome, Outcome::violation);
  EXPECT_THAT(verdict.sentence, testing::HasSubstr("client 1 (attempt 1)"));
  EXPECT_THAT(verdict.sentence, testing::HasSubstr("client 1 (attempt 3)"));
}

TEST_F(BeliefExclusion, ReadersBelieveTogether) {
  const auto reader = story.attempt(3, 0, Mode::shared), other = story.attempt(4, 0, Mode::shared);
  story.at(1s).believes(reader).at(2s).believes(other);
  EXPECT_EQ(outcome(), Outcome::ok);
  story.at(3s).believes(alice);
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(BeliefExclusion, LocksDoNotDisturbEachOther) {
  story.at(1s).believes(alice).at(2s).believes(story.attempt(2, 1));
  EXPECT_EQ(outcome(), Outcome::ok);
}

// The reference: for each attempt, the instants at which it believes, found by replaying events up to them.
bool two_believe_at_once(const History& history, std::uint32_t attempts, int last_instant) {
  for (int instant = 0; instant <= last_instant; ++instant) {
    std::vector<Mode> holders;
    for (std::uint32_t a = 1; a <= attempts; ++a) {
      bool believes = false;
      Mode mode{};
      for (const auto& e : history.events) {
        if (e.at > Duration(instant)) break;
        if (e.type == EventType::process_crashed && e.process == (a - 1) % 3) believes = false;
        if (e.attempt != a) continue;
        if (e.type == EventType::believes) believes = true, mode = e.mode;
        if (e.type == EventType::belief_ended || e.type == EventType::lost || e.op == Op::unlock) believes = false;
      }
      if (believes) holders.push_back(mode);
    }
    const auto writers = std::ranges::count(holders, Mode::exclusive);
    if (holders.size() > 1 && writers > 0) return true;
  }
  return false;
}

TEST_F(BeliefExclusion, AgreesWithEveryInstantOfRandomHistories) {
  Dice dice(2);
  int violations = 0;
  constexpr int kRounds = 20'000, kAttempts = 4;
  for (int round = 0; round < kRounds; ++round) {
    Story random;
    std::vector<Try> tries;
    for (std::uint32_t a = 0; a < kAttempts; ++a)
      tries.push_back(random.attempt(1 + a % 3, 0, dice.chance(40) ? Mode::shared : Mode::exclusive));
    int now = 0;
    const auto steps = 2 + dice.below(9);
    for (std::uint64_t step = 0; step < steps; ++step) {
      now += static_cast<int>(dice.below(3));
      random.at(Duration(now));
      const auto& t = tries[dice.below(kAttempts)];
      switch (dice.below(8)) {
        case 0: random.asks_unlock(t); break;
        case 1: random.loses(t); break;
        case 2:
        case 3: random.belief_ends(t); break;
        case 4: random.crashes(t.client); break;
        default: random.believes(t);
      }
    }
    const bool expected = two_believe_at_once(random, kAttempts, now);
    violations += expected;
    ASSERT_EQ(check_belief_exclusion(random, random.bounds()).outcome, expected ? Outcome::violation : Outcome::ok)
        << "round " << round;
  }
  EXPECT_GT(violations, kRounds / 20);
  EXPECT_LT(violations, kRounds - kRounds / 20);
}

}  // namespace
}  // namespace lockstep::models
