// S3 by example: which answers no lock could have given, and what excuses an answer that looks wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct Linearizable : testing::Test {
  Verdict check() const { return check_linearizable(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  void has(const Try& t, Duration from, Duration to, std::uint64_t token) {
    story.at(from).asks(t, 0s).sends(t).at(to).store_grants(t, token).told(t).gets(t);
  }
  void is_refused(const Try& t, Duration from, Duration to) {
    story.at(from).asks(t, 0s).sends(t).at(to).refused(t).fails(t, Reason::refused);
  }
  void gives_back(const Try& t, Duration from, Duration to) { story.at(from).asks_unlock(t).at(to).told_released(t); }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2), carol = story.attempt(3);
};

TEST_F(Linearizable, IsNotExercisedByOneClientAfterTheOther) {
  has(alice, 1s, 2s, 5), gives_back(alice, 3s, 4s);
  has(bob, 5s, 6s, 6), gives_back(bob, 7s, 8s);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Linearizable, AllowsARefusalWhileTheLockIsHeld) {
  has(alice, 1s, 2s, 5);
  is_refused(bob, 3s, 4s);
  gives_back(alice, 5s, 6s);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 2u) << "two at once, and a refusal";
}

TEST_F(Linearizable, RefusesARefusalAfterTheRelease) {
  has(alice, 1s, 2s, 5);
  story.at(2500ms).asks(carol, 0s).sends(carol);  // keeps the piece together: it has no answer yet
  gives_back(alice, 3s, 4s);
  const auto asked = (story.at(5s).asks(bob, 0s).sends(bob), story.last());
  const auto told = (story.at(6s).refused(bob), story.last());
  story.at(7s).refused(carol);
  EXPECT_EQ(check().shape, "refused while free");
  EXPECT_THAT(check().evidence, ElementsAre(asked, told));
  EXPECT_THAT(check().sentence,
              "client 2 asked for L at 5.000 s and was told \"refused\" at 6.000 s though nobody else held it, in "
              "whatever order "
              "one takes what clients were told");
}

TEST_F(Linearizable, ALeaseMayEndByItselfOnlyWhenItCanHaveRunOut) {
  has(alice, 1s, 2s, 5);
  auto early = story, late = story;
  early.at(9s).sends(bob).at(10900ms).told(bob, 6);
  const auto verdict = check_linearizable(early, early.bounds());
  EXPECT_EQ(verdict.shape, "granted while held");
  EXPECT_THAT(verdict.sentence, HasSubstr("while client 1 held it"));
  late.at(9s).sends(bob).at(11s).told(bob, 6);
  EXPECT_EQ(check_linearizable(late, late.bounds()).outcome, Outcome::ok) << "ten seconds after alice asked";
}

TEST_F(Linearizable, ARenewalCarriesTheHoldOn) {
  has(alice, 1s, 2s, 5);
  story.at(4s).asks_renewal(alice).at(5s).told_renewed(alice).at(9s).sends(bob).at(13s).told(bob, 6);
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(Linearizable, ARefusedRenewalMeansThatTheLeaseWasOver) {
  has(alice, 1s, 2s, 5);
  story.at(3s).asks(bob, 0s).sends(bob).at(4s).asks_renewal(alice).at(5s).told_lost(alice).at(6s).refused(bob);
  EXPECT_EQ(check().shape, "living lease denied");
}

TEST_F(Linearizable, ABreakMayEndAHoldAtAnyTimeAfterItWasAskedFor) {
  has(alice, 1s, 2s, 5);
  story.at(3s).asks_break(4).asks(bob, 0s).sends(bob).at(4s).told(bob, 6).at(5s).asks_renewal(alice).at(6s);
  story.told_lost(alice).last_event().reason = Reason::broken;
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Linearizable, ACrashOfTheStoreMayEndAHold) {
  has(alice, 1s, 2s, 5);
  story.at(3s).crashes(Story::kServer).opens(Story::kServer, 5).asks(bob, 0s).sends(bob).at(4s).told(bob, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Linearizable, AnUnknownOutcomeMayHaveBeenAGrant) {
  story.at(1s).asks(alice, 0s).sends(alice).at(2s).gets_no_answer(alice);
  is_refused(bob, 3s, 4s);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Linearizable, ARefusalOfALockThatNobodyWantsIsWrong) {
  is_refused(bob, 3s, 4s);
  EXPECT_EQ(check().shape, "refused while free");
}

TEST_F(Linearizable, WhoWasRefusedMayHaveBeenGrantedBehindItsBackUnlessTheStoreTellsOfGrants) {
  story.at(1s).asks(alice, 0s).sends(alice).at(2s).told(alice, 5).asks(carol, 0s).sends(carol);
  story.at(3s).asks_unlock(alice).at(4s).told_released(alice).at(5s).asks(bob, 0s).sends(bob).at(6s).refused(bob);
  story.at(7s).refused(carol);
  EXPECT_EQ(outcome(), Outcome::ok) << "it may have been carol's";
  story.at(8s).store_grants(story.attempt(4), 6);
  EXPECT_EQ(check().shape, "refused while free");
}

TEST_F(Linearizable, AnUnknownReleaseMayHaveComeLate) {
  has(alice, 1s, 2s, 5);
  story.at(3s).asks_unlock(alice);
  auto free = story, held = story;
  free.at(4s).sends(bob).at(5s).told(bob, 6);
  held.at(4s).asks(bob, 0s).sends(bob).at(5s).refused(bob);
  EXPECT_EQ(check_linearizable(free, free.bounds()).outcome, Outcome::ok);
  EXPECT_EQ(check_linearizable(held, held.bounds()).outcome, Outcome::ok);
}

TEST_F(Linearizable, SomebodyWhoMayWaitInLineExcusesARefusal) {
  has(alice, 1s, 2s, 5);
  story.at(2500ms).asks(carol, 1min).sends(carol);
  gives_back(alice, 3s, 4s);
  is_refused(bob, 5s, 6s);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Linearizable, APlaceInTheLineIsKeptForTwoSecondsByTheServerAndForTwoByTheStore) {
  has(alice, 1s, 2s, 5);
  story.at(2500ms).asks(carol, 1s).sends(carol).at(3500ms).refused(carol).fails(carol, Reason::timed_out);
  auto soon = story, late = story;
  soon.at(3600ms).asks_unlock(alice).at(3700ms).told_released(alice).at(7400ms).asks(bob, 0s).sends(bob);
  EXPECT_EQ(check_linearizable(soon.at(7450ms).refused(bob), soon.bounds()).outcome, Outcome::ok);
  late.at(3600ms).asks_unlock(alice).at(3700ms).told_released(alice).at(7600ms).asks(bob, 0s).sends(bob);
  const auto verdict = check_linearizable(late.at(7700ms).refused(bob), late.bounds());
  EXPECT_EQ(verdict.shape, "refused while free");
}

TEST_F(Linearizable, ReadersAreNotInEachOthersWay) {
  const auto first = story.reader(1), second = story.reader(2);
  has(first, 1s, 2s, 5), has(second, 3s, 4s, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  is_refused(story.reader(3), 5s, 6s);
  EXPECT_EQ(check().shape, "refused while free");
}

TEST_F(Linearizable, AWriterIsRefusedByAReader) {
  has(story.reader(1), 1s, 2s, 5);
  is_refused(bob, 3s, 4s);
  EXPECT_EQ(outcome(), Outcome::ok);
  has(carol, 5s, 6s, 6);
  EXPECT_EQ(check().shape, "granted while held");
}

TEST_F(Linearizable, AReaderComesInAfterADowngrade) {
  has(alice, 1s, 2s, 5);
  auto without = story;
  story.at(3s).asks_downgrade(alice).at(4s).told_downgraded(alice);
  const auto reader = story.reader(2);
  EXPECT_EQ((has(reader, 5s, 6s, 6), outcome()), Outcome::ok);
  without.at(5s).sends(without.reader(2)).at(6s);
  story = without.told(reader, 6);
  EXPECT_EQ(check().shape, "granted while held");
}

TEST_F(Linearizable, PermitsAreCounted) {
  story.with_capacity(3);
  const auto two = story.wants(1, 2), one = story.wants(2, 1);
  has(two, 1s, 2s, 5);
  auto refused = story;
  has(one, 3s, 4s, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  is_refused(story.wants(3, 1), 5s, 6s);
  EXPECT_EQ(outcome(), Outcome::ok);
  story = refused;
  is_refused(one, 3s, 4s);
  EXPECT_EQ(check().shape, "refused while free");
}

TEST_F(Linearizable, TheHolderThatARefusalNamesHoldsTheLock) {
  has(alice, 1s, 2s, 5);
  story.at(2500ms).asks_unlock(alice).at(3s).sends(bob).at(4s).refused(bob, alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  story.at(4500ms)
      .sends(bob)
      .at(5s)
      .told_released(alice)
      .at(5500ms)
      .told(bob, 6)
      .at(5600ms)
      .asks(carol, 0s)
      .sends(carol)
      .at(7s)
      .refused(carol, alice);
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(Linearizable, ReleasesAndTokensHaveTheirOrder) {
  has(alice, 1s, 2s, 5);
  story.at(2500ms).asks(carol, 0s).sends(carol);
  gives_back(alice, 3s, 4s);
  story.at(5s).sends(bob).at(6s).told(bob, 4);
  EXPECT_EQ(outcome(), Outcome::violation);
}

TEST_F(Linearizable, ASecondReleaseIsToldEither) {
  has(alice, 1s, 2s, 5);
  story.at(2500ms).asks(carol, 0s).sends(carol).at(2600ms).refused(carol);
  gives_back(alice, 3s, 4s);
  story.at(5s).asks_unlock(alice).at(6s).told_not_held(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(Linearizable, ManyAtOnceAreJudgedAsWell) {
  for (std::uint32_t i = 0; i < 40; ++i) story.at(1s + i * 1ms).sends(story.attempt(1 + i % 4));
  EXPECT_EQ(check().exercised, 39u);
  has(alice, 2s, 3s, 5);
  EXPECT_EQ(outcome(), Outcome::ok);
  has(bob, 4s, 5s, 6);
  EXPECT_EQ(check().shape, "granted while held");
}

// --- What the store's own clock says -------------------------------------------------------------------------------

struct RefusedWithRoom : Linearizable {
  // Leases of 10 s, one of which nobody gives back.
  RefusedWithRoom() { story.at(1s).acquires(alice, 5); }
};

TEST_F(RefusedWithRoom, ALeaseThatIsOverIsInNobodysWay) {
  auto before = story;
  story.at(11100ms).sends(bob).at(12s).refused(bob);
  EXPECT_EQ(check().shape, "refused with room");
  EXPECT_EQ(check().sentence,
            "client 2 asked for L at 11.100 s and was refused at 12.000 s, when nobody could have been in its way: the "
            "lease of client 1 was over at 11.000 s");
  before.at(11s).sends(bob).at(12s).refused(bob);
  EXPECT_EQ(check_linearizable(before, before.bounds()).outcome, Outcome::ok);
}

TEST_F(RefusedWithRoom, ARenewalThatMayHaveBeenCarriedOutExcuses) {
  story.at(5s).asks_renewal(alice).at(6s).told_lost(alice).last_event().type = EventType::info;
  story.last_event().reason = Reason::unreachable;
  story.at(18s).sends(bob).at(19s).refused(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(RefusedWithRoom, SoDoesSomebodyInTheLine) {
  story.at(11500ms).sends(carol).queues(carol).at(12s).sends(bob).at(13s).refused(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(RefusedWithRoom, AfterACrashOfTheStoreNothingIsKnown) {
  story.at(2s).crashes(Story::kServer).at(3s).opens(Story::kServer, 5).at(18s).sends(bob).at(19s).refused(bob);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST(RefusedPermits, AreCounted) {
  Story story;
  story.with_capacity(3);
  const Try dead = story.wants(1, 1), lives = story.wants(2, 1), late = story.wants(3, 1), wants = story.wants(4, 2);
  story.at(1s).acquires(dead, 5).at(8s).acquires(lives, 6);
  auto taken = story;
  story.at(12s).sends(wants).at(13s).refused(wants);
  EXPECT_EQ(check_linearizable(story, story.bounds()).shape, "refused with room");
  taken.at(12s).sends(wants).at(12500ms).acquires(late, 7).at(13s).refused(wants);
  EXPECT_EQ(check_linearizable(taken, taken.bounds()).outcome, Outcome::ok);
}

TEST_F(Linearizable, LocksAreJudgedOneByOne) {
  has(alice, 1s, 2s, 5);
  has(story.attempt(2, 1), 3s, 4s, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

}  // namespace
}  // namespace lockstep::models
