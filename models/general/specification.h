// What somebody has to say about an object, so that logs of it can be checked: in which state it begins, and what each
// operation makes of a state. Promises nothing about time: a specification is sequential, it knows an order and no
// clock. Source: Wing and Gong 1993; Herlihy and Wing 1990.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <type_traits>
#include <vector>

namespace lockstep::general {

// On the one clock of the log, in whatever unit it has.
using Instant = std::int64_t;
inline constexpr Instant kNever = std::numeric_limits<Instant>::max();
inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

// One operation of a log. It took effect at one instant of [invoked, returned], both ends included: what touches may be
// in either order. Without a return its outcome is unknown: it may take effect at any time from its invocation on, or
// never. Then `operation` is what was asked, and whatever its specification takes for an answer that nobody saw.
template <class Operation>
struct Call {
  Instant invoked = 0;
  Instant returned = kNever;
  Operation operation{};
};

// bool step(State& s, const Operation& op) const: whether `op` could be answered in `s` as it was; then `s` becomes the
// state after it. When it could not, it does not matter what becomes of `s`.
template <class S>
concept Deterministic = requires(const S& spec, typename S::State& state, const typename S::Operation& op) {
  { spec.step(state, op) } -> std::same_as<bool>;
};

// std::vector<State> steps(const State& s, const Operation& op) const: all states in which `op`, answered as it was,
// may leave `s`; none if it could not be answered so.
template <class S>
concept Nondeterministic = requires(const S& spec, const typename S::State& state, const typename S::Operation& op) {
  { spec.steps(state, op) } -> std::same_as<std::vector<typename S::State>>;
};

// std::uint64_t hash(const State&) const: equal states have equal hashes. Unequal ones may too: that costs time, never
// a wrong verdict, since whatever has equal hashes is compared.
template <class S>
concept Hashed = requires(const S& spec, const typename S::State& state) {
  { spec.hash(state) } -> std::same_as<std::uint64_t>;
};

// bool observes(const Operation& op) const, if it has one: `op` changes no state in which it can be answered as it was,
// and leaves the state alone where it cannot. Such an operation is taken at the first chance, and no other place is
// tried for it: whatever comes after it in any order could as well have come after it in that place. Only speed depends
// on it, as long as it is true.
template <class S>
concept Observing = requires(const S& spec, const typename S::Operation& op) {
  { spec.observes(op) } -> std::same_as<bool>;
};

// bool rules_out(const State&, const Operation& op) const, if it has one: no order that leads through this state can
// have `op` after it. The search then turns back at once, not only when the return of `op` is due. Only speed depends
// on it, as long as it is true where it says so.
template <class S>
concept Foreseeing = requires(const S& spec, const typename S::State& state, const typename S::Operation& op) {
  { spec.rules_out(state, op) } -> std::same_as<bool>;
};

// std::size_t bytes(const State&) const, if it has one: what a state keeps elsewhere, for the budget of memory.
template <class S>
concept Measured = requires(const S& spec, const typename S::State& state) {
  { spec.bytes(state) } -> std::same_as<std::size_t>;
};

// A value that is told everything when it is made. All its functions are const, and give the same for the same.
template <class S>
concept Specification = std::copyable<typename S::State> && std::equality_comparable<typename S::State> &&
    (Deterministic<S> || Nondeterministic<S>)&&(Hashed<S> ||
                                                std::totally_ordered<typename S::State>)&&requires(const S& spec) {
  { spec.initial() } -> std::same_as<typename S::State>;
};

// For hashes: begin with any number, and mix in one value after the other.
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  std::uint64_t z = (hash ^ value) + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// The calls on one of several independent objects, and which of the whole log they are.
template <class Operation>
struct Part {
  std::vector<Call<Operation>> calls;
  std::vector<std::uint32_t> indices;
};

// The calls by their key, key(operation). Objects that do not know of each other are linearizable together exactly if
// each is by itself, and many small searches cost less than a large one. Source: Herlihy and Wing 1990 (locality); Horn
// and Kroening 2015.
template <class Operation, class Key>
auto partition(std::span<const Call<Operation>> calls, const Key& key) {
  std::map<std::decay_t<std::invoke_result_t<const Key&, const Operation&>>, Part<Operation>> parts;
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    Part<Operation>& part = parts[key(calls[i].operation)];
    part.calls.push_back(calls[i]);
    part.indices.push_back(i);
  }
  return parts;
}

template <class Operation, class Key>
auto partition(const std::vector<Call<Operation>>& calls, const Key& key) {
  return partition(std::span<const Call<Operation>>(calls), key);
}

}  // namespace lockstep::general
