// S1 by example: what the store may grant while a lease goes on, and that a lost event accuses nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct LeaseExclusion : testing::Test {
  Verdict check() const { return check_lease_exclusion(story, story.bounds()); }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(LeaseExclusion, IsNotExercisedByOneHolder) {
  story.at(1s).acquires(alice, 5);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(LeaseExclusion, AllowsAGrantAfterARelease) {
  story.at(1s).acquires(alice, 5).at(2s).unlocks(alice).at(3s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
}

TEST_F(LeaseExclusion, AllowsAGrantAtTheVeryDeadline) {
  story.at(1s).acquires(alice, 5).at(11s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(LeaseExclusion, RefusesAGrantOneNanosecondBeforeTheDeadline) {
  const auto first = (story.at(1s).store_grants(alice, 5), story.last());
  story.at(11s - 1ns).store_grants(bob, 6);
  const auto verdict = check();
  EXPECT_EQ(verdict.outcome, Outcome::violation);
  EXPECT_EQ(verdict.shape, "two leases");
  EXPECT_THAT(verdict.evidence, testing::ElementsAre(first, story.last()));
  EXPECT_GE(verdict.exercised, 1u);
}

TEST_F(LeaseExclusion, SaysWhoHeldUntilWhenAndHowMuchTooEarlyTheGrantWas) {
  story.at(1s).acquires(alice, 5).at(4s).renews(alice).at(12s).acquires(bob, 6);
  EXPECT_EQ(check().sentence,
            "client 1 held L until 14.000 s on the store's clock, but client 2 was granted it when that clock "
            "read 12.000 s: 2 s too early");
}

TEST_F(LeaseExclusion, ARenewalCarriesTheLeaseOn) {
  story.at(1s).acquires(alice, 5).at(4s).renews(alice);
  const auto renewal = story.last() - 2;
  story.at(13s).store_grants(bob, 6);
  EXPECT_THAT(check().evidence, testing::Contains(renewal));
}

TEST_F(LeaseExclusion, OtherLocksAreNoneOfItsBusiness) {
  const auto other = story.attempt(2, 1);
  story.at(1s).acquires(alice, 5).at(2s).acquires(other, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(LeaseExclusion, ReadersShareAndAWriterDoesNot) {
  const auto reader = story.attempt(1, 0, Mode::shared), friend_ = story.attempt(2, 0, Mode::shared);
  story.at(1s).acquires(reader, 5).at(2s).acquires(friend_, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
  story.at(3s).acquires(story.attempt(3), 7);
  EXPECT_EQ(check().outcome, Outcome::violation);
}

TEST_F(LeaseExclusion, AReleaseBySomebodyElseEndsNothing) {
  const auto carol = story.attempt(3);
  story.at(1s).acquires(alice, 5).at(2s).store_releases(bob).at(3s).acquires(carol, 6);
  EXPECT_EQ(check().outcome, Outcome::violation);
}

TEST_F(LeaseExclusion, ABreakEndsTheLease) {
  story.at(1s).acquires(alice, 5).at(2s).store_breaks(alice).at(3s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(LeaseExclusion, AStoreThatLetsALeaseExpireTooEarlyDoesNotEndIt) {
  story.at(1s).acquires(alice, 5).at(2s).store_expires(alice).at(3s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::violation);
}

TEST_F(LeaseExclusion, AfterARebootALeaseRunsItsFullTtlAgain) {
  story.at(1s).acquires(alice, 5).at(5s).host_reboots();
  story.at(6s).opens(Story::kServer, 5).finds(alice, 11s);
  auto early = story, late = story;
  EXPECT_EQ(check_lease_exclusion(late.at(16s).acquires(bob, 6), late.bounds()).outcome, Outcome::ok);
  const auto verdict = check_lease_exclusion(early.at(15s).acquires(bob, 6), early.bounds());
  EXPECT_EQ(verdict.outcome, Outcome::violation);
}

TEST_F(LeaseExclusion, AStoreThatForgetsALeaseAtARebootIsFound) {
  story.at(1s).acquires(alice, 5).at(5s).host_reboots().at(6s).opens(Story::kServer, 5).at(7s).acquires(bob, 6);
  const auto verdict = check();
  EXPECT_EQ(verdict.outcome, Outcome::violation);
  EXPECT_THAT(verdict.sentence, HasSubstr("its full ttl again after the reboot"));
}

TEST_F(LeaseExclusion, DemandsNothingOfALeaseThatCanHaveRunOutBeforeTheReboot) {
  story.at(1s).acquires(alice, 5).at(12s).host_reboots().at(13s).opens(Story::kServer, 5);
  story.at(14s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(LeaseExclusion, ALostReleasedEventAccusesNobody) {
  story.at(1s).acquires(alice, 5).at(2s).asks_unlock(alice).crashes(Story::kServer);
  story.at(3s).opens(Story::kServer, 5).at(4s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(LeaseExclusion, ALostReleasedEventOfAClientWithTheStoreBuiltInAccusesNobodyEither) {
  const auto embedded = Story::client(1);
  story.at(0s).opens(embedded, 0).at(1s).acquires(alice, 5).at(2s).asks_unlock(alice).crashes(embedded);
  story.at(4s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST_F(LeaseExclusion, AnUnlockThatNoCrashSwallowedHasToBeSeen) {
  story.at(1s).acquires(alice, 5).at(2s).asks_unlock(alice).at(4s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::violation);
}

TEST_F(LeaseExclusion, AGrantWhoseEventIsLostCountsFromItsRenewal) {
  story.at(1s).asks(alice).sends(alice).crashes(Story::kServer);
  story.at(2s).told(alice, 5).gets(alice).at(4s).renews(alice).at(13s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::violation);
}

TEST_F(LeaseExclusion, AGrantWhoseEventIsLostCountsFromItsRecovery) {
  story.at(1s).asks(alice).sends(alice).crashes(Story::kServer);
  story.at(2s).opens(Story::kServer, 5).finds(alice, 11s, 5).at(10s).acquires(bob, 6);
  EXPECT_EQ(check().outcome, Outcome::violation);
}

// The reference: all pairs of leases, each an interval on the store's clock that a release cuts short at its
// place in the order of events, on histories without crashes.
bool some_leases_overlap(const History& history) {
  struct Interval {
    std::uint32_t attempt;
    Mode mode;
    Duration from, to;
    std::size_t granted, released;
  };
  std::vector<Interval> all;
  const auto& events = history.events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].type != EventType::granted) continue;
    Interval lease{events[i].attempt, events[i].mode, events[i].clock.value, events[i].deadline.value, i,
                   events.size()};
    for (std::size_t k = i + 1; k < events.size(); ++k) {
      const auto& e = events[k];
      if (e.attempt != lease.attempt || e.clock.value >= lease.to) continue;
      if (e.type == EventType::renewed) lease.to = e.deadline.value;
      if (e.type == EventType::released) {
        lease.released = k;
        break;
      }
    }
    all.push_back(lease);
  }
  for (std::size_t a = 0; a < all.size(); ++a)
    for (std::size_t b = a + 1; b < all.size(); ++b)
      if (all[b].from < all[a].to && all[b].granted < all[a].released &&
          (all[a].mode != Mode::shared || all[b].mode != Mode::shared))
        return true;
  return false;
}

TEST_F(LeaseExclusion, AgreesWithAllPairsOnRandomHistories) {
  Dice dice(1);
  int violations = 0;
  constexpr int kRounds = 20'000;
  for (int round = 0; round < kRounds; ++round) {
    Story random;
    std::vector<Try> granted;
    Duration now{};
    const auto ttl = Duration(1 + dice.below(6));
    random.with_ttl(ttl);
    const auto steps = 2 + dice.below(8);
    for (std::uint64_t step = 0; step < steps; ++step) {
      now += Duration(dice.below(5));
      random.at(now);
      const auto kind = dice.below(4);
      if (kind < 2 || granted.empty()) {
        const auto mode = dice.chance(30) ? Mode::shared : Mode::exclusive;
        granted.push_back(random.attempt(1 + static_cast<std::uint32_t>(dice.below(3)), 0, mode));
        random.store_grants(granted.back(), step + 1);
      } else if (const auto& chosen = granted[dice.below(granted.size())]; kind == 2) {
        // Only of a lease that lives: what a renewal of a dead one means is another checker's question.
        if (now < random.history().events.back().deadline.value && chosen.attempt == granted.back().attempt)
          random.store_renews(chosen);
      } else {
        random.store_releases(chosen);
      }
    }
    const bool expected = some_leases_overlap(random);
    violations += expected;
    ASSERT_EQ(check_lease_exclusion(random, random.bounds()).outcome, expected ? Outcome::violation : Outcome::ok)
        << "round " << round;
  }
  EXPECT_GT(violations, kRounds / 20);
  EXPECT_LT(violations, kRounds - kRounds / 20);
}

}  // namespace
}  // namespace lockstep::models
