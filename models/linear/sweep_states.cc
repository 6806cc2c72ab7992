// How a state of the lock changes, and when one makes another superfluous.
#include <algorithm>
#include <utility>

#include "models/linear/sorted.h"
#include "models/linear/sweep.h"

namespace lockstep::linear {

void Sweep::mark(State& s) const {
  for (std::size_t i = 0; i < weights_.size(); ++i)
    if (refuses(s.held, weights_[i]) && !lean_) s.full[i] = now_;
  for (std::size_t i = 0; i < ghost_weights_.size(); ++i)
    if (!refuses(s.held, ghost_weights_[i])) s.room[i] = now_;
  if (s.held == 0) s.free = now_;
}

// Without leases it does not matter when.
void Sweep::advance(State& s, Instant from) const {
  mark(s);
  if (leases_) s.since = std::max(s.since, from);
}

State Sweep::granted(State s, std::uint32_t hold) const {
  Instant from = holds_[hold].from;
  if (const auto known = not_before_.find(hold); known != not_before_.end()) from = std::max(from, known->second);
  advance(s, from);
  const auto at = std::ranges::lower_bound(s.holders, hold);
  s.ends.insert(s.ends.begin() + (at - s.holders.begin()), holds_[hold].ttl == 0 ? kNever : s.since + holds_[hold].ttl);
  s.holders.insert(at, hold);
  s.held += holds_[hold].weight;
  for (const std::uint32_t o : watching_) {
    const Operation& op = log_.operations[o];
    if (op.hold == hold && op.action == Action::inspect) insert(s.seen, o);
  }
  return s;
}

State Sweep::released(State s, std::uint32_t hold, Instant from) const {
  advance(s, from);
  end(s, hold);
  return s;
}

void Sweep::end(State& s, std::uint32_t hold) const {
  const auto at = std::ranges::lower_bound(s.holders, hold);
  s.ends.erase(s.ends.begin() + (at - s.holders.begin()));
  s.holders.erase(at);
  if (is_tracked(hold)) insert(s.over, hold);
  s.held -= holds_[hold].weight;
  for (const std::uint32_t o : watching_) {
    const Operation& op = log_.operations[o];
    if (op.hold == hold && op.action != Action::inspect) insert(s.seen, o);
  }
}

State Sweep::renewed(State s, std::uint32_t operation) const {
  const Operation& op = log_.operations[operation];
  if (leases_) s.since = std::max(s.since, op.invoked);
  Instant& ends = s.ends[static_cast<std::size_t>(std::ranges::lower_bound(s.holders, op.hold) - s.holders.begin())];
  if (ends != kNever) ends = std::max(ends, s.since + op.ttl);
  insert(s.seen, operation);
  return s;
}

State Sweep::broken(State s, std::uint32_t operation) const {
  advance(s, log_.operations[operation].invoked);
  while (!s.holders.empty()) end(s, s.holders.back());
  insert(s.seen, operation);
  return s;
}

// Keeps of all states those that no other one can become.
void Sweep::prune() {
  std::vector<State> best;
  for (State& s : next_) {
    if (std::ranges::any_of(best, [&](const State& b) { return can_become(b, s); })) continue;
    std::erase_if(best, [&](const State& b) { return can_become(s, b); });
    best.push_back(std::move(s));
  }
  if (best.size() > budget_.states) {
    gave_up_ = true;
    best.resize(budget_.states);
  }
  next_ = std::move(best);
}

// Whether `a` explains every open answer that `b` explains by what is past.
bool Sweep::explains_as_much(const State& a, const State& b) const {
  if (frees_ > 0 && a.held != 0 && a.free < b.free) return false;
  if (!refusals_.empty())
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if ((!lean_ && refuses(a.held, weights_[i])) || a.full[i] >= b.full[i]) continue;
      for (const std::uint32_t o : refusals_) {
        const Operation& op = log_.operations[o];
        if (weight_of(log_, op) == weights_[i] && op.invoked > a.full[i] && op.invoked <= b.full[i]) return false;
      }
    }
  for (const std::uint32_t o : b.seen) {
    if (std::ranges::binary_search(a.seen, o)) continue;
    const Operation& op = log_.operations[o];
    // By becoming `b` it would see this too.
    const bool tells = op.action == Action::inspect || op.answer == Answer::no;
    if (!tells || holds(a, op.hold) == holds(b, op.hold)) return false;
  }
  return true;
}

// Whether a ghost that has to be released need not have held for longer than an instant, for which there was room after
// both had been asked for. With leases it matters when it held.
bool Sweep::passes(const State& s, std::uint32_t ghost) const {
  const Hold& hold = holds_[ghost];
  if (ends_otherwise_ || hold.kind != Hold::Kind::ghost || !may_release(ghost) || hold.from > now_) return false;
  if (holds(s, ghost) || hold.seen_until >= now_) return false;
  if (!refuses(s.held, hold.weight)) return true;
  const auto i = static_cast<std::size_t>(std::ranges::find(ghost_weights_, hold.weight) - ghost_weights_.begin());
  return s.room[i] >= std::max(hold.from, hold.releasable);
}

// Whether no ghost waits for room that there has not been yet.
bool Sweep::all_pass(const State& s) const {
  return std::ranges::all_of(ghosts_, [&](std::uint32_t g) {
    if (holds_[g].seen_until >= now_) return false;
    return holds_[g].released_by == kNever || !may_release(g) || is_over(s, g) || holds(s, g) || passes(s, g);
  });
}

bool Sweep::passes_as_many(const State& a, const State& b) const {
  return ends_otherwise_ || std::ranges::none_of(ghosts_, [&](std::uint32_t g) {
           return holds_[g].released_by != kNever && !is_over(a, g) && passes(b, g) && !holds(a, g) && !passes(a, g);
         });
}

// Readers are in nobody's way but writers', and there one is enough.
bool Sweep::helps_to_fill(const State& s, std::uint32_t hold) const {
  if (capacity_ != kWhole || lean_) return true;
  if (s.held > 0) return false;
  if (holds_[hold].weight == kWhole) return true;
  return std::ranges::find(weights_, kWhole) != weights_.end();
}

// Whether `a` could turn into `b` at this instant, or has all that `b` has: then `b` may be forgotten.
bool Sweep::can_become(const State& a, const State& b) const {
  if (a.since > b.since) return false;
  std::uint64_t common = a.held;
  for (std::size_t i = 0; i < a.holders.size(); ++i) {
    const std::uint32_t h = a.holders[i];
    if (const auto at = std::ranges::lower_bound(b.holders, h); at != b.holders.end() && *at == h) {
      if (a.ends[i] > b.ends[static_cast<std::size_t>(at - b.holders.begin())]) return false;
      continue;
    }
    if (std::min(holds_[h].releasable, a.ends[i]) > now_ || (is_tracked(h) && !is_over(b, h))) return false;
    if (leases_ && std::max(a.since, std::min(holds_[h].releasable, a.ends[i])) > b.since) return false;
    common -= holds_[h].weight;
  }
  for (std::size_t i = 0; i < b.holders.size(); ++i) {
    const std::uint32_t h = b.holders[i];
    if (holds(a, h)) continue;
    if (is_over(a, h) || !is_tracked(h)) return false;
    if (holds_[h].ttl != 0 && b.since + holds_[h].ttl > b.ends[i]) return false;
  }
  for (const std::uint32_t g : a.over)
    if (!is_over(b, g)) return false;
  for (const std::uint32_t g : b.over) {
    if (is_over(a, g) || holds(a, g)) continue;
    if (holds_[g].kind == Hold::Kind::ghost && holds_[g].released_by == kNever) continue;  // it may be left out
    if (passes(a, g)) continue;
    if (!may_release(g) || common + holds_[g].weight > capacity_) return false;
    if (leases_ && holds_[g].releasable > b.since) return false;
  }
  // What ends a time in which the lock was full cannot have been before what leans on it.
  for (std::size_t i = 0; i < a.owed.size(); ++i)
    if (a.owed[i] > b.since && (common != a.held || a.owed[i] > b.owed[i])) return false;
  for (const std::uint32_t o : breaks_)
    if (std::ranges::binary_search(a.seen, o) && !std::ranges::binary_search(b.seen, o)) return false;
  return explains_as_much(a, b) && passes_as_many(a, b);
}

bool Sweep::is_tracked(std::uint32_t hold) const {
  return holds_[hold].kind == Hold::Kind::ghost || std::ranges::find(waiting_, hold) != waiting_.end();
}

bool Sweep::holds(const State& s, std::uint32_t hold) const { return std::ranges::binary_search(s.holders, hold); }
bool Sweep::is_over(const State& s, std::uint32_t hold) const { return std::ranges::binary_search(s.over, hold); }

}  // namespace lockstep::linear
