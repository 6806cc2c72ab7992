// L3 by example: who was in front of whom, and what excuses a store. And a plain replay of random lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Fifo : testing::Test {
  Verdict check() const { return check_fifo(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  // Alice holds the lock for a while, and until then is in everybody's way.
  void alice_holds() { story.at(1s).acquires(alice, 5); }
  void alice_goes(Duration at) { story.at(at).unlocks(alice); }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2), carol = story.attempt(3);
};

TEST_F(Fifo, IsNotExercisedWhereNobodyWaits) {
  alice_holds(), alice_goes(2s);
  story.at(3s).acquires(bob, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Fifo, AllowsTheOrderOfArrival) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(3s).sends(carol).queues(carol);
  alice_goes(3500ms);
  story.at(3600ms).store_grants(bob, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
}

TEST_F(Fifo, RefusesAGrantToWhoCameLater) {
  alice_holds();
  const auto first = (story.at(2s).sends(bob).queues(bob), story.last());
  const auto second = (story.at(3s).sends(carol).queues(carol), story.last());
  alice_goes(3500ms);
  story.at(3600ms).store_grants(carol, 6);
  EXPECT_EQ(check().shape, "overtaken in the line");
  EXPECT_THAT(check().evidence, ElementsAre(first, second, story.last()));
  EXPECT_EQ(
      check().sentence,
      "client 2 stood in the line for L from 2.000 s on, client 3 came later, and was granted it at 3.600 s, while "
      "client 2 still had its place and could not be granted it as well");
}

TEST_F(Fifo, WhoNeverQueuedStandsBehindTheWholeLine) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob);
  alice_goes(3s);
  story.at(3500ms).sends(carol).store_grants(carol, 6);
  EXPECT_EQ(check().shape, "the line was jumped");
}

TEST_F(Fifo, AStoreMayTellThatSomebodyLeavesTheLineJustBeforeItIsGranted) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(3s).sends(carol).queues(carol);
  alice_goes(3500ms);
  story.at(3600ms).leaves(bob).store_grants(bob, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
}

TEST_F(Fifo, APlaceLapsesUnlessItIsKept) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(3s).sends(carol).queues(carol);
  auto kept = story;
  story.at(4s).queues(carol).at(4500ms).unlocks(alice).store_grants(carol, 6);
  EXPECT_EQ(outcome(), Outcome::ok) << "two seconds after bob's last word";
  kept.at(3500ms).queues(bob).at(4s).queues(carol).at(4500ms).unlocks(alice).store_grants(carol, 6);
  EXPECT_EQ(check_fifo(kept, kept.bounds()).shape, "overtaken in the line");
}

TEST_F(Fifo, WhoLetHisPlaceLapseAndComesAgainStandsInFrontOfNobodyForSure) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(3s).sends(carol).queues(carol).at(4500ms).queues(bob);
  alice_goes(4600ms);
  auto back = story;
  EXPECT_EQ(check_fifo(story.at(4700ms).store_grants(carol, 6), story.bounds()).outcome, Outcome::ok);
  EXPECT_EQ(check_fifo(back.at(4700ms).store_grants(bob, 6), back.bounds()).outcome, Outcome::ok);
}

TEST_F(Fifo, WhoHasLeftIsInNobodysWay) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(2500ms).sends(carol).queues(carol).at(3s).leaves(bob);
  alice_goes(3200ms);
  story.at(3300ms).store_grants(carol, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Fifo, WhoseLeavingIsToldLateMayHaveLeftBefore) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(2500ms).sends(carol).queues(carol);
  alice_goes(3200ms);
  story.at(3300ms).store_grants(carol, 6).at(3400ms).leaves(bob);
  story.last_event().clock.value = 3100ms;
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Fifo, ReadersGoTogetherAndAWriterInFrontKeepsThemOut) {
  const auto first = story.reader(1), second = story.reader(2), third = story.reader(4);
  story.at(1s).acquires(first, 5).at(2s).sends(second).queues(second).at(2500ms).acquires(third, 6);
  EXPECT_EQ(outcome(), Outcome::ok) << "readers do not keep readers out";
  story.at(3s).sends(carol).queues(carol).at(3500ms).store_grants(second, 7);
  EXPECT_EQ(outcome(), Outcome::ok) << "it stood in front of the writer";
  story.at(4s).acquires(story.reader(1), 8);
  EXPECT_EQ(check().shape, "the line was jumped");
}

TEST_F(Fifo, FewPermitsDoNotPassByMany) {
  story.with_capacity(4);
  const auto holder = story.wants(1, 2), many = story.wants(2, 3), few = story.wants(3, 1), one = story.wants(4, 1);
  story.at(1s).acquires(holder, 5).at(2s).acquires(one, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  story.at(3s).sends(many).queues(many).at(3500ms).acquires(few, 7);
  EXPECT_EQ(check().shape, "the line was jumped");
}

TEST_F(Fifo, PermitsThatFitBesideAllInFrontMayGo) {
  story.with_capacity(6);
  const auto holder = story.wants(1, 2), many = story.wants(2, 3), few = story.wants(3, 1);
  story.at(1s).acquires(holder, 5).at(3s).sends(many).queues(many).at(3500ms).acquires(few, 7);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Fifo, WhatWasToldBeforeACrashIsForgotten) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(3s).sends(carol).queues(carol).crashes(Story::kServer);
  story.at(3100ms).opens(Story::kServer, 5).unlocks(alice).store_grants(carol, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Fifo, AfterACrashAKeptPlaceTellsNothingOfItsOrder) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(3s).sends(carol).queues(carol).crashes(Story::kServer);
  story.at(3100ms).opens(Story::kServer, 5).at(3300ms).queues(carol).at(3400ms).queues(bob);
  alice_goes(3500ms);
  story.at(3600ms).store_grants(bob, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Fifo, WhoComesOnlyAfterTheCrashStandsBehindThoseWhoKeepTheirPlace) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).crashes(Story::kServer).at(3100ms).opens(Story::kServer, 5);
  story.at(3300ms).queues(bob).at(3400ms).sends(carol).queues(carol);
  alice_goes(3500ms);
  story.at(3600ms).store_grants(carol, 6);
  EXPECT_EQ(check().shape, "overtaken in the line");
}

TEST_F(Fifo, AStoreThatIsOpenedTellsTheLineInItsOrder) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(3s).sends(carol).queues(carol).crashes(Story::kServer);
  story.at(3100ms).opens(Story::kServer, 5).finds(alice, 11s);
  story.queues(bob).queues(carol);
  alice_goes(3500ms);
  story.at(3600ms).store_grants(carol, 6);
  EXPECT_EQ(check().shape, "overtaken in the line");
}

TEST_F(Fifo, WhatIsToldOnOpeningHasNoTimeOfItsOwn) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(2500ms).crashes(Story::kServer).at(2600ms).sends(carol).queues(carol);
  story.at(3100ms).opens(Story::kServer, 5).finds(alice, 11s);
  story.queues(bob).queues(carol);
  alice_goes(3500ms);
  auto right = story;
  EXPECT_EQ(check_fifo(right.at(3600ms).store_grants(bob, 6), right.bounds()).outcome, Outcome::ok);
  story.at(3600ms).store_grants(carol, 6);
  EXPECT_EQ(check().shape, "overtaken in the line");
}

TEST_F(Fifo, AGrantWhoseLaterCrashMayHaveSwallowedALeavingAccusesNobody) {
  alice_holds();
  story.at(2s).sends(bob).queues(bob).at(2500ms).sends(carol).queues(carol);
  alice_goes(3200ms);
  story.at(3300ms).store_grants(carol, 6).crashes(Story::kOtherServer);
  EXPECT_EQ(outcome(), Outcome::ok);
}

// The reference: the rule of the line, word by word, over lists, by somebody who knows that no event is missing.
bool some_grant_passes_over(const History& history) {
  struct Row {
    Event event;
    Duration until;
  };
  std::vector<Row> line, held;
  const auto capacity = history.capacities.empty() ? 0 : history.capacities[0];
  for (const Event& e : history.events) {
    const auto own = [&](const Row& row) { return row.event.attempt == e.attempt; };
    const auto dead = [&](const Row& row) { return row.until <= e.clock.value; };
    std::erase_if(held, dead);
    if (e.type == EventType::queued) {
      const auto known = std::ranges::find_if(line, own);
      if (known != line.end()) {
        known->until = e.deadline.value;
      } else {
        line.push_back({e, e.deadline.value});
      }
    }
    if (e.type == EventType::left) std::erase_if(line, own);
    if (e.type == EventType::released) std::erase_if(held, own);
    if (e.type != EventType::granted) continue;
    std::uint64_t permits = e.permits;
    for (const Row& row : held) permits += row.event.permits;
    for (const Row& row : line) {
      if (own(row)) break;  // lapsed or not
      if (dead(row)) continue;
      permits += row.event.permits;
      const bool together = e.mode == Mode::shared && row.event.mode == Mode::shared;
      if (e.mode == Mode::permits ? permits > capacity : !together) return true;
    }
    std::erase_if(line, own);
    held.push_back({e, e.deadline.value});
  }
  return false;
}

TEST_F(Fifo, AgreesWithAReplayOfRandomLines) {
  Dice dice(3);
  int violations = 0;
  constexpr int kRounds = 20'000;
  for (int round = 0; round < kRounds; ++round) {
    Story random;
    const bool semaphore = dice.chance(50);
    if (semaphore) random.with_capacity(4);
    std::vector<Try> tries;
    std::vector<bool> granted;
    std::vector<Duration> until(5);
    for (std::uint32_t i = 0; i < 5; ++i) {
      const auto client = 1 + i % 4;
      tries.push_back(semaphore         ? random.wants(client, static_cast<std::uint32_t>(1 + dice.below(2)))
                      : dice.chance(60) ? random.reader(client)
                                        : random.attempt(client));
    }
    granted.resize(tries.size());
    Duration now = 1s;
    std::uint64_t token = 0;
    const auto steps = 3 + dice.below(9);
    for (std::uint64_t step = 0; step < steps; ++step) {
      now += std::chrono::milliseconds(1 + dice.below(900));
      random.at(now);
      const auto k = dice.below(tries.size());
      const auto& t = tries[k];
      if (granted[k]) {
        random.store_releases(t);
      } else if (const auto wish = dice.below(10); wish < 5) {
        if (now >= until[k]) random.leaves(t);  // what has lapsed is given anew
        random.sends(t).queues(t);
        until[k] = now + 2s;
      } else if (wish < 6) {
        random.leaves(t);
      } else {
        granted[k] = true;
        random.store_grants(t, ++token);
      }
    }
    // Who holds what is certain only as long as S1 is kept.
    if (check_lease_exclusion(random, random.bounds()).outcome == Outcome::violation) continue;
    const bool expected = some_grant_passes_over(random);
    violations += expected;
    const auto verdict = check_fifo(random, random.bounds());
    ASSERT_EQ(verdict.outcome, expected ? Outcome::violation : Outcome::ok) << "round " << round << verdict.sentence;
  }
  EXPECT_GT(violations, kRounds / 20);
  EXPECT_LT(violations, kRounds - kRounds / 20);
}

}  // namespace
}  // namespace lockstep::models
