// The part of L2 that needs no healing, by example: a free lock is granted within the slack of two seconds to who is
// known to wait for it, as long as nothing is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Bounds bounds_of(const Story& story) {
  Bounds bounds = story.bounds();
  bounds.progress_slack = 1h;
  bounds.hand_over_slack = 2s;
  return bounds;
}
Outcome judge(const Story& story) { return check_progress(story, bounds_of(story)).outcome; }

// Alice holds L from 1 s on, for 10 s unless she renews, and Bob stands in the line from 2 s on, for up to a minute.
struct HandOver : testing::Test {
  HandOver() {
    story.at(1s).acquires(alice, 5).at(2s).asks(bob).sends(bob).queues(bob, 1min);
    in_line = story.last();
  }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2), carol = story.attempt(3);
  std::uint32_t in_line = 0;
};

TEST_F(HandOver, MayTakeTheSlack) {
  story.at(4s).unlocks(alice).at(6s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(judge(story), Outcome::ok);
}

TEST_F(HandOver, RefusesToLeaveAReleasedLockLying) {
  story.at(4s).unlocks(alice).at(6001ms).store_grants(bob, 6).told(bob).gets(bob);
  const Verdict verdict = check_progress(story, bounds_of(story));
  EXPECT_EQ(verdict.shape, "free lock left lying");
  EXPECT_THAT(verdict.evidence, ElementsAre(in_line - 2, in_line, in_line + 2));
  EXPECT_EQ(verdict.sentence,
            "client 2 waited for L, nobody held it from 4.000 s on, nothing was wrong, and nobody was granted it for "
            "2.001 s, more than the slack of 2 s");
}

TEST_F(HandOver, RefusesToLeaveABrokenLockLying) {
  story.at(4s).store_breaks(alice).at(7s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(judge(story), Outcome::violation);
}

TEST_F(HandOver, RefusesToLeaveALockLyingWhoseLeaseRanOut) {
  auto soon = story;
  story.at(14s).store_expires(alice).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(judge(story), Outcome::violation) << "whenever the store may say that it ran out";
  soon.at(12s).store_expires(alice).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(judge(soon), Outcome::ok);
}

TEST_F(HandOver, ARenewedLeaseIsHeldForLonger) {
  story.at(9s).renews(alice).at(20s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(judge(story), Outcome::ok);
}

TEST_F(HandOver, AGrantToAnybodyWillDo) {
  story.at(4s).unlocks(alice).at(5500ms).acquires(carol, 6).at(7s).unlocks(carol);
  story.at(8s).store_grants(bob, 7).told(bob).gets(bob);
  EXPECT_EQ(judge(story), Outcome::ok);
}

TEST_F(HandOver, ARefusalIsASignThatTheWaitIsKnown) {
  Story other, unknown;
  for (Story* s : {&other, &unknown}) s->at(1s).acquires(s->attempt(1), 5).at(2s);
  const Try asking = other.attempt(2);
  other.asks(asking).sends(asking).refused(asking).at(14s).sends(asking).store_grants(asking, 6).gets(asking);
  EXPECT_EQ(judge(other), Outcome::violation);
  const Try unheard = unknown.attempt(2);
  unknown.asks(unheard).sends(unheard).at(14s).store_grants(unheard, 6).gets(unheard);
  EXPECT_EQ(judge(unknown), Outcome::ok) << "the request may have been lost";
}

TEST_F(HandOver, OwesNothingToWhoIsNotThereAnyMore) {
  auto answered = story, crashed = story;
  Story over;
  answered.at(4s).unlocks(alice).at(5s).fails(bob, Reason::cancelled);
  EXPECT_EQ(judge(answered), Outcome::ok);
  crashed.at(4s).unlocks(alice).at(5s).crashes(Story::client(2));
  EXPECT_EQ(judge(crashed), Outcome::ok);
  const Try holder = over.attempt(1), patient = over.attempt(2);
  over.at(1s).acquires(holder, 5).at(2s).asks(patient, 3s).sends(patient).queues(patient, 1min);
  over.at(4s).unlocks(holder).at(7s).fails(patient, Reason::timed_out);
  EXPECT_EQ(judge(over), Outcome::ok);
}

TEST_F(HandOver, IsNotJudgedWhileSomethingIsWrong) {
  auto pause = story, crash = story;
  story.at(4s).unlocks(alice).at(10s).store_grants(bob, 6).told(bob).gets(bob);
  Bounds bounds = bounds_of(story);
  bounds.hold_ups = {{5s, 6s}, {5500ms, 8s}};
  EXPECT_EQ(check_progress(story, bounds).outcome, Outcome::ok);
  bounds.hold_ups = {{4s, 7s}};
  EXPECT_EQ(check_progress(story, bounds).outcome, Outcome::violation) << "all was well for long enough after it";
  pause.at(4s).unlocks(alice).pauses(Story::kOtherServer).at(9s).resumes(Story::kOtherServer);
  pause.at(10s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(judge(pause), Outcome::ok);
  crash.at(3s).crashes(Story::kServer).at(4s).unlocks(alice).at(9s).store_grants(bob, 6).told(bob).gets(bob);
  EXPECT_EQ(judge(crash), Outcome::ok);
}

TEST_F(HandOver, APlaceOfSomebodyWhoIsGoneMayBeInTheWay) {
  Story other;
  const Try dead = other.attempt(3), waiting = other.attempt(2);
  other.at(1s).acquires(other.attempt(1), 5).at(2s).asks(dead).sends(dead).queues(dead, 3s);
  other.asks(waiting).sends(waiting).queues(waiting, 1min).at(3s).crashes(Story::client(3));
  other.at(3500ms).queues(dead, 10s).at(11s);
  auto late = other;
  other.at(15s).store_grants(waiting, 6).gets(waiting);
  EXPECT_EQ(judge(other), Outcome::ok);
  late.at(16s).store_grants(waiting, 6).gets(waiting);
  EXPECT_EQ(judge(late), Outcome::violation) << "it lapsed at 13.5 s";
}

TEST_F(HandOver, IsNotJudgedByManyClocksNorWithoutASlack) {
  story.at(4s).unlocks(alice).at(9s).store_grants(bob, 6).told(bob).gets(bob);
  Bounds many = bounds_of(story), none = bounds_of(story);
  many.one_store_clock = false;
  EXPECT_EQ(check_progress(story, many).outcome, Outcome::ok);
  none.hand_over_slack = {};
  EXPECT_EQ(check_progress(story, none).outcome, Outcome::ok);
}

}  // namespace
}  // namespace lockstep::models
