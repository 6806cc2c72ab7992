// A log that is judged while it grows: the same verdict as for the whole, in little memory.
#include "models/linear/follow.h"

#include <gtest/gtest.h>

#include <set>

#include "models/linear/judge.h"
#include "models/linear/random_log_test.h"
#include "models/linear/told_test.h"

namespace lockstep::linear {
namespace {

// Writes a log anew, event by event, as its owner would.
class Growing {
 public:
  Growing(const Log& whole, const Follow::Rules& rules) : whole_(whole), follow_(log_, rules) {
    log_.locks = whole.locks;
    log_.leases_from_asking = whole.leases_from_asking;
    operations_.assign(whole.operations.size(), kNone);
    holds_.assign(whole.holds, kNone);
  }

  Follow& follow() { return follow_; }

  void take(std::uint32_t event) {
    event % 2 == 0 ? ask(event / 2) : answer(event / 2);
    follow_.advance(instant_of(whole_, event));
  }

  void give_up(std::uint32_t o) {
    if (operations_[o] != kNone) follow_.will_not_be_answered(operations_[o]);
  }

  void tidy_up() {
    const Renumbering to = follow_.kept();
    std::vector<Operation> kept;
    for (std::uint32_t o = 0; o < log_.operations.size(); ++o)
      if (to.operations[o] != kNone) kept.push_back(log_.operations[o]);
    for (Operation& op : kept) {
      if (op.hold != kNone) op.hold = to.holds[op.hold];
      if (op.named != kNone) op.named = to.holds[op.named];
    }
    log_.operations = std::move(kept);
    log_.holds = static_cast<std::uint32_t>(std::ranges::count_if(to.holds, [](auto h) { return h != kNone; }));
    for (std::uint32_t& o : operations_) o = o == kNone ? kNone : to.operations[o];
    for (std::uint32_t h = 0; h < holds_.size(); ++h) {
      if (holds_[h] == kNone) continue;
      holds_[h] = to.holds[holds_[h]];
      if (holds_[h] == kNone) forgotten_.insert(h);
    }
    follow_.renumber(to);
  }

 private:
  std::uint32_t hold_of(std::uint32_t h) {
    if (h == kNone) return kNone;
    if (holds_[h] == kNone) holds_[h] = log_.holds++;
    return holds_[h];
  }

  // Nothing is known any more of an attempt that was over for long.
  void ask(std::uint32_t o) {
    Operation op = whole_.operations[o];
    if (op.action != Action::acquire && op.hold != kNone && forgotten_.contains(op.hold)) return;
    forgotten_.erase(op.hold);
    op.hold = hold_of(op.hold);
    op.named = kNone;
    op.returned = kNever;
    op.answer = Answer::unknown;
    op.token = 0;
    operations_[o] = static_cast<std::uint32_t>(log_.operations.size());
    log_.operations.push_back(op);
    follow_.asked(operations_[o]);
  }

  void answer(std::uint32_t o) {
    const std::uint32_t number = operations_[o];
    if (number == kNone) return;
    Operation& op = log_.operations[number];
    const Operation& told = whole_.operations[o];
    op.returned = told.returned;
    op.answer = told.answer;
    op.token = told.token;
    if (told.named != kNone && holds_[told.named] != kNone) op.named = holds_[told.named];
    if (follow_.is_too_late(number)) op.answer = Answer::unknown, op.returned = kNever, op.named = kNone, op.token = 0;
    follow_.answered(number);
  }

  const Log& whole_;
  Log log_;
  Follow follow_;
  std::set<std::uint32_t> forgotten_;
  std::vector<std::uint32_t> operations_, holds_;  // their numbers in the growing log
};

LogRecipe a_recipe(models::Dice& dice) {
  LogRecipe recipe = random_recipe(static_cast<LogRecipe::Kind>(dice.below(4)), dice);
  recipe.operations = 1 + static_cast<std::uint32_t>(dice.below(20));
  recipe.inspections = 0;  // a reader tells none
  recipe.leases = dice.chance(30);
  recipe.from_asking = dice.chance(50);
  recipe.lies = static_cast<std::uint32_t>(dice.below(3));
  return recipe;
}

// After it was tried with an unknown outcome, or once more.
bool is_granted_late(const Log& log) {
  return std::ranges::any_of(log.operations, [&](const Operation& told) {
    return told.answer == Answer::yes && told.action == Action::acquire &&
           std::ranges::any_of(log.operations, [&](const Operation& op) {
             const bool may_hold = op.answer == Answer::unknown || op.answer == Answer::yes;
             return &op != &told && op.hold == told.hold && op.action == Action::acquire && may_hold;
           });
  });
}

// Who was refused, or not asked for by then, is not known to the reader either.
bool names_the_unknown(const Log& log) {
  return std::ranges::any_of(log.operations, [&](const Operation& op) {
    return op.named != kNone && std::ranges::none_of(log.operations, [&](const Operation& asked) {
             return asked.hold == op.named && asked.action == Action::acquire && asked.invoked <= op.returned &&
                    (asked.answer == Answer::yes || asked.answer == Answer::unknown);
           });
  });
}

// A refused attempt is forgotten.
bool tells_of_what_was_refused(const Log& log) {
  return std::ranges::any_of(log.operations, [&](const Operation& release) {
    return (release.action == Action::release || release.action == Action::renew) && release.answer == Answer::yes &&
           holds_of(log)[release.hold].kind == Hold::Kind::never;
  });
}

TEST(Follow, AgreesWithTheJudgeOfTheWholeLog) {
  models::Dice dice(4711);
  std::uint64_t illegal = 0;
  for (std::uint64_t i = 0; i < comparisons() / 5; ++i) {
    const Log log = RandomLog(a_recipe(dice), dice).make();
    const Outcome whole = judge(log).front().outcome;
    Growing growing(log, {.patience = 1'000'000, .budget = {}});
    for (const std::uint32_t event : log.events) {
      growing.take(event);
      if (dice.chance(10)) growing.tidy_up();
      const auto o = static_cast<std::uint32_t>(dice.below(log.operations.size()));
      if (log.operations[o].returned == kNever) growing.give_up(o);
    }
    growing.follow().finish();
    const auto judgements = growing.follow().judgements();
    const Outcome followed = judgements.empty() ? Outcome::ok : judgements.front().outcome;
    if (followed == Outcome::undecided) continue;
    const bool knows_less = is_granted_late(log) || tells_of_what_was_refused(log) || names_the_unknown(log);
    if (followed == Outcome::ok && knows_less) continue;
    ASSERT_EQ(followed, whole) << "log " << i << ": " << judgements.front().sentence << "\n" << told(log);
    illegal += whole == Outcome::violation;
  }
  EXPECT_GE(illegal * 100, comparisons());
}

TEST(Follow, IsNeverHarsherForLosingPatience) {
  models::Dice dice(4712);
  for (std::uint64_t i = 0; i < comparisons() / 5; ++i) {
    LogRecipe recipe = a_recipe(dice);
    recipe.retries = false;  // after so short a time one would be taken for a new attempt
    const Log log = RandomLog(recipe, dice).make();
    Growing growing(log, {.patience = 1 + static_cast<Instant>(dice.below(6)), .budget = {}});
    for (const std::uint32_t event : log.events) {
      growing.take(event);
      if (dice.chance(10)) growing.tidy_up();
    }
    growing.follow().finish();
    if (growing.follow().violated()) {
      ASSERT_EQ(judge(log).front().outcome, Outcome::violation)
          << "log " << i << growing.follow().judgements().front().sentence << "\n"
          << told(log);
    }
  }
}

}  // namespace
}  // namespace lockstep::linear
