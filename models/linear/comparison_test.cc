// The sweep against every order of every choice, on small random logs of every kind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "models/linear/judge.h"
#include "models/linear/random_log_test.h"
#include "models/linear/reference_test.h"
#include "models/linear/replay.h"
#include "models/linear/told_test.h"

namespace lockstep::linear {
namespace {

std::string told(const Witness& witness) {
  std::string text = "its witness\n";
  for (const Point& p : witness.points)
    text += fmt::format("{} operation {} hold {}\n", p.at, static_cast<int>(p.operation), static_cast<int>(p.hold));
  return text;
}

enum class Leases : std::uint8_t { none, from_grant, from_asking };

LogRecipe recipe_of(LogRecipe::Kind kind, Leases leases, models::Dice& dice) {
  LogRecipe recipe = random_recipe(kind, dice);
  recipe.leases = leases != Leases::none;
  recipe.from_asking = leases == Leases::from_asking;
  recipe.lies = static_cast<std::uint32_t>(dice.below(recipe.leases ? 5 : 3));
  return recipe;
}

void compare(LogRecipe::Kind kind, Leases leases) {
  models::Dice dice(static_cast<std::uint64_t>(kind) * 1'000'003 + 7);
  std::uint64_t illegal = 0, most_states = 0;
  const std::uint64_t all = comparisons() / 12;
  for (std::uint64_t i = 0; i < all; ++i) {
    LogRecipe recipe = recipe_of(kind, leases, dice);
    // Where a lock with such leases was seen held or free the sweep may be too lenient.
    if (leases == Leases::from_grant) recipe.inspections = 0, recipe.retries = false;
    const Log log = RandomLog(recipe, dice).make();
    Witnesses witnesses;
    const auto judgement = judge(log, {}, &witnesses).front();
    const bool legal = Reference(log).explains();
    ASSERT_NE(judgement.outcome, Outcome::undecided) << told(log);
    ASSERT_EQ(judgement.outcome == Outcome::ok, legal) << "log " << i << ", " << judgement.sentence << "\n"
                                                       << told(log);
    ASSERT_EQ(judgement.sentence.empty(), legal);
    ASSERT_EQ(witnesses.front().has_value(), legal) << "log " << i << "\n" << told(log);
    if (legal) {
      const auto objection = Replay(log).objection(*witnesses.front());
      ASSERT_FALSE(objection.has_value()) << "log " << i << ": " << *objection << "\n"
                                          << told(log) << told(*witnesses.front());
    }
    illegal += !legal;
    most_states = std::max<std::uint64_t>(most_states, judgement.most_states);
  }
  fmt::print("{} logs compared, {} illegal, {} states at most\n", all, illegal, most_states);
  EXPECT_GE(illegal * 10, all);
}

// Whatever was replayed is legal, also where the sweep may be too lenient; and what it objects to is not.
void compare_witnesses(LogRecipe::Kind kind) {
  models::Dice dice(static_cast<std::uint64_t>(kind) * 1'000'003 + 11);
  std::uint64_t too_lenient = 0, not_found = 0;
  const std::uint64_t all = comparisons() / 48;
  for (std::uint64_t i = 0; i < all; ++i) {
    const Log log = RandomLog(recipe_of(kind, Leases::from_grant, dice), dice).make();
    Witnesses witnesses;
    const bool ok = judge(log, {}, &witnesses).front().outcome == Outcome::ok;
    const bool legal = Reference(log).explains();
    ASSERT_TRUE(ok || !legal) << "log " << i << "\n" << told(log);
    if (witnesses.front()) {
      const auto objection = Replay(log).objection(*witnesses.front());
      ASSERT_FALSE(objection.has_value()) << "log " << i << ": " << *objection << "\n"
                                          << told(log) << told(*witnesses.front());
    }
    too_lenient += ok && !legal;
    not_found += legal && !witnesses.front();
    ASSERT_TRUE(legal || !witnesses.front()) << "log " << i << "\n" << told(log);
  }
  fmt::print("{} logs, {} believed too easily, of {} right ones no order was found\n", all, too_lenient, not_found);
}

// Only as one that was over already can the first attempt have been told of the second.
TEST(TriedAgain, MayHaveBeenOverBeforeOthersHeld) {
  Log log{.locks = {{.name = "L"}}, .holds = 3};
  const auto add = [&](Instant invoked, Instant returned, std::uint32_t hold, Action action, Answer answer) {
    log.operations.push_back(
        {.invoked = invoked, .returned = returned, .hold = hold, .action = action, .answer = answer});
  };
  add(0, kNever, 0, Action::acquire, Answer::unknown);
  add(1, kNever, 0, Action::release, Answer::unknown);
  add(2, 3, 1, Action::acquire, Answer::yes);
  add(4, 5, 1, Action::release, Answer::yes);
  add(6, 7, 2, Action::acquire, Answer::yes);
  add(8, 9, 0, Action::acquire, Answer::no);
  log.operations.back().named = 1;
  put_in_order(log);
  EXPECT_TRUE(Reference(log).explains());
  EXPECT_EQ(judge(log).front().sentence, "");
}

class Comparison : public testing::TestWithParam<LogRecipe::Kind> {};

// What is asked of a lock whose leases end by themselves: not where it is seen held or free, see
// docs/notes/checking-locks.md.
TEST_P(Comparison, AgreesAboutLeasesThatCountFromTheirGrant) { compare(GetParam(), Leases::from_grant); }

TEST_P(Comparison, ReplaysOnlyWhatIsRight) { compare_witnesses(GetParam()); }

TEST_P(Comparison, AgreesAboutLeasesThatCountFromAsking) { compare(GetParam(), Leases::from_asking); }

TEST_P(Comparison, AgreesWithEveryOrderOfEveryChoice) { compare(GetParam(), Leases::none); }

INSTANTIATE_TEST_SUITE_P(Kinds, Comparison,
                         testing::Values(LogRecipe::Kind::mutex, LogRecipe::Kind::readers_writers,
                                         LogRecipe::Kind::unit_permits, LogRecipe::Kind::permits));

}  // namespace
}  // namespace lockstep::linear
