// S5 by example: what a resource may accept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;

struct FencedWrites : testing::Test {
  Verdict check() const { return check_fenced_writes(story, story.bounds()); }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(FencedWrites, IsNotExercisedWithoutWrites) {
  story.at(1s).acquires(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(FencedWrites, AcceptsManyWritesOfOneHolderAndThenOfTheNext) {
  story.at(1s).acquires(alice, 5).accepts(alice, 5).accepts(alice, 5);
  story.at(2s).acquires(bob, 6).accepts(bob, 6).refuses(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 3u);  // the first, the first of the next, the refused one
}

TEST_F(FencedWrites, RefusesTheLateWriteOfAStaleHolder) {
  story.at(1s).acquires(alice, 5).at(20s).acquires(bob, 6).accepts(bob, 6);
  const auto first = story.last();
  story.at(21s).accepts(alice, 5);
  const auto verdict = check();
  EXPECT_EQ(verdict.shape, "stale write accepted");
  EXPECT_THAT(verdict.evidence, testing::ElementsAre(first, story.last()));
  EXPECT_EQ(verdict.sentence,
            "the resource accepted a write of client 2 to L at 20.000 s with token 6 and then, at 21.000 s, one "
            "of client 1 with the older token 5");
}

TEST_F(FencedWrites, RefusesATokenThatNobodyIssued) {
  story.at(1s).acquires(alice, 5).accepts(alice, 7);
  EXPECT_EQ(check().shape, "token never issued");
}

TEST_F(FencedWrites, RefusesATokenThatWasIssuedForAnotherLock) {
  const auto other = story.attempt(1, 1);
  story.at(1s).acquires(other, 5);
  auto stray = other;
  stray.lock = 0;
  story.accepts(stray, 5);
  EXPECT_EQ(check().shape, "token never issued");
}

TEST_F(FencedWrites, KnowsATokenFromAnAnswerAloneOrFromARecovery) {
  story.at(1s).sends(alice).told(alice, 5).accepts(alice, 5);
  story.at(2s).opens(Story::kServer, 6).finds(bob, 11s, 6).accepts(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(FencedWrites, RefusesOneTokenOfTwoWriters) {
  story.at(1s).acquires(alice, 5).accepts(alice, 5).accepts(bob, 5);
  EXPECT_EQ(check().shape, "two writers with one token");
}

// The reference: all pairs of accepted writes, and a set of what was issued.
bool some_write_is_wrong(const History& history) {
  std::set<std::pair<std::uint32_t, std::uint64_t>> issued;
  std::vector<Event> writes;
  for (const auto& e : history.events) {
    if (e.type == EventType::granted) issued.emplace(e.lock, e.token);
    if (e.type == EventType::write_accepted) writes.push_back(e);
  }
  for (std::size_t a = 0; a < writes.size(); ++a) {
    if (!issued.contains({writes[a].lock, writes[a].token})) return true;
    for (std::size_t b = a + 1; b < writes.size(); ++b) {
      if (writes[a].lock != writes[b].lock) continue;
      if (writes[b].token < writes[a].token) return true;
      if (writes[b].token == writes[a].token && writes[b].attempt != writes[a].attempt) return true;
    }
  }
  return false;
}

TEST_F(FencedWrites, AgreesWithAllPairsOnRandomHistories) {
  Dice dice(4);
  int violations = 0;
  constexpr int kRounds = 20'000;
  for (int round = 0; round < kRounds; ++round) {
    Story random;
    std::vector<std::pair<Try, std::uint64_t>> holders;
    std::uint64_t next = 1;
    const auto steps = 3 + dice.below(8);
    for (std::uint64_t step = 0; step < steps; ++step) {
      random.at(Duration(step));
      if (dice.chance(40) || holders.empty()) {
        const auto t = random.attempt(1, static_cast<std::uint32_t>(dice.below(2)));
        holders.emplace_back(t, next++);
        random.store_grants(t, holders.back().second);
      } else {
        const auto& [t, token] = dice.chance(80) ? holders.back() : holders[dice.below(holders.size())];
        random.accepts(t, dice.chance(95) ? token : 1 + dice.below(next));
      }
    }
    const bool expected = some_write_is_wrong(random);
    violations += expected;
    ASSERT_EQ(check_fenced_writes(random, random.bounds()).outcome, expected ? Outcome::violation : Outcome::ok)
        << "round " << round;
  }
  EXPECT_GT(violations, kRounds / 20);
  EXPECT_LT(violations, kRounds - kRounds / 20);
}

}  // namespace
}  // namespace lockstep::models
