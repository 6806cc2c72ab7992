// L5 by example: circles of groups, and groups that keep half of what they wanted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kL = 0, kM = 1;

struct DeadlockFree : testing::Test {
  Verdict check() const { return check_deadlock_free(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice_l = story.member(1, 1, kL), alice_m = story.member(1, 1, kM);
  Try bob_l = story.member(2, 2, kL), bob_m = story.member(2, 2, kM);
};

TEST_F(DeadlockFree, IsNotExercisedByAttemptsOfNoGroup) {
  const auto a = story.attempt(1, kL), b = story.attempt(2, kM);
  story.at(1s).acquires(a, 5).acquires(b, 6).at(2s).asks(story.attempt(1, kM)).asks(story.attempt(2, kL));
  EXPECT_EQ(outcome(), Outcome::ok) << "what they were thinking is not known";
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(DeadlockFree, AllowsLocksTakenInOneOrder) {
  story.at(1s).asks(alice_l).gets(alice_l).asks(alice_m).at(2s).asks(bob_l).at(3s).gets(alice_m);
  story.at(4s).asks_unlock(alice_m).asks_unlock(alice_l).gets(bob_l).asks(bob_m).at(5s).gets(bob_m);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 1u);
}

TEST_F(DeadlockFree, FindsTwoWhoWaitForEachOther) {
  const auto a = (story.at(1s).asks(alice_l).gets(alice_l), story.last());
  const auto b = (story.at(2s).asks(bob_m).gets(bob_m), story.last());
  const auto c = (story.at(3s).asks(alice_m), story.last());
  const auto d = (story.at(4s).asks(bob_l), story.last());
  EXPECT_EQ(check().shape, "deadlock");
  EXPECT_THAT(check().evidence, ElementsAre(a, b, c, d));
  EXPECT_THAT(
      check().sentence,
      HasSubstr("at 4.000 s: client 2 (group 2) has waited since 4.000 s for L, which client 1 (group 1) has held "
                "since 1.000 s; client 1 (group 1) has waited since 3.000 s for M, which client 2 (group 2) has "
                "held since 2.000 s"));
}

TEST_F(DeadlockFree, FindsThreeInACircle) {
  story.with_names({"L", "M", "N"});
  const auto carol_n = story.member(3, 3, 2), carol_l = story.member(3, 3, kL), bob_n = story.member(2, 2, 2);
  story.at(1s).asks(alice_l).gets(alice_l).asks(bob_m).gets(bob_m).asks(carol_n).gets(carol_n);
  story.at(2s).asks(alice_m).asks(bob_n);
  EXPECT_EQ(outcome(), Outcome::ok);
  story.at(3s).asks(carol_l);
  EXPECT_EQ(check().shape, "deadlock");
  EXPECT_EQ(check().evidence.size(), 6u);
}

TEST_F(DeadlockFree, ReadersDoNotBlockReaders) {
  const auto a_l = story.member(1, 1, kL, Mode::shared), a_m = story.member(1, 1, kM, Mode::shared);
  const auto b_l = story.member(2, 2, kL, Mode::shared), b_m = story.member(2, 2, kM, Mode::shared);
  story.at(1s).asks(a_l).gets(a_l).at(2s).asks(b_m).gets(b_m).at(3s).asks(a_m).asks(b_l);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(DeadlockFree, ABeliefThatHasEndedIsInNobodysWay) {
  story.at(1s).asks(alice_l).gets(alice_l).at(2s).asks(bob_m).gets(bob_m).at(3s).asks(alice_m);
  story.at(11s).belief_ends(alice_l).at(12s).asks(bob_l);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(DeadlockFree, ABrokenLeaseIsInNobodysWay) {
  story.at(1s).asks(alice_l).gets(alice_l).at(2s).asks(bob_m).gets(bob_m).at(3s).asks(alice_m);
  story.at(4s).asks_break(4).store_breaks(alice_l).at(5s).asks(bob_l);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(DeadlockFree, WhoFailsGivesTheOthersBack) {
  story.at(1s).asks(alice_l).gets(alice_l).asks(alice_m).at(3s).fails(alice_m, Reason::timed_out);
  auto kept = story, renewed = story;
  story.at(3050ms).asks_unlock(alice_l);
  EXPECT_EQ(outcome(), Outcome::ok);
  const auto verdict = check_deadlock_free(kept.at(20s).belief_ends(alice_l), kept.bounds());
  EXPECT_EQ(verdict.shape, "half of the locks kept");
  const auto again = check_deadlock_free(renewed.at(4s).asks_renewal(alice_l), renewed.bounds());
  EXPECT_EQ(again.sentence,
            "client 1 wanted M and L together (group 1), got no M at 3.000 s, had L and asked to renew it at 4.000 s");
}

TEST_F(DeadlockFree, ALeaseOfAFailedGroupMayRunOut) {
  story.at(1s).asks(alice_l).gets(alice_l).asks(alice_m).at(3s).fails(alice_m, Reason::unreachable);
  story.at(3050ms).asks_renewal(alice_l).told_renewed(alice_l).at(13050ms).belief_ends(alice_l);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(DeadlockFree, APausedClientIsExcused) {
  story.at(1s).asks(alice_l).gets(alice_l).asks(alice_m).at(3s).fails(alice_m, Reason::timed_out);
  story.pauses(Story::client(1)).at(5s).resumes(Story::client(1)).asks_renewal(alice_l);
  EXPECT_EQ(outcome(), Outcome::ok);
}

TEST_F(DeadlockFree, ADeadClientKeepsNothing) {
  story.at(1s).asks(alice_l).gets(alice_l).asks(alice_m).at(3s).fails(alice_m, Reason::timed_out);
  story.crashes(Story::client(1));
  EXPECT_EQ(outcome(), Outcome::ok);
}

}  // namespace
}  // namespace lockstep::models
