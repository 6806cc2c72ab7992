// Random right logs, of every sort, cut off at every line: what is left accuses nobody. And what is wrong beyond all
// that may have been before it is still found.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "models/linear/random_log_test.h"
#include "models/logs/builder.h"
#include "models/logs/read_test.h"

namespace lockstep::models {
namespace {

using linear::Action;
using linear::Answer;
using linear::kNever;
using linear::Log;
using linear::LogRecipe;
using linear::Operation;

LogEvent::Op op_of(Action action) {
  using enum LogEvent::Op;
  return action == Action::acquire   ? try_lock
         : action == Action::release ? unlock
         : action == Action::renew   ? renew
                                     : break_lock;
}

// Each operation is of a process of its own. Of an acquisition the answer may tell alone what it is for.
LogEvent event_of(const Log& log, std::uint32_t event, bool asking_tells) {
  const Operation& op = log.operations[event / 2];
  const bool tells = asking_tells || event % 2 == 1 || op.returned == kNever || op.action != Action::acquire;
  LogEvent e{.op = op_of(op.action), .process = event / 2, .lock = "L", .time = instant_of(log, event)};
  if (op.hold != linear::kNone) e.sid = op.hold;
  if (tells) e.mode = op.mode, e.permits = op.permits, e.ttl = op.ttl;
  e.mode_told = tells && (op.action == Action::acquire || op.mode == linear::Mode::shared);
  if (event % 2 == 0) {
    e.type = LogEvent::Type::invoke;
    return e;
  }
  e.token = op.token;
  e.type = op.answer == Answer::yes ? LogEvent::Type::ok : LogEvent::Type::fail;
  if (op.answer == Answer::nothing) e.reason = "timed_out";
  return e;
}

// Nothing: an answer is not understood, as lies may not be.
std::optional<Log> rest_of(const Log& log, std::size_t from, bool asking_tells) {
  LogBuilder builder({.capacity = log.locks[0].capacity, .leases_from_asking = log.leases_from_asking, .cut = true});
  for (std::size_t i = from; i < log.events.size(); ++i) {
    if (builder.add(event_of(log, log.events[i], asking_tells), 1 + i)) return std::nullopt;
  }
  return std::move(builder).log();
}

// Several that were under way at the cut are more than is thought of.
bool has_few_breaks(const Log& log, std::size_t from) {
  return std::count_if(log.events.begin(), log.events.begin() + static_cast<std::ptrdiff_t>(from), [&](auto event) {
           const Operation& op = log.operations[event / 2];
           return event % 2 == 0 && op.action == Action::break_all && op.returned == kNever;
         }) <= 1;
}

Log random_log(Dice& dice, std::uint32_t lies) {
  using enum LogRecipe::Kind;
  const LogRecipe::Kind kinds[] = {mutex, readers_writers, unit_permits, permits};
  LogRecipe recipe = linear::random_recipe(kinds[dice.below(4)], dice);
  recipe.leases = dice.chance(40);
  recipe.from_asking = dice.chance(50);
  recipe.retries = false;
  recipe.inspections = 0;
  recipe.lies = lies;
  Log log = linear::RandomLog(recipe, dice).make();
  // Where locks are broken, the rest has to show it.
  if (recipe.breaks > 0) {
    const auto end = log.events.empty() ? 0 : instant_of(log, log.events.back());
    log.operations.push_back(
        {.invoked = end + 1, .returned = end + 2, .action = Action::break_all, .answer = Answer::yes});
    put_in_order(log);
  }
  return log;
}

TEST(Rests, OfRightLogsAreRight) {
  Dice dice(11);
  int judged = 0;
  for (std::uint64_t i = 0; i < linear::comparisons() / 25; ++i) {
    const Log log = random_log(dice, 0);
    for (std::size_t from = 0; from < log.events.size(); ++from) {
      if (!has_few_breaks(log, from)) continue;
      const auto rest = rest_of(log, from, dice.chance(70));
      ASSERT_TRUE(rest) << "log " << i << " from event " << from;
      for (const auto& judgement : linear::judge(*rest)) {
        EXPECT_EQ(judgement.outcome, linear::Outcome::ok)
            << "log " << i << " from event " << from << ": " << judgement.sentence;
        ++judged;
      }
    }
  }
  EXPECT_GT(judged, 0);
}

TEST(Rests, OfWrongLogsAreOftenWrong) {
  Dice dice(12);
  int wrong = 0, still = 0;
  for (int i = 0; i < 3000; ++i) {
    const Log log = random_log(dice, 3);
    const auto is_wrong = [](const Log& some) {
      const auto judgements = linear::judge(some);
      return !judgements.empty() && judgements.front().outcome == linear::Outcome::violation;
    };
    if (!is_wrong(log)) continue;
    ++wrong;
    const auto rest = rest_of(log, 0, true);
    still += rest && is_wrong(*rest);
  }
  EXPECT_GT(wrong, 500);
  EXPECT_GT(still * 10, wrong) << still << " of " << wrong;
}

}  // namespace
}  // namespace lockstep::models
