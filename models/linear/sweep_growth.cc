// What a sweep over a log that still grows has to learn on the way, and may forget.
#include <algorithm>

#include "models/linear/sweep.h"

namespace lockstep::linear {

// Its effect may be at once, and what is done before may depend on it.
void Sweep::foresee(const Operation& operation) {
  const bool breaks = operation.action == Action::break_all;
  if (breaks) breaks_asked_.push_back(operation.invoked);
  if (breaks || (operation.action == Action::renew && operation.mode == Mode::shared)) end_otherwise();
}

// Those who were said to pass may have to hold from now on.
void Sweep::end_otherwise() {
  if (ends_otherwise_) return;
  ends_otherwise_ = true;
  gave_up_ = gave_up_ || std::ranges::any_of(ghosts_, [this](std::uint32_t g) { return may_release(g); });
}

void Sweep::learn(const Operation& operation) {
  constexpr Instant kLongAgo = std::numeric_limits<Instant>::min();
  const bool effects = operation.answer == Answer::yes || operation.answer == Answer::unknown;
  if (operation.action == Action::acquire && effects) {
    if (operation.ttl != 0) end_otherwise();
    timed_ = timed_ || (operation.ttl != 0 && !log_.leases_from_asking);
    all_exclusive_ = all_exclusive_ && weight_of(log_, operation) == capacity_;
  }
  if (timed_ && !lean_ && !all_exclusive_) {
    lean_ = true;
    for (State& s : states_) s.owed.assign(weights_.size(), kLongAgo);
  }
  if (operation.action != Action::acquire) return;
  if (operation.answer == Answer::no && index_of(refused_weight_of(log_, operation)) == weights_.size()) {
    weights_.push_back(refused_weight_of(log_, operation));
    for (State& s : states_) {
      s.full.push_back(kLongAgo);
      if (lean_) s.owed.push_back(kLongAgo);
    }
  }
  const std::uint64_t weight = weight_of(log_, operation);
  if (operation.answer == Answer::unknown && std::ranges::find(ghost_weights_, weight) == ghost_weights_.end()) {
    ghost_weights_.push_back(weight);
    for (State& s : states_) s.room.push_back(kLongAgo);
  }
}

void Sweep::keep(Renumbering& kept) const {
  for (const auto* operations : {&refusals_, &watching_, &breaks_, &renewals_})
    for (const std::uint32_t o : *operations) {
      kept.keep_operation(o);
      kept.keep_hold(log_.operations[o].hold);
      kept.keep_hold(log_.operations[o].named);
    }
  for (const State& s : states_) {
    for (const auto* holds : {&s.holders, &s.over})
      for (const std::uint32_t h : *holds) kept.keep_hold(h);
    for (const std::uint32_t o : s.seen) kept.keep_operation(o);
  }
  for (const auto* holds : {&waiting_, &ghosts_})
    for (const std::uint32_t h : *holds) kept.keep_hold(h);
  for (const Group& group : groups_)
    for (std::size_t i = group.used_up; i < group.ghosts.size(); ++i) kept.keep_hold(group.ghosts[i]);
}

void Sweep::renumber(const Renumbering& to) {
  for (auto* operations : {&refusals_, &watching_, &breaks_, &renewals_})
    Renumbering::apply(to.operations, *operations);
  for (State& s : states_) {
    for (auto* holds : {&s.holders, &s.over, &s.lowered}) Renumbering::apply(to.holds, *holds);
    Renumbering::apply(to.operations, s.seen);
  }
  for (auto* holds : {&waiting_, &ghosts_}) Renumbering::apply(to.holds, *holds);
  group_of_.clear();
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    group.ghosts.erase(group.ghosts.begin(), group.ghosts.begin() + static_cast<std::ptrdiff_t>(group.used_up));
    group.used_up = 0;
    Renumbering::apply(to.holds, group.ghosts);
    for (const std::uint32_t ghost : group.ghosts) group_of_.emplace(ghost, i);
  }
  std::map<std::uint32_t, Instant> not_before;
  for (const auto& [hold, at] : not_before_)
    if (to.holds[hold] != kNone) not_before.emplace(to.holds[hold], at);
  not_before_ = std::move(not_before);
  std::erase_if(breaks_asked_, [this](Instant at) { return at < now_; });
}

}  // namespace lockstep::linear
