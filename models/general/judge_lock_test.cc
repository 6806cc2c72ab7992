// The general search against the sweep and against every order of every choice, on small random logs without leases;
// and on logs of the size that it is made for.
#include "models/general/judge_lock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "models/linear/judge.h"
#include "models/linear/random_log_test.h"
#include "models/linear/reference_test.h"
#include "models/logs/made_log.h"

namespace lockstep::general {
namespace {

using linear::Action;
using linear::Answer;
using linear::Log;
using linear::LogRecipe;
using linear::Mode;
using linear::Operation;
using linear::Outcome;
using models::MadeLog;

// A lock that answers one operation after the other. Knows neither the specification nor the search.
class Replay {
 public:
  explicit Replay(const Log& log) : log_(log) {
    for (const Operation& op : log.operations)
      if (op.action == Action::acquire) asked_.emplace(op.hold, &op);
  }

  // What is wrong with the order; empty if it explains the operations.
  std::string wrong_with(const std::vector<std::uint32_t>& order) {
    std::set<std::uint32_t> placed;
    linear::Instant latest = std::numeric_limits<linear::Instant>::min();
    for (const std::uint32_t i : order) {
      const Operation& op = log_.operations[i];
      latest = std::max(latest, op.invoked);
      if (!placed.insert(i).second) return fmt::format("{} comes twice", i);
      if (op.returned < latest) return fmt::format("{} had returned before one in front of it was asked", i);
      if (!answers(op)) return fmt::format("{} cannot have been answered like that", i);
    }
    for (std::uint32_t i = 0; i < log_.operations.size(); ++i)
      if (log_.operations[i].returned != linear::kNever && !placed.contains(i)) return fmt::format("{} is left out", i);
    return "";
  }

 private:
  bool answers(const Operation& op) {
    const bool held = holders_.contains(op.hold);
    if (op.answer == Answer::nothing) return true;
    if (op.action == Action::inspect) return op.hold == linear::kNone ? holders_.empty() : held;
    if (op.action == Action::renew) {
      if (held && op.answer != Answer::no && op.mode == Mode::shared && mode_of(op.hold) == Mode::exclusive)
        lowered_.insert(op.hold);
      return held == (op.answer != Answer::no);
    }
    if (op.action == Action::break_all) return over_.merge(holders_), holders_.clear(), op.answer != Answer::no;
    if (op.action == Action::release && op.answer == Answer::no) return !held;
    if (op.action == Action::release) {
      const bool was = over_.contains(op.hold);
      if (held) over_.insert(holders_.extract(op.hold));
      return held || (was && op.answer == Answer::yes);
    }
    if (op.answer == Answer::no)
      return !held &&
             (over_.contains(op.hold) || (!fits(op) && (op.named == linear::kNone || holders_.contains(op.named))));
    if (held || over_.contains(op.hold)) return op.answer == Answer::yes;
    const std::uint64_t token = token_of(op.hold);
    if (!fits(op) || (token != 0 && token <= token_)) return false;
    token_ = std::max(token_, token);
    return holders_.insert(op.hold).second;
  }

  Mode mode_of(std::uint32_t hold) const { return lowered_.contains(hold) ? Mode::shared : asked_.at(hold)->mode; }

  std::uint64_t token_of(std::uint32_t hold) const {
    for (const Operation& op : log_.operations)
      if (op.action == Action::acquire && op.hold == hold && op.token != 0) return op.token;
    return 0;
  }

  bool fits(const Operation& op) const {
    std::uint64_t permits = op.mode == Mode::permits ? op.permits + (op.answer == Answer::no ? op.in_line : 0) : 0;
    for (const std::uint32_t h : holders_) {
      if (mode_of(h) == Mode::exclusive || op.mode != mode_of(h)) return false;
      permits += asked_.at(h)->permits;
    }
    return op.mode != Mode::permits || permits <= log_.locks[0].capacity;
  }

  const Log& log_;
  std::map<std::uint32_t, const Operation*> asked_;
  std::set<std::uint32_t> holders_, over_, lowered_;
  std::uint64_t token_ = 0;
};

std::string told(const Log& log) {
  std::string text = fmt::format("capacity {}\n", log.locks[0].capacity);
  for (const Operation& op : log.operations)
    text += fmt::format("[{}, {}] action {} answer {} hold {} mode {} permits {} token {} named {} in line {}\n",
                        op.invoked, op.returned, static_cast<int>(op.action), static_cast<int>(op.answer),
                        static_cast<int>(op.hold), static_cast<int>(op.mode), op.permits, op.token,
                        static_cast<int>(op.named), op.in_line);
  return text;
}

class Comparison : public testing::TestWithParam<LogRecipe::Kind> {};

TEST_P(Comparison, AgreesWithTheSweepAndWithEveryOrder) {
  models::Dice dice(static_cast<std::uint64_t>(GetParam()) * 1'000'003 + 11);
  std::uint64_t illegal = 0, steps = 0;
  const std::uint64_t all = linear::comparisons() / 20;
  for (std::uint64_t i = 0; i < all; ++i) {
    LogRecipe recipe = linear::random_recipe(GetParam(), dice);
    recipe.lies = static_cast<std::uint32_t>(dice.below(3));
    // A lock with renewals, whose leases then do not end.
    recipe.leases = dice.chance(30);
    Log log = linear::RandomLog(recipe, dice).make();
    for (Operation& op : log.operations) op.ttl = 0;
    const Result result = judge_lock(log, 0);
    const bool legal = linear::Reference(log).explains();
    ASSERT_EQ(result.verdict, legal ? Verdict::ok : Verdict::violation) << "log " << i << "\n" << told(log);
    ASSERT_EQ(linear::judge(log).front().outcome, legal ? Outcome::ok : Outcome::violation) << told(log);
    if (legal) {
      ASSERT_EQ(Replay(log).wrong_with(result.order), "") << told(log);
    }
    ASSERT_EQ(result.stuck == kNone, legal);
    illegal += !legal;
    steps = std::max(steps, result.steps);
  }
  fmt::print("{} logs compared, {} illegal, {} steps at most\n", all, illegal, steps);
  EXPECT_GE(illegal * 10, all);
  EXPECT_LE(illegal * 10, all * 9);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Comparison,
                         testing::Values(LogRecipe::Kind::mutex, LogRecipe::Kind::readers_writers,
                                         LogRecipe::Kind::unit_permits, LogRecipe::Kind::permits));

Log made(const MadeLog& recipe) {
  models::LogBuilder builder;
  std::uint32_t line = 0;
  make_log(recipe, [&](const models::LogEvent& event) { builder.add(event, ++line); });
  return std::move(builder).log();
}

class Families : public testing::TestWithParam<MadeLog::Family> {};

TEST_P(Families, OfAThousandOperationsAreDecidedBothWays) {
  for (const std::uint32_t clients : {4u, 16u, 64u}) {
    // Of 64 readers at once there are too many sets.
    if (GetParam() == MadeLog::Family::readers_writers && clients == 64) continue;
    for (const bool tokens : {false, true}) {
      MadeLog recipe{.family = GetParam(), .clients = clients, .tokens = tokens};
      const Log right = made(recipe);
      const Result result = judge_lock(right, 0);
      ASSERT_EQ(result.verdict, Verdict::ok) << result.reason;
      EXPECT_EQ(Replay(right).wrong_with(result.order), "");
      recipe.wrong = true;
      const Log wrong = made(recipe);
      const Result violation = judge_lock(wrong, 0);
      EXPECT_EQ(violation.verdict, linear::judge(wrong)[0].outcome == Outcome::ok ? Verdict::ok : Verdict::violation);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Families,
                         testing::Values(MadeLog::Family::try_lock, MadeLog::Family::lock,
                                         MadeLog::Family::readers_writers, MadeLog::Family::permits));

// No time is asserted, but what it comes from.
TEST(JudgeLock, TakesStepsAndMemoryInProportionWhereALogGoesStraight) {
  const MadeLog recipe{.operations = 100'000, .unknown = 1};
  const Log log = made(recipe);
  const Result result = judge_lock(log, 0);
  ASSERT_EQ(result.verdict, Verdict::ok) << result.reason;
  EXPECT_EQ(Replay(log).wrong_with(result.order), "");
  EXPECT_LE(result.steps, 2 * log.operations.size());
  EXPECT_LE(result.bytes, 100 * log.operations.size());
}

TEST(JudgeLock, FindsTheGrantTooManyAmongSixtyFourClients) {
  const Log log = made({.operations = 100'000, .clients = 64, .wrong = true});
  const Result result = judge_lock(log, 0);
  ASSERT_EQ(result.verdict, Verdict::violation) << result.reason;
  const linear::Judgement sweep = linear::judge(log).front();
  EXPECT_GE(log.operations[result.stuck].returned, log.operations[sweep.evidence.back()].invoked);
  EXPECT_LE(result.steps, 2 * log.operations.size());
}

TEST(JudgeLock, IsUndecidedWithinItsBudgetWhereTooManySetsOfReadersArePossible) {
  const Log log = made({.family = MadeLog::Family::readers_writers, .clients = 64, .wrong = true});
  EXPECT_EQ(judge_lock(log, 0, {.steps = 100'000}).verdict, Verdict::undecided);
  const Result result = judge_lock(log, 0, {.bytes = 10'000'000});
  EXPECT_EQ(result.verdict, Verdict::undecided);
  EXPECT_LE(result.bytes, 21'000'000u) << "tables grow by doubling";
}

TEST(JudgeLock, IsUndecidedWhereALeaseEndsByItself) {
  Log log;
  log.locks.push_back({.name = "L"});
  log.holds = 1;
  log.operations = {
      {.invoked = 0, .returned = 1, .ttl = 5, .hold = 0, .action = Action::acquire, .answer = Answer::yes}};
  const Result result = judge_lock(log, 0);
  EXPECT_EQ(result.verdict, Verdict::undecided);
  EXPECT_EQ(result.reason,
            "the lease of attempt 1 of the log ends by itself, which no sequential specification can say");
  log.operations[0].answer = Answer::no;
  EXPECT_EQ(judge_lock(log, 0).verdict, Verdict::violation) << "refused while free, and no lease";
}

TEST(JudgeLock, KnowsThatAnAttemptThatIsTriedAgainHoldsOnce) {
  Log log;
  log.locks.push_back({.name = "L"});
  log.holds = 2;
  log.operations = {{.invoked = 0, .returned = 1, .hold = 0, .action = Action::acquire, .answer = Answer::yes},
                    {.invoked = 2, .returned = 3, .hold = 0, .action = Action::acquire, .answer = Answer::yes},
                    {.invoked = 4, .returned = 5, .hold = 0, .action = Action::release, .answer = Answer::yes},
                    {.invoked = 6, .returned = 7, .hold = 1, .action = Action::acquire, .answer = Answer::yes}};
  EXPECT_EQ(judge_lock(log, 0).verdict, Verdict::ok);
  log.operations[2].answer = Answer::nothing;
  EXPECT_EQ(judge_lock(log, 0).verdict, Verdict::violation);
}

TEST(JudgeLock, JudgesEachLockByItself) {
  Log log;
  log.locks = {{.name = "A"}, {.name = "B"}};
  log.holds = 3;
  log.operations = {
      {.invoked = 0, .returned = 1, .lock = 0, .hold = 0, .action = Action::acquire, .answer = Answer::yes},
      {.invoked = 2, .returned = 3, .lock = 1, .hold = 1, .action = Action::acquire, .answer = Answer::yes},
      {.invoked = 4, .returned = 5, .lock = 1, .hold = 2, .action = Action::acquire, .answer = Answer::yes}};
  const auto results = judge_locks(log);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].order, std::vector<std::uint32_t>{0});
  EXPECT_EQ(results[1].verdict, Verdict::violation);
  EXPECT_EQ(results[1].order, std::vector<std::uint32_t>{1});
  EXPECT_EQ(results[1].stuck, 2u);
  EXPECT_EQ(judge_lock(log, 1).stuck, 2u);
}

}  // namespace
}  // namespace lockstep::general
