// Logs by hand, each with its near miss: what must be said of waiting, and what must not.
#include "models/linear/waits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/linear/log_story_test.h"

namespace lockstep::linear {
namespace {

using Kind = WaitFinding::Kind;
using testing::HasSubstr;
using testing::IsEmpty;

std::string told(LogStory& story, const WaitRules& rules) {
  std::string text;
  for (const auto& finding : judge_waits(story.make(), rules).findings)
    text += std::string(label_of(finding.kind)) + ": " + finding.sentence + "\n";
  return text;
}

constexpr Instant kSecond = 1'000'000'000;
constexpr WaitRules kFifo{.most_overtaken = 0};

// Process 0 holds from 0 to 10 while 1 and then 2 ask; 2 is told at `second`, 1 after that.
LogStory overtaking(Instant asked_later = 4, Instant released = 20) {
  LogStory story;
  const auto first = story.waits(0, 0, 1);
  story.waits(1, 2, 30);
  const auto third = story.waits(2, asked_later, 12);
  story.releases(first, 9, 10);
  story.releases(third, released, released + 1);
  return story;
}

TEST(Overtaking, IsSeenWhereOneAskedLaterAndWasGrantedBefore) {
  auto story = overtaking();
  const auto report = judge_waits(story.make(), kFifo);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, Kind::overtaken);
  EXPECT_EQ(report.findings[0].evidence.size(), 2u);
  EXPECT_EQ(report.locks[0].most_overtaken, 1u);
  EXPECT_EQ(report.locks[0].waits, 3u);
  EXPECT_EQ(report.locks[0].longest_wait, 28);
  EXPECT_EQ(report.findings[0].sentence,
            "attempt 2 of the log waited for A from 0.000000002 s on and was granted it at 0.000000030 s; 1 who came "
            "later was certainly granted it before: attempt 3 of the log, asked at 0.000000004 s and granted at "
            "0.000000012 s");
}

TEST(Overtaking, IsAllowedUpToTheBound) {
  auto story = overtaking();
  EXPECT_THAT(judge_waits(story.make(), {.most_overtaken = 1}).findings, IsEmpty());
  EXPECT_THAT(judge_waits(story.make(), {}).findings, IsEmpty()) << "nobody asked";
  EXPECT_EQ(judge_waits(story.make(), {}).locks[0].most_overtaken, 1u) << "it is a fact all the same";
}

TEST(Overtaking, NeedsThatTheFirstHadReachedTheLine) {
  auto story = overtaking();
  EXPECT_THAT(judge_waits(story.make(), {.most_overtaken = 0, .queued_within = 1}).findings, testing::SizeIs(1));
  EXPECT_THAT(judge_waits(story.make(), {.most_overtaken = 0, .queued_within = 2}).findings, IsEmpty());
  auto touching = overtaking(2);
  EXPECT_THAT(told(touching, kFifo), IsEmpty()) << "asked at one time, in either order";
}

TEST(Overtaking, NeedsThatTheOtherHeldBeforeForCertain) {
  // A release that was asked for before the grant was told: it may all have been over before the third held.
  auto story = overtaking();
  story.releases(1, 11, 31);
  EXPECT_THAT(told(story, kFifo), IsEmpty());
  auto late = overtaking();
  late.releases(1, 13, 31);
  EXPECT_THAT(told(late, kFifo), HasSubstr("overtaken")) << "not before the third was told";
}

TEST(Overtaking, OfPermitsNeedsAnInstantWithoutRoom) {
  for (const bool full : {false, true}) {
    LogStory story({{.name = "S", .capacity = 2}});
    const Operation one{.mode = Mode::permits};
    story.waits(0, 0, 1, one);
    if (full) story.waits(3, 0, 2, one);
    story.waits(1, 4, 40, one);
    story.waits(2, 5, 30, one);
    if (full) story.releases(1, 20, 21);
    if (full) {
      EXPECT_THAT(told(story, kFifo), HasSubstr("overtaken")) << "two others held when it was told, so it cannot have";
    } else {
      story.waits(4, 31, 50, one);
      EXPECT_THAT(told(story, kFifo), HasSubstr("attempt 2 of the log waited")) << "told at 30: both places were taken";
      LogStory both({{.name = "S", .capacity = 3}});
      both.waits(0, 0, 1, one);
      both.waits(1, 4, 40, one);
      both.waits(2, 5, 30, one);
      EXPECT_THAT(told(both, kFifo), IsEmpty()) << "it may have been granted at once and told late";
    }
  }
}

TEST(Overtaking, IsReadFromTokens) {
  LogStory story({{.name = "S", .capacity = 9}});
  const auto with = [](std::uint64_t token) { return Operation{.token = token, .mode = Mode::permits}; };
  story.waits(1, 4, 40, with(8));
  story.waits(2, 5, 41, with(7));
  EXPECT_THAT(told(story, kFifo), HasSubstr("overtaken"));
  LogStory ordered({{.name = "S", .capacity = 9}});
  ordered.waits(1, 4, 40, with(7));
  ordered.waits(2, 5, 30, with(8));
  EXPECT_THAT(told(ordered, kFifo), IsEmpty()) << "told earlier, granted later";
}

TEST(Overtaking, OfReadersByReadersMattersOnlyAroundAWriter) {
  const Operation reads{.mode = Mode::shared};
  LogStory together;
  const auto writer = together.waits(0, 0, 1);
  together.waits(1, 2, 30, reads);
  together.waits(2, 4, 12, reads);
  together.releases(writer, 9, 10);
  EXPECT_THAT(told(together, kFifo), IsEmpty()) << "granted together, told one after the other";

  LogStory apart;
  const auto first = apart.waits(0, 0, 1);
  apart.waits(1, 2, 60, reads);
  const auto reader = apart.waits(2, 4, 12, reads);
  apart.releases(first, 9, 10);
  apart.releases(reader, 13, 14);
  apart.releases(apart.waits(3, 15, 20), 50, 51);
  EXPECT_THAT(told(apart, kFifo), HasSubstr("2 who came later were certainly granted it before")) << "and a writer";

  LogStory past_writer;
  past_writer.waits(0, 0, 1, reads);
  past_writer.waits(1, 2, 40);
  past_writer.releases(past_writer.waits(2, 4, 12, reads), 15, 16);
  past_writer.releases(0, 20, 21);
  EXPECT_THAT(told(past_writer, kFifo), HasSubstr("overtaken")) << "a waiting writer keeps new readers out";
}

TEST(Overtaking, OfWhoGaveUpNeedsToKnowWhen) {
  LogStory story;
  story.gives_up(1, 2, 30);
  story.waits(2, 4, 12);
  EXPECT_THAT(told(story, kFifo), IsEmpty()) << "it may have left at once, and been told late";
  WaitRules rules = kFifo;
  rules.told_within = 17;
  EXPECT_THAT(told(story, rules), HasSubstr("gave up at 0.000000030 s")) << "it left at 13 at the earliest";
  rules.told_within = 18;
  EXPECT_THAT(told(story, rules), IsEmpty());
}

TEST(Overtaking, OfWhoIsNeverAnswered) {
  LogStory story;
  story.waits(1, 2, kNever);
  story.waits(2, 4, 12);
  EXPECT_THAT(told(story, kFifo), HasSubstr("was not answered until the log ends at 0.000000012 s"));
  WaitRules rules = kFifo;
  rules.unanswered_wait = false;
  EXPECT_THAT(told(story, rules), IsEmpty()) << "its client may be dead";
}

TEST(Overtaking, OfLeasesIsCertainOnlyWhileTheyLast) {
  auto story = overtaking();
  story.log.operations[1].ttl = 5;
  EXPECT_THAT(told(story, kFifo), IsEmpty()) << "granted at 2, it may have ended at 7, and told at 30";
  WaitRules rules = kFifo;
  rules.told_within = 10;
  EXPECT_THAT(told(story, rules), HasSubstr("overtaken")) << "told at 30, so granted at 20 or later";
}

TEST(Overtaking, OfTriesIsNone) {
  LogStory story;
  story.waits(1, 2, 30);
  story.tries(2, 4, 12);
  story.releases(1, 20, 21);
  EXPECT_THAT(told(story, kFifo), IsEmpty());
}

// Process 1 waits from 2 on; process 0 has released by 10.
LogStory idle(Instant told) {
  LogStory story;
  const auto first = story.waits(0, 0, 1);
  story.waits(1, 2, told);
  story.releases(first, 9, 10);
  return story;
}

TEST(LostWakeUp, IsALockThatIsFreeWhileOneWaits) {
  auto story = idle(25);
  const auto report = judge_waits(story.make(), {.wake_within = 14});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, Kind::lost_wake_up);
  EXPECT_EQ(
      report.findings[0].sentence,
      "attempt 2 of the log waited for A from 0.000000002 s on; from 0.000000010 s, when the hold of attempt 1 of "
      "the log was certainly over, nobody can have been in the way for 15 ns, and it was granted it only at "
      "0.000000025 s");
  EXPECT_EQ(report.locks[0].longest_idle, 15);
  EXPECT_THAT(judge_waits(story.make(), {.wake_within = 15}).findings, IsEmpty());
}

TEST(LostWakeUp, IsSeenAtTheEndOfTheLog) {
  auto story = idle(kNever);
  story.ends(30);
  EXPECT_THAT(told(story, {.wake_within = 19}),
              HasSubstr("nobody can have been in the way for 20 ns, and at 0.00000003"));
  EXPECT_THAT(told(story, {.wake_within = 20}), IsEmpty());
  EXPECT_THAT(told(story, {.wake_within = 10, .unanswered_wait = false}), IsEmpty());
}

TEST(LostWakeUp, OthersWhoWaitAreNoExcuse) {
  auto story = idle(25);
  story.waits(2, 3, 40);
  story.waits(3, 3, kNever);
  EXPECT_THAT(told(story, {.wake_within = 14}), HasSubstr("lost wake-up"));
}

TEST(LostWakeUp, AnUnknownOutcomeMayHoldForEver) {
  auto story = idle(25);
  story.tries(2, 3, kNever);
  EXPECT_THAT(told(story, {.wake_within = 1}), IsEmpty());
  story.releases(2, 11, 12);
  EXPECT_THAT(told(story, {.wake_within = 12}), HasSubstr("0.000000012 s, when the hold of attempt 3"));
}

TEST(LostWakeUp, ATryUnderWayMayHold) {
  auto story = idle(25);
  story.tries(2, 11, 24);
  EXPECT_THAT(told(story, {.wake_within = 1}), IsEmpty()) << "granted from 11 on, told at 24";
}

TEST(LostWakeUp, AnUnknownReleaseProvesNothing) {
  LogStory story;
  story.waits(0, 0, 1);
  story.waits(1, 2, 25);
  story.releases(0, 9, kNever);
  EXPECT_THAT(told(story, {.wake_within = 1}), IsEmpty());
}

TEST(LostWakeUp, ALeaseMayBeKept) {
  LogStory story;
  story.waits(0, 0, 1, {.ttl = 3});
  story.waits(1, 2, 25);
  EXPECT_THAT(told(story, {.wake_within = 1}), IsEmpty());
  story.releases(0, 9, 10, Answer::no);
  EXPECT_THAT(told(story, {.wake_within = 14}), HasSubstr("lost wake-up")) << "it was told that it held no more";
}

TEST(LostWakeUp, ABreakMakesRoom) {
  LogStory story;
  story.waits(0, 0, 1);
  story.waits(1, 2, 25);
  story.breaks(5, 7);
  EXPECT_THAT(told(story, {.wake_within = 17}), HasSubstr("when whoever held it was certainly over"));
  EXPECT_THAT(told(story, {.wake_within = 18}), IsEmpty());
}

TEST(LostWakeUp, AReaderMayStandBehindAWriterInTheLine) {
  const Operation reads{.mode = Mode::shared};
  LogStory story;
  story.waits(0, 0, 1, reads);
  story.waits(1, 2, 40);
  story.waits(2, 3, 50, reads);
  story.releases(0, 30, 31);
  EXPECT_THAT(told(story, {.wake_within = 9}), IsEmpty()) << "a reader holds, and the first in the line writes";
  LogStory alone;
  alone.waits(0, 0, 1, reads);
  alone.waits(2, 3, 50, reads);
  EXPECT_THAT(told(alone, {.wake_within = 46}), HasSubstr("lost wake-up")) << "two readers, and the second waits";
}

TEST(LostWakeUp, NeedsOneWhoWaitsAllTheTime) {
  LogStory story;
  const auto first = story.waits(0, 0, 1);
  story.releases(first, 2, 3);
  story.waits(1, 10, 20);
  EXPECT_EQ(judge_waits(story.make(), {}).locks[0].longest_idle, 10);
  EXPECT_EQ(judge_waits(story.make(), {.queued_within = 4}).locks[0].longest_idle, 6);
}

TEST(Starvation, IsToBePassedOverAfterALongWait) {
  LogStory story;
  const auto first = story.waits(0, 0, kSecond);
  story.waits(1, 2 * kSecond, 90 * kSecond);
  story.releases(first, 40 * kSecond, 41 * kSecond);
  const auto next = story.waits(2, 30 * kSecond, 42 * kSecond);
  story.releases(next, 80 * kSecond, 81 * kSecond);
  EXPECT_THAT(
      told(story, {.longest_wait = 27 * kSecond}),
      HasSubstr("starved: attempt 2 of the log waited for A from 2.000 s on and was granted it at 90.000 s, after "
                "88 s; when it had waited for 27 s already, another was certainly granted it instead"));
  EXPECT_THAT(told(story, {.longest_wait = 60 * kSecond}), IsEmpty()) << "after that it waited for one holder";
}

TEST(Starvation, IsNotToWaitForOneWhoNeverReleases) {
  LogStory story;
  story.waits(0, 0, 1);
  story.waits(1, 2, kNever);
  story.ends(100);
  const auto report = judge_waits(story.make(), {.longest_wait = 10});
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_EQ(report.locks[0].longest_wait, 98);
  EXPECT_THAT(report.not_exercised, testing::SizeIs(1));
}

TEST(Starvation, IsToBeLeftBesideAFreeLock) {
  auto story = idle(25);
  EXPECT_THAT(told(story, {.longest_wait = 14}), HasSubstr("starved"));
  EXPECT_THAT(told(story, {.longest_wait = 15}), IsEmpty());
}

TEST(Waiting, OfNobodyIsNoMatter) { EXPECT_THAT(judge_waits({}, kFifo).findings, IsEmpty()); }

TEST(Waiting, WithoutAnyoneWhoWaitsIsNotExercised) {
  LogStory story;
  story.tries(0, 0, 1);
  EXPECT_THAT(judge_waits(story.make(), kFifo).not_exercised, testing::ElementsAre(HasSubstr("all were tries")));
}

}  // namespace
}  // namespace lockstep::linear
