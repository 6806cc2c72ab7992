// The search on histories with known answers, on random small ones against every order, and at the end of its budget.
#include "models/general/search.h"

#include <gtest/gtest.h>

#include <vector>

#include "models/dice_test.h"
#include "models/general/queue_specification.h"
#include "models/general/register_specification.h"
#include "models/general/replay_test.h"

namespace lockstep::general {
namespace {

using models::Dice;
using RegisterCalls = Calls<RegisterSpecification>;
using QueueCalls = Calls<QueueSpecification>;
const RegisterSpecification kRegister(0);
const QueueSpecification kQueue;

RegisterSpecification::Operation read(std::int64_t value) { return {.value = value}; }
RegisterSpecification::Operation write(std::int64_t value) {
  return {.kind = RegisterSpecification::Operation::Kind::write, .value = value};
}
RegisterSpecification::Operation set(std::int64_t expected, std::int64_t value, bool succeeded) {
  return {.kind = RegisterSpecification::Operation::Kind::compare_and_set,
          .value = value,
          .expected = expected,
          .succeeded = succeeded};
}
QueueSpecification::Operation enqueue(std::int64_t item) {
  return {.kind = QueueSpecification::Operation::Kind::enqueue, .item = item};
}
QueueSpecification::Operation dequeue(std::optional<std::int64_t> item) {
  return {.kind = QueueSpecification::Operation::Kind::dequeue, .item = item};
}

// The verdict, after what was found has been looked at by others.
template <class S>
Verdict verdict(const S& spec, const Calls<S>& calls, Budget budget = {}) {
  const Result result = check(spec, std::span(calls), budget);
  EXPECT_EQ(wrong_with(spec, calls, result.order, result.verdict == Verdict::ok), "");
  EXPECT_EQ(result.stuck == kNone, result.verdict == Verdict::ok);
  if (result.stuck != kNone) {
    EXPECT_EQ(std::ranges::count(result.order, result.stuck), 0);
    for (const auto& call : calls) {
      const auto i = static_cast<std::uint32_t>(&call - calls.data());
      if (call.returned < calls[result.stuck].returned) {
        EXPECT_EQ(std::ranges::count(result.order, i), 1);
      }
    }
  }
  EXPECT_EQ(result.reason.empty(), result.verdict != Verdict::undecided);
  return result.verdict;
}

TEST(Search, KnowsTheQueuesOfHerlihyAndWing) {
  // H1 to H4 of figure 1 in Herlihy and Wing 1990: enqueues of x = 1, y = 2 and z = 3.
  EXPECT_EQ(
      verdict(kQueue,
              QueueCalls{
                  {0, 2, enqueue(1)}, {1, 4, enqueue(2)}, {3, 6, dequeue(1)}, {5, 8, dequeue(2)}, {9, 10, enqueue(3)}}),
      Verdict::ok);
  EXPECT_EQ(verdict(kQueue, QueueCalls{{0, 1, enqueue(1)}, {2, 3, enqueue(2)}, {4, 5, dequeue(2)}}), Verdict::violation)
      << "1 was first";
  EXPECT_EQ(verdict(kQueue, QueueCalls{{0, 3, enqueue(1)}, {1, 2, dequeue(1)}}), Verdict::ok);
  EXPECT_EQ(verdict(kQueue, QueueCalls{{0, 2, enqueue(1)}, {1, 3, enqueue(2)}, {4, 6, dequeue(2)}, {5, 7, dequeue(2)}}),
            Verdict::violation)
      << "2 was there once";
}

TEST(Search, TakesConcurrentItemsInEitherOrderButInOne) {
  const QueueCalls both{{0, 5, enqueue(1)}, {0, 5, enqueue(2)}};
  QueueCalls calls = both;
  calls.push_back({6, 7, dequeue(2)});
  calls.push_back({8, 9, dequeue(1)});
  EXPECT_EQ(verdict(kQueue, calls), Verdict::ok);
  calls.push_back({6, 9, dequeue(std::nullopt)});
  EXPECT_EQ(verdict(kQueue, calls), Verdict::ok) << "empty at the end";
  calls.back() = {6, 7, dequeue(std::nullopt)};
  EXPECT_EQ(verdict(kQueue, calls), Verdict::violation) << "never empty so early";
}

TEST(Search, KnowsThatADequeueOfUnknownOutcomeMayHaveTakenAnything) {
  QueueCalls calls{{0, 1, enqueue(1)}, {2, 3, enqueue(2)}, {4, 5, dequeue(2)}};
  EXPECT_EQ(verdict(kQueue, calls), Verdict::violation);
  calls.push_back(
      {3, kNever, {.kind = QueueSpecification::Operation::Kind::dequeue, .item = std::nullopt, .seen = false}});
  EXPECT_EQ(verdict(kQueue, calls), Verdict::ok);
  calls.back().invoked = 6;
  EXPECT_EQ(verdict(kQueue, calls), Verdict::violation) << "asked for too late";
}

TEST(Search, RefusesToReadTheNewAndThenTheOld) {
  // Lamport 1986: what tells an atomic register from a regular one.
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{0, 9, write(1)}, {1, 2, read(1)}, {3, 4, read(0)}}), Verdict::violation);
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{0, 9, write(1)}, {1, 2, read(0)}, {3, 4, read(1)}}), Verdict::ok);
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{0, 9, write(1)}, {1, 3, read(1)}, {2, 4, read(0)}}), Verdict::ok)
      << "the reads overlap";
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{0, 1, write(1)}, {2, 3, read(0)}}), Verdict::violation) << "stale";
}

TEST(Search, LetsAWriteOfUnknownOutcomeComeLateOrNever) {
  RegisterCalls calls{{0, kNever, write(1)}, {1, 2, read(0)}, {3, 4, write(2)}, {5, 6, read(2)}};
  EXPECT_EQ(verdict(kRegister, calls), Verdict::ok) << "never";
  calls.push_back({7, 8, read(1)});
  EXPECT_EQ(verdict(kRegister, calls), Verdict::ok) << "late";
  calls.push_back({9, 10, read(2)});
  EXPECT_EQ(verdict(kRegister, calls), Verdict::violation) << "nobody wrote that again";
}

TEST(Search, FollowsAChainOfComparisons) {
  const RegisterCalls calls{
      {0, 9, set(2, 3, true)}, {0, 9, set(1, 2, true)}, {0, 9, set(0, 1, true)}, {9, 12, read(3)}};
  EXPECT_EQ(verdict(kRegister, calls), Verdict::ok);
  auto twice = calls;
  twice.push_back({0, 9, set(0, 4, true)});
  EXPECT_EQ(verdict(kRegister, twice), Verdict::violation) << "0 was there once";
  twice.back() = {0, 9, set(0, 4, false)};
  EXPECT_EQ(verdict(kRegister, twice), Verdict::ok);
}

TEST(Search, LetsTouchingIntervalsBeInEitherOrder) {
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{5, 9, write(1)}, {0, 5, read(1)}}), Verdict::ok);
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{6, 9, write(1)}, {0, 5, read(1)}}), Verdict::violation);
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{5, 5, read(1)}, {5, 5, write(1)}, {5, 5, read(0)}}), Verdict::ok);
}

TEST(Search, HasNothingAgainstNothing) {
  EXPECT_EQ(verdict(kRegister, RegisterCalls{}), Verdict::ok);
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{0, kNever, read(7)}, {0, kNever, write(7)}}), Verdict::ok);
}

TEST(Search, NeverExplainsWhatEndsBeforeItBegins) {
  const RegisterCalls calls{{0, 1, write(1)}, {5, 2, read(1)}, {6, 7, read(1)}};
  EXPECT_EQ(check(kRegister, std::span(calls)).verdict, Verdict::violation);
}

// Some clients' random operations on a register or a queue, of which about half the histories are right.
template <class Make>
auto random_calls(Dice& dice, const Make& make) {
  std::vector<Call<decltype(make())>> calls;
  Instant now = 0;
  for (std::uint64_t i = 1 + dice.below(8); i > 0; --i) {
    now += static_cast<Instant>(dice.below(4));
    calls.push_back({now, dice.chance(15) ? kNever : now + static_cast<Instant>(dice.below(9)), make()});
  }
  for (std::size_t i = calls.size(); i > 1; --i) std::swap(calls[i - 1], calls[dice.below(i)]);
  return calls;
}

// How many of the random histories are right.
template <class S, class Make>
int compare_with_every_order(const S& spec, Dice& dice, const Make& make) {
  int right = 0;
  for (int i = 0; i < 10'000; ++i) {
    auto calls = random_calls(dice, make);
    const bool explained = some_order_explains(spec, calls, {spec.initial()});
    EXPECT_EQ(verdict(spec, calls), explained ? Verdict::ok : Verdict::violation) << "history " << i;
    if (testing::Test::HasFailure()) break;
    right += explained;
  }
  return right;
}

TEST(Search, AgreesWithEveryOrderAboutRegisters) {
  Dice dice(1);
  const int right = compare_with_every_order(kRegister, dice, [&] {
    const auto value = [&] { return static_cast<std::int64_t>(dice.below(3)); };
    return dice.chance(50) ? read(value()) : dice.chance(50) ? write(value()) : set(value(), value(), dice.chance(60));
  });
  EXPECT_GT(right, 2'000);
  EXPECT_LT(right, 8'000);
}

TEST(Search, AgreesWithEveryOrderAboutQueues) {
  Dice dice(2);
  const int right = compare_with_every_order(kQueue, dice, [&] {
    const auto item = static_cast<std::int64_t>(dice.below(3));
    if (dice.chance(60)) return enqueue(item);
    auto op = dequeue(dice.chance(20) ? std::nullopt : std::optional(item));
    op.seen = !dice.chance(10);
    return op;
  });
  EXPECT_GT(right, 2'000);
  EXPECT_LT(right, 8'000);
}

// A bag, from which anything may be taken: an unknown outcome leads to many states.
struct Bag {
  using State = std::vector<std::int64_t>;  // in rising order
  struct Operation {
    bool takes = false;
    std::optional<std::int64_t> item;  // without: nobody saw which
  };
  State initial() const { return {}; }
  std::vector<State> steps(const State& state, const Operation& op) const {
    std::vector<State> next;
    if (!op.takes) {
      next.push_back(state);
      next.back().insert(std::ranges::upper_bound(next.back(), *op.item), *op.item);
      return next;
    }
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (op.item && state[i] != *op.item) continue;
      next.push_back(state);
      next.back().erase(next.back().begin() + static_cast<std::ptrdiff_t>(i));
    }
    return next;
  }
};

TEST(Search, AgreesWithEveryOrderWhereAnOperationMayLeadToManyStates) {
  Dice dice(3);
  const int right = compare_with_every_order(Bag(), dice, [&] {
    const auto item = static_cast<std::int64_t>(dice.below(3));
    if (dice.chance(60)) return Bag::Operation{.takes = false, .item = item};
    return Bag::Operation{.takes = true, .item = dice.chance(50) ? std::nullopt : std::optional(item)};
  });
  EXPECT_GT(right, 2'000);
  EXPECT_LT(right, 8'000);
}

// A register whose states all have one hash.
struct Colliding : RegisterSpecification {
  using RegisterSpecification::RegisterSpecification;
  std::uint64_t hash(const State&) const { return 1; }
};

TEST(Search, IsNotMisledByHashesThatCollide) {
  Dice dice(4);
  const int right = compare_with_every_order(Colliding(0), dice, [&] {
    return dice.chance(50) ? read(static_cast<std::int64_t>(dice.below(4)))
                           : write(static_cast<std::int64_t>(dice.below(4)));
  });
  EXPECT_GT(right, 1'000);
}

// `width` writes at once, then a read of what nobody wrote: every set of them with each of them last is tried.
RegisterCalls hard(std::int64_t width) {
  RegisterCalls calls;
  for (std::int64_t i = 0; i < width; ++i) calls.push_back({0, 10, write(i)});
  calls.push_back({20, 30, read(-1)});
  return calls;
}

TEST(Search, RemembersWhatItHasTried) {
  const auto calls = hard(10);
  const Result result = check(kRegister, std::span(calls));
  EXPECT_EQ(result.verdict, Verdict::violation);
  EXPECT_EQ(result.stuck, 10u);
  EXPECT_EQ(result.order.size(), 10u);
  EXPECT_LE(result.dead_ends, 1u + 10u * 512u) << "a set, and the last of it: not an order of it";
}

TEST(Search, IsUndecidedWhenItsBudgetEndsAndNeverOk) {
  const auto calls = hard(16);
  EXPECT_EQ(verdict(kRegister, calls), Verdict::violation);
  const Result few_steps = check(kRegister, std::span(calls), {.steps = 1'000});
  EXPECT_EQ(few_steps.verdict, Verdict::undecided);
  EXPECT_EQ(few_steps.reason, "more than 1000 steps would be needed to try all orders");
  EXPECT_LE(few_steps.steps, 1'020u);
  const Result few_bytes = check(kRegister, std::span(calls), {.bytes = 100'000});
  EXPECT_EQ(few_bytes.verdict, Verdict::undecided);
  EXPECT_EQ(few_bytes.reason, "more than 100000 bytes would be needed to remember the orders that were tried");
  EXPECT_EQ(verdict(kRegister, calls, {.steps = 0}), Verdict::undecided);
  EXPECT_EQ(verdict(kRegister, RegisterCalls{{0, 1, read(0)}, {2, 3, read(1)}}, {.steps = 0}), Verdict::undecided);
}

TEST(Search, IsExactUnderAnyBudgetThatItDoesNotUseUp) {
  Dice dice(5);
  int undecided = 0;
  for (int i = 0; i < 5'000; ++i) {
    const auto calls = random_calls(dice, [&] {
      const auto value = static_cast<std::int64_t>(dice.below(3));
      return dice.chance(50) ? read(value) : write(value);
    });
    const Verdict found = verdict(kRegister, calls, {.steps = dice.below(30)});
    undecided += found == Verdict::undecided;
    if (found == Verdict::undecided) continue;
    ASSERT_EQ(found == Verdict::ok, some_order_explains(kRegister, calls, {kRegister.initial()}));
  }
  EXPECT_GT(undecided, 500);
}

TEST(Partition, KeepsTheOrderAndTheIndices) {
  RegisterCalls calls{{0, 1, write(1)}, {2, 3, write(2)}, {4, 5, read(1)}};
  calls[1].operation.key = 7;
  EXPECT_EQ(verdict(kRegister, calls), Verdict::violation);
  const auto parts = partition(calls, [](const RegisterSpecification::Operation& op) { return op.key; });
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts.at(0).indices, (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(parts.at(7).indices, (std::vector<std::uint32_t>{1}));
  for (const auto& [key, part] : parts) EXPECT_EQ(verdict(kRegister, part.calls), Verdict::ok);
}

}  // namespace
}  // namespace lockstep::general
