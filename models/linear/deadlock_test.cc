// Circles of waiting processes by hand, their near misses, and small random logs against the definition.
#include "models/linear/deadlock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/dice_test.h"
#include "models/linear/log_story_test.h"

namespace lockstep::linear {
namespace {

using Kind = WaitFinding::Kind;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Operation kA{.lock = 0}, kB{.lock = 1};

LogStory two_locks() { return LogStory({{.name = "A"}, {.name = "B"}}); }

std::string told(LogStory& story, const WaitRules& rules = {}) {
  std::string text;
  for (const auto& finding : judge_waits(story.make(), rules).findings)
    text += std::string(label_of(finding.kind)) + ": " + finding.sentence + "\n";
  return text;
}

// Process 3 holds A and wants B, process 5 holds B and wants A.
LogStory circle(Instant answered) {
  auto story = two_locks();
  story.waits(3, 0, 1, kA);
  story.waits(5, 0, 2, kB);
  story.waits(3, 12'300'000'000, kNever, kB);
  story.waits(5, 12'400'000'000, answered, kA);
  if (answered != kNever) story.log.operations.back().answer = Answer::nothing;
  return story;
}

TEST(Deadlock, IsACircleUntilTheLogEnds) {
  auto story = circle(kNever);
  story.ends(20'000'000'000);
  EXPECT_THAT(told(story),
              HasSubstr("deadlock: process 5 holds B and waits for A since 12.400 s, which process 3 holds "
                        "while it waits for B since 12.300 s; nobody is answered until the log ends at "
                        "20.000 s"));
  EXPECT_THAT(told(story, {.unanswered_wait = false}), IsEmpty());
}

TEST(Deadlock, ThatEndsMayBeAskedFor) {
  auto story = circle(14'000'000'000);
  story.ends(20'000'000'000);
  EXPECT_THAT(told(story), Not(HasSubstr("deadlock")));
  EXPECT_THAT(told(story, {.deadlock_within = 1'599'999'999}), HasSubstr("that lasts until 14.000 s"));
  EXPECT_THAT(told(story, {.deadlock_within = 1'600'000'000}), Not(HasSubstr("deadlock")));
}

TEST(Deadlock, NeedsHoldsThatAreCertain) {
  auto story = circle(kNever);
  story.releases(0, 13'000'000'000, kNever);
  EXPECT_THAT(told(story), Not(HasSubstr("deadlock"))) << "somebody may have given it back";
  auto lease = circle(kNever);
  lease.log.operations[0].ttl = 15'000'000'000;
  lease.ends(20'000'000'000);
  EXPECT_THAT(told(lease), Not(HasSubstr("deadlock"))) << "a lease that ends by itself";
}

TEST(Deadlock, OfReadersIsNone) {
  auto story = two_locks();
  story.waits(3, 0, 1, {.lock = 0, .mode = Mode::shared});
  story.waits(5, 0, 2, kB);
  story.waits(3, 3, kNever, kB);
  story.waits(5, 4, kNever, {.lock = 0, .mode = Mode::shared});
  EXPECT_THAT(told(story), IsEmpty());
}

TEST(Deadlock, OfOneWithItself) {
  LogStory story;
  story.waits(3, 0, 1);
  story.waits(3, 2, kNever);
  EXPECT_THAT(told(story), HasSubstr("process 3 holds A and waits for A since 0.000000002 s, which it holds itself"));
}

TEST(Deadlock, IsSeenWhereTimesTouch) {
  auto story = two_locks();
  story.waits(3, 0, 5, kA);
  story.waits(5, 0, 5, kB);
  story.waits(3, 5, kNever, kB);
  story.waits(5, 5, kNever, kA);
  EXPECT_THAT(told(story), HasSubstr("deadlock"));
}

TEST(Deadlock, OfThree) {
  LogStory story({{.name = "A"}, {.name = "B"}, {.name = "C"}});
  for (std::uint32_t p = 0; p < 3; ++p) story.waits(p, 0, 1, {.lock = p});
  for (std::uint32_t p = 0; p < 3; ++p) story.waits(p, 2 + p, kNever, {.lock = (p + 1) % 3});
  const auto report = judge_waits(story.make(), {});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].evidence.size(), 6u);
  EXPECT_THAT(report.findings[0].sentence, HasSubstr("process 2 holds C and waits for A"));
}

TEST(LockOrder, IsAWarningWhereTwoTookTwoLocksInOppositeOrders) {
  for (const std::uint32_t other : {1u, 0u}) {
    auto story = two_locks();
    story.waits(0, 0, 1, kA);
    story.waits(0, 2, 3, kB);
    story.releases(1, 4, 5);
    story.releases(0, 6, 7);
    story.waits(other, 10, 11, kB);
    story.waits(other, 12, 13, kA);
    const auto report = judge_waits(story.make(), {});
    if (other == 0) {
      EXPECT_THAT(report.findings, IsEmpty()) << "one process does not meet itself";
      continue;
    }
    ASSERT_EQ(report.findings.size(), 1u);
    EXPECT_EQ(report.findings[0].kind, Kind::lock_order);
    EXPECT_FALSE(report.findings[0].is_violation());
    EXPECT_THAT(report.findings[0].sentence,
                HasSubstr("process 0 asked for B at 0.000000002 s while it held A, and process 1 asked for A at"));
  }
}

TEST(LockOrder, OfWhatWasGivenBackFirstIsNone) {
  auto story = two_locks();
  story.waits(0, 0, 1, kA);
  story.releases(0, 2, 3);
  story.waits(0, 4, 5, kB);
  story.waits(1, 10, 11, kB);
  story.waits(1, 12, 13, kA);
  EXPECT_THAT(told(story), IsEmpty());
}

// A few processes that take and give back a few locks, one question at a time, with answers that no lock need have
// given.
Log random_log(models::Dice& dice) {
  const auto locks = static_cast<std::uint32_t>(1 + dice.below(3));
  LogStory story;
  story.log.locks.clear();
  for (std::uint32_t i = 0; i < locks; ++i)
    story.log.locks.push_back({.name = std::string(1, static_cast<char>('A' + i))});
  const auto processes = static_cast<std::uint32_t>(1 + dice.below(4));
  for (std::uint32_t p = 0; p < processes; ++p) {
    std::vector<std::uint32_t> mine;
    Instant now = static_cast<Instant>(dice.below(4));
    for (std::uint64_t left = dice.below(5); left > 0 && now != kNever; --left) {
      const Instant told = dice.chance(25) ? kNever : now + static_cast<Instant>(dice.below(6));
      if (!mine.empty() && dice.chance(25)) {
        story.releases(mine[dice.below(mine.size())], now, told);
      } else {
        const Operation more{.ttl = dice.chance(20) ? 9 : 0,
                             .lock = static_cast<std::uint32_t>(dice.below(locks)),
                             .mode = dice.chance(30) ? Mode::shared : Mode::exclusive};
        mine.push_back(dice.chance(10)   ? story.gives_up(p, now, told == kNever ? now : told, more)
                       : dice.chance(10) ? story.tries(p, now, told, more)
                                         : story.waits(p, now, told, more));
        if (told == kNever && story.log.operations.back().returned != kNever) continue;
      }
      now = told == kNever ? kNever : told + static_cast<Instant>(dice.below(3));
    }
  }
  if (story.log.operations.empty()) story.tries(0, 0, 1);
  return story.make();
}

// At each instant, through waits and holds that last long enough: is there a way back?
bool has_circle(const Log& log, Instant within) {
  const auto stays = stays_of(log, std::nullopt);
  const Instant end = end_of(log);
  for (Instant t = 0; t <= end; ++t) {
    const Instant lasts = within == 0 ? end : std::min(end, t + within);
    std::vector<std::vector<bool>> reaches(8, std::vector<bool>(8));
    for (const Operation& waits : log.operations) {
      if (!waits.waits || waits.invoked > t || waits.returned <= lasts) continue;
      for (const Stay& stay : stays) {
        const Operation& held = log.operations[stay.acquired];
        if (stay.told > t || stay.sure_to <= lasts || held.lock != waits.lock) continue;
        if (held.mode == Mode::exclusive || waits.mode == Mode::exclusive) reaches[waits.process][held.process] = true;
      }
    }
    for (std::size_t k = 0; k < 8; ++k)
      for (std::size_t i = 0; i < 8; ++i)
        for (std::size_t j = 0; j < 8; ++j)
          if (reaches[i][k] && reaches[k][j]) reaches[i][j] = true;
    for (std::size_t i = 0; i < 8; ++i)
      if (reaches[i][i]) return true;
  }
  return false;
}

TEST(Deadlock, AgreesWithTheDefinitionOnRandomLogs) {
  models::Dice dice(11);
  int found = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Log log = random_log(dice);
    const auto within = static_cast<Instant>(dice.below(4));
    const auto circles = circles_of(log, stays_of(log, std::nullopt), {.deadlock_within = within});
    const bool deadlock = std::ranges::any_of(circles.findings, [](auto& f) { return f.kind == Kind::deadlock; });
    ASSERT_EQ(deadlock, has_circle(log, within)) << "log " << i << (deadlock ? circles.findings[0].sentence : "");
    found += deadlock;
  }
  EXPECT_GE(found, 200);
  EXPECT_LE(found, 19'000);
}

}  // namespace
}  // namespace lockstep::linear
