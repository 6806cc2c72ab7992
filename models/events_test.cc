// E1 by example: what a subscriber may be told, must be told, and need not be told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Events : testing::Test {
  Verdict check() const { return check_events(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  void subscribed() { story.at(1s).watches(kWatcher).at(1100ms).connects(kWatcher); }
  void hears(const Try& t, EventType told) { story.hears(kWatcher, t, told); }
  static constexpr std::uint32_t kWatcher = 4;
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(Events, IsNotExercisedWithoutASubscriber) {
  story.at(1s).acquires(alice, 5);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Events, AllowsAllInOrderWithTheLastCutOff) {
  subscribed();
  story.at(2s).acquires(alice, 5).at(2100ms);
  hears(alice, EventType::granted);
  story.at(3s).renews(alice).at(4s).unlocks(alice);
  hears(alice, EventType::renewed), hears(alice, EventType::released);
  story.at(5s).acquires(bob, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 3u);
}

TEST_F(Events, WhatWasBeforeTheConnectionIsNotTold) {
  story.at(500ms).acquires(alice, 5);
  subscribed();
  story.at(2s).unlocks(alice);
  hears(alice, EventType::released);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Events, WhatHappensWhileItConnectsMayBeToldOrNot) {
  story.at(1s).watches(kWatcher).at(1050ms).store_grants(alice, 5).store_renews(alice).at(1100ms).connects(kWatcher);
  story.at(2s).store_renews(alice);
  auto all = story, one = story;
  all.hears(kWatcher, alice, EventType::granted).hears(kWatcher, alice, EventType::renewed);
  all.hears(kWatcher, alice, EventType::renewed);
  EXPECT_EQ(check_events(all, all.bounds()).outcome, Outcome::ok);
  one.hears(kWatcher, alice, EventType::renewed)
      .at(3s)
      .store_releases(alice)
      .hears(kWatcher, alice, EventType::released);
  EXPECT_EQ(check_events(one, one.bounds()).outcome, Outcome::ok);
}

TEST_F(Events, RefusesAHole) {
  subscribed();
  story.at(2s).store_grants(alice, 5);
  hears(alice, EventType::granted);
  const auto missed = (story.at(3s).store_renews(alice), story.last());
  story.at(4s).store_releases(alice);
  hears(alice, EventType::released);
  EXPECT_EQ(check().shape, "event missed");
  EXPECT_THAT(check().evidence, ElementsAre(missed, story.last()));
  EXPECT_EQ(
      check().sentence,
      "client 4 was told at 4.000 s of \"released of attempt 1 on L\", but not of \"renewed of attempt 1\" at 3.000 "
      "s before that, and of no gap");
}

TEST_F(Events, TheFirstEventAfterTheConnectionCountsToo) {
  subscribed();
  story.at(2s).store_grants(alice, 5).at(3s).store_releases(alice);
  hears(alice, EventType::released);
  EXPECT_EQ(check().shape, "event missed");
}

TEST_F(Events, AGapExcusesWhatIsInIt) {
  subscribed();
  story.at(2s).store_grants(alice, 5);
  hears(alice, EventType::granted);
  story.at(3s).store_renews(alice).at(4s).hears_of_a_gap(kWatcher).store_releases(alice);
  hears(alice, EventType::released);
  EXPECT_EQ(outcome(), Outcome::ok);
  story.at(5s).store_grants(bob, 6).store_renews(bob);
  hears(bob, EventType::renewed);
  EXPECT_EQ(check().shape, "event missed") << "it was there again";
}

TEST_F(Events, RefusesWhatNeverWasAndWhatIsToldTooEarly) {
  subscribed();
  auto early = story;
  story.at(2s);
  hears(alice, EventType::broken);
  EXPECT_EQ(check().shape, "event invented");
  early.at(2s).hears(kWatcher, alice, EventType::granted).at(3s).store_grants(alice, 0);
  EXPECT_EQ(check_events(early, early.bounds()).shape, "event invented");
}

TEST_F(Events, RefusesTheSameTwice) {
  subscribed();
  story.at(2s).store_grants(alice, 5);
  hears(alice, EventType::granted);
  hears(alice, EventType::granted);
  EXPECT_EQ(check().shape, "event told twice");
}

TEST_F(Events, RefusesAnotherOrder) {
  subscribed();
  story.at(2s).store_grants(alice, 5).at(3s).store_releases(alice).at(4s).store_grants(bob, 6);
  hears(alice, EventType::granted);
  hears(bob, EventType::granted);
  EXPECT_EQ(check().shape, "event missed");
}

TEST_F(Events, ACrashOfTheStoreMayHaveSwallowedItsWordButNotTheSubscribers) {
  subscribed();
  story.at(2s).store_grants(alice, 5);
  hears(alice, EventType::granted);
  auto without = story;
  story.at(3s).crashes(Story::kServer);
  for (Story* s : {&story, &without}) {
    s->at(3100ms).hears(kWatcher, alice, EventType::released).at(4s).store_grants(bob, 6);
    s->hears(kWatcher, bob, EventType::granted);
  }
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check_events(without, without.bounds()).shape, "event invented");
}

TEST_F(Events, ARenewalWhoseEventIsLostIsNotTakenForTheNext) {
  subscribed();
  story.at(2s).store_grants(alice, 5).store_renews(alice);
  hears(alice, EventType::granted), hears(alice, EventType::renewed);
  story.at(3s).crashes(Story::kServer).opens(Story::kOtherServer, 5).at(4s).store_renews(alice).at(5s);
  hears(alice, EventType::renewed), hears(alice, EventType::renewed);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Events, ADeadSubscriberHearsNothingAndItsSuccessorBeginsAnew) {
  subscribed();
  story.at(2s).store_grants(alice, 5).crashes(Story::client(kWatcher)).at(3s).store_releases(alice);
  story.at(4s).starts(Story::client(kWatcher)).watches(kWatcher).connects(kWatcher).at(5s).store_grants(bob, 6);
  hears(bob, EventType::granted);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Events, AnotherLockIsAnotherStory) {
  const auto other = story.attempt(3, 1);
  subscribed();
  story.at(2s).store_grants(alice, 5).store_grants(other, 6).store_releases(alice);
  hears(alice, EventType::granted), hears(alice, EventType::released);
  EXPECT_EQ(outcome(), Outcome::ok);
}

// The reference: told in pieces that each are a run of what happened; the first one begins at the connection.
bool is_right(const std::vector<int>& happened, const std::vector<std::vector<int>>& pieces, std::size_t from,
              bool first) {
  if (pieces.empty()) return true;
  const auto& piece = pieces.front();
  const std::vector<std::vector<int>> rest(pieces.begin() + 1, pieces.end());
  if (piece.empty()) return is_right(happened, rest, from, false);
  for (std::size_t begin = from; begin + piece.size() <= happened.size() && (!first || begin == 0); ++begin)
    if (std::equal(piece.begin(), piece.end(), happened.begin() + static_cast<std::ptrdiff_t>(begin)) &&
        is_right(happened, rest, begin + piece.size(), false))
      return true;
  return false;
}

TEST_F(Events, AgreesWithAllCutsOfRandomSequences) {
  Dice dice(5);
  int violations = 0;
  constexpr int kRounds = 20'000;
  constexpr EventType kTypes[] = {EventType::granted, EventType::renewed, EventType::released};
  for (int round = 0; round < kRounds; ++round) {
    Story random;
    const Try tries[] = {random.attempt(1), random.attempt(2)};
    const auto happens = [&](int what, bool told) {
      const Try& t = tries[what % 2];
      const EventType type = kTypes[what / 2];
      if (told) {
        random.hears(kWatcher, t, type);
      } else if (type == EventType::granted) {
        random.store_grants(t, 0);
      } else {
        type == EventType::renewed ? random.store_renews(t) : random.store_releases(t);
      }
    };
    random.at(1s).watches(kWatcher).connects(kWatcher);
    std::vector<int> happened;
    for (auto n = dice.below(7); n > 0; --n) {
      random.at(2s + std::chrono::seconds(happened.size()));
      happened.push_back(static_cast<int>(dice.below(4)));
      happens(happened.back(), false);
    }
    random.at(20s);
    std::vector<std::vector<int>> pieces(1);
    for (const int what : happened) {
      if (dice.chance(8)) random.hears_of_a_gap(kWatcher), pieces.emplace_back();
      const auto luck = dice.below(100);
      if (luck < 8) continue;
      pieces.back().push_back(luck < 14 ? static_cast<int>(dice.below(4)) : what);
      happens(pieces.back().back(), true);
    }
    const bool expected = !is_right(happened, pieces, 0, true);
    violations += expected;
    ASSERT_EQ(check_events(random, random.bounds()).outcome, expected ? Outcome::violation : Outcome::ok)
        << "round " << round;
  }
  EXPECT_GT(violations, kRounds / 20);
  EXPECT_LT(violations, kRounds - kRounds / 20);
}

}  // namespace
}  // namespace lockstep::models
