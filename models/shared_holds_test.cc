// S1, S2, S6 and S8 where several may hold one lock: permits by weight, a writer who becomes a reader, a lease that an
// administrator breaks. By example, and for permits against all instants of random histories.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct SharedHolds : testing::Test {
  Verdict leases() const { return check_lease_exclusion(story, story.bounds()); }
  Verdict beliefs() const { return check_belief_exclusion(story, story.bounds()); }
  Outcome all() const {
    for (const auto& verdict : check_all(story, story.bounds()))
      if (verdict.outcome == Outcome::violation) return ADD_FAILURE() << verdict.sentence, Outcome::violation;
    return Outcome::ok;
  }
  Story story;
};

TEST_F(SharedHolds, PermitsFitUntilTheyAreTooMany) {
  story.with_capacity(3);
  const auto a = story.wants(1, 1), b = story.wants(2, 2), c = story.wants(3, 1);
  story.at(1s).acquires(a, 5).at(2s).acquires(b, 6);
  EXPECT_EQ(leases().outcome, Outcome::ok);
  EXPECT_EQ(leases().exercised, 1u);
  EXPECT_EQ(beliefs().outcome, Outcome::ok);
  story.at(3s).acquires(c, 7);
  EXPECT_EQ(leases().shape, "overdrawn");
  EXPECT_EQ(beliefs().outcome, Outcome::violation);
}

TEST_F(SharedHolds, AnOverdrawnSemaphoreIsProvedByThoseWhoTogetherHoldTooMuch) {
  story.with_capacity(4);
  const auto a = story.wants(1, 1), b = story.wants(2, 2), c = story.wants(3, 1), d = story.wants(4, 2);
  const auto small = (story.at(1s).store_grants(a, 5), story.last());
  const auto large = (story.at(2s).store_grants(b, 6), story.last());
  story.at(3s).store_grants(c, 7).at(4s).store_grants(d, 8);
  EXPECT_EQ(leases().shape, "overdrawn");
  EXPECT_THAT(leases().evidence, ElementsAre(small, large, story.last()));
  EXPECT_EQ(leases().sentence,
            "attempt 4 was granted 2 of the 4 permits of L when the store's clock read 4.000 s, while others were "
            "held, on that clock: 2 by attempt 2 until 12.000 s, 1 by attempt 1 until 11.000 s");
}

TEST_F(SharedHolds, AnOverdrawnSemaphoreIsFoundInWhatClientsBelieve) {
  story.with_capacity(2);
  const auto a = story.wants(1, 1), b = story.wants(2, 1), c = story.wants(3, 1);
  story.at(1s).believes(a).at(2s).believes(b).at(3s).believes(c);
  EXPECT_EQ(beliefs().shape, "overdrawn");
  EXPECT_THAT(beliefs().evidence, ElementsAre(0u, 1u, 2u));
}

TEST_F(SharedHolds, OfAnUnknownCapacityNothingIsSaid) {
  const auto a = story.wants(1, 7), b = story.wants(2, 7);
  story.at(1s).acquires(a, 5).at(2s).acquires(b, 6);
  EXPECT_EQ(all(), Outcome::ok);
}

TEST_F(SharedHolds, PermitsComeBack) {
  story.with_capacity(2);
  const auto a = story.wants(1, 1), b = story.wants(2, 1), c = story.wants(3, 2);
  story.at(1s).acquires(a, 5).at(2s).acquires(b, 6).at(3s).unlocks(a).at(4s).unlocks(b).at(5s).acquires(c, 7);
  EXPECT_EQ(all(), Outcome::ok);
}

TEST_F(SharedHolds, ARenewalOfPermitsThatNoLongerFitIsAFormerHolders) {
  story.with_capacity(3);
  const auto a = story.wants(1, 2), b = story.wants(2, 2);
  story.at(1s).acquires(a, 5).at(12s).store_grants(b, 6).at(13s).store_renews(a);
  EXPECT_EQ(check_ownership(story, story.bounds()).shape, "renewed by a former holder");
}

TEST_F(SharedHolds, AWriterWhoBecomesAReaderLetsOthersIn) {
  const auto writer = story.attempt(1), reader = story.reader(2);
  story.at(1s).acquires(writer, 5).at(2s).asks_downgrade(writer).store_downgrades(writer).told_downgraded(writer);
  story.at(3s).acquires(reader, 6).at(4s).renews(writer).at(5s).unlocks(writer);
  EXPECT_EQ(all(), Outcome::ok);
}

TEST_F(SharedHolds, ADowngradeMayHaveTakenEffectAsSoonAsItWasAskedFor) {
  const auto writer = story.attempt(1), reader = story.reader(2);
  story.at(1s).acquires(writer, 5).at(2s).asks_downgrade(writer).at(3s).store_downgrades(writer).acquires(reader, 6);
  story.at(4s).told_downgraded(writer);
  EXPECT_EQ(all(), Outcome::ok);
}

TEST_F(SharedHolds, WithoutADowngradeTheReaderIsOneTooMany) {
  const auto writer = story.attempt(1), reader = story.reader(2);
  story.at(1s).acquires(writer, 5).at(2s).renews(writer).at(3s).acquires(reader, 6);
  EXPECT_EQ(leases().outcome, Outcome::violation);
  EXPECT_EQ(beliefs().outcome, Outcome::violation);
}

TEST_F(SharedHolds, AReaderWhoWasAWriterStillKeepsWritersOut) {
  const auto writer = story.attempt(1), other = story.attempt(2);
  story.at(1s).acquires(writer, 5).at(2s).asks_downgrade(writer).store_downgrades(writer).told_downgraded(writer);
  story.at(3s).acquires(other, 6);
  EXPECT_EQ(leases().outcome, Outcome::violation);
  EXPECT_EQ(beliefs().outcome, Outcome::violation);
}

TEST_F(SharedHolds, ADowngradeWhoseEventIsLostAccusesNobody) {
  const auto writer = story.attempt(1), reader = story.reader(2);
  story.at(1s).acquires(writer, 5).at(2s).asks_downgrade(writer).crashes(Story::kServer);
  story.at(3s).opens(Story::kServer, 5).finds(writer, 12s).at(4s).acquires(reader, 6);
  EXPECT_EQ(all(), Outcome::ok);
}

TEST_F(SharedHolds, ABrokenLeaseMayBeGrantedToOthersBeforeItsHolderHears) {
  const auto alice = story.attempt(1), bob = story.attempt(2);
  story.at(1s).acquires(alice, 5).at(2s).asks_break(4).store_breaks(alice).told_broken(4).at(3s).acquires(bob, 6);
  story.at(4s).asks_renewal(alice).told_lost(alice).last_event().reason = Reason::broken;
  story.loses(alice, Reason::broken);
  EXPECT_EQ(all(), Outcome::ok);
}

TEST_F(SharedHolds, ABreakIsNoExcuseForWhatWasGrantedBeforeIt) {
  const auto alice = story.attempt(1), bob = story.attempt(2);
  story.at(1s).acquires(alice, 5).at(2s).acquires(bob, 6).at(3s).asks_break(4).store_breaks(alice).told_broken(4);
  EXPECT_EQ(leases().outcome, Outcome::violation);
  EXPECT_EQ(beliefs().outcome, Outcome::violation);
}

TEST_F(SharedHolds, ABreakWithoutItsEventAndWithoutACrashBreaksNothing) {
  const auto alice = story.attempt(1), bob = story.attempt(2);
  story.at(1s).acquires(alice, 5).at(2s).asks_break(4).at(3s).acquires(bob, 6);
  EXPECT_EQ(leases().outcome, Outcome::violation);
  EXPECT_EQ(beliefs().outcome, Outcome::violation);
}

TEST_F(SharedHolds, ABreakWhoseEventIsLostAccusesNobody) {
  const auto alice = story.attempt(1), bob = story.attempt(2);
  story.at(1s).acquires(alice, 5).at(2s).asks_break(4).crashes(Story::kServer);
  story.at(3s).opens(Story::kServer, 5).at(4s).acquires(bob, 6).at(5s).asks_renewal(alice).told_lost(alice);
  story.loses(alice, Reason::broken);
  EXPECT_EQ(all(), Outcome::ok);
}

TEST_F(SharedHolds, ACrashBeforeTheBreakWasAskedForExcusesNothing) {
  const auto alice = story.attempt(1), bob = story.attempt(2);
  story.at(1s).crashes(Story::kServer).at(2s).acquires(alice, 5).at(3s).asks_break(4).at(4s).acquires(bob, 6);
  EXPECT_EQ(beliefs().outcome, Outcome::violation);
}

TEST_F(SharedHolds, ABrokenLeaseIsNotRenewedAndNotReleased) {
  const auto alice = story.attempt(1);
  story.at(1s).acquires(alice, 5).at(2s).asks_break(4).store_breaks(alice);
  auto released = story;
  EXPECT_EQ(check_ownership(story.at(3s).store_renews(alice), story.bounds()).shape, "renewed after its end");
  EXPECT_EQ(check_ownership(released.at(3s).store_releases(alice), story.bounds()).shape, "released after its end");
}

TEST_F(SharedHolds, APlaceInTheLineDoesNotHideALeaseFromThoseWhoLookForIt) {
  const auto alice = story.reader(1), bob = story.reader(2), carol = story.attempt(3);
  story.at(0s).opens(Story::kServer, 0).at(1s).acquires(alice, 5).acquires(bob, 6).at(2s).crashes(Story::kServer);
  story.at(3s).opens(Story::kServer, 6).finds(alice, 11s).queues(carol).finds(bob, 11s);
  story.last_event().process = Story::kServer;
  EXPECT_EQ(check_durability(story, story.bounds()).outcome, Outcome::ok);
}

// The reference: at every instant, the permits of all whose lease, or belief, covers it.
struct Hold {
  std::uint64_t permits;
  int from, to;
};
bool too_many_at_once(const std::vector<Hold>& holds, std::uint64_t capacity, int last) {
  for (int instant = 0; instant <= last; ++instant) {
    std::uint64_t taken = 0;
    for (const Hold& hold : holds)
      if (hold.from <= instant && instant < hold.to) taken += hold.permits;
    if (taken > capacity) return true;
  }
  return false;
}

TEST_F(SharedHolds, AgreesWithEveryInstantOfRandomSemaphores) {
  Dice dice(7);
  int violations = 0;
  constexpr int kRounds = 20'000, kTtl = 6, kLast = 40;
  for (int round = 0; round < kRounds; ++round) {
    Story random;
    const auto capacity = 1 + dice.below(5);
    random.with_capacity(static_cast<std::uint32_t>(capacity)).with_ttl(Duration(kTtl));
    std::vector<Hold> holds;
    std::vector<Try> tries;
    int now = 0;
    const auto steps = 2 + dice.below(9);
    for (std::uint64_t step = 0; step < steps; ++step) {
      now += 1 + static_cast<int>(dice.below(3));  // S1 goes by the order of events, this by instants
      random.at(Duration(now));
      if (dice.chance(70) || tries.empty()) {
        const auto permits = static_cast<std::uint32_t>(1 + dice.below(std::min<std::uint64_t>(capacity, 3)));
        tries.push_back(random.wants(1 + static_cast<std::uint32_t>(dice.below(4)), permits));
        random.store_grants(tries.back(), step + 1).believes(tries.back());
        holds.push_back({permits, now, now + kTtl});
        continue;
      }
      const auto chosen = dice.below(tries.size());
      if (now >= holds[chosen].to) continue;  // it has run out
      random.asks_unlock(tries[chosen]).store_releases(tries[chosen]);
      holds[chosen].to = now;
    }
    // A belief ends with its clock, in the order of time; events of the store do not care.
    History whole = random;
    for (std::size_t i = 0; i < tries.size(); ++i) {
      if (holds[i].to != holds[i].from + kTtl) continue;
      Event ended = random.history().events.front();
      ended.type = EventType::belief_ended;
      ended.at = Duration(holds[i].to);
      ended.attempt = tries[i].attempt;
      ended.process = tries[i].client;
      whole.events.insert(std::ranges::upper_bound(whole.events, ended.at, {}, &Event::at), ended);
    }
    const bool expected = too_many_at_once(holds, capacity, kLast);
    violations += expected;
    const auto outcome = expected ? Outcome::violation : Outcome::ok;
    ASSERT_EQ(check_lease_exclusion(whole, random.bounds()).outcome, outcome) << "round " << round;
    ASSERT_EQ(check_belief_exclusion(whole, random.bounds()).outcome, outcome) << "round " << round;
  }
  EXPECT_GT(violations, kRounds / 20);
  EXPECT_LT(violations, kRounds - kRounds / 20);
}

}  // namespace
}  // namespace lockstep::models
