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
  if (timed_) s.since = std::max(s.since, from);
}

// What is open and meets its need in this state needs nothing more.
void Sweep::see(State& s) const {
  for (const std::uint32_t o : watching_)
    if (agrees(s, log_.operations[o])) insert(s.seen, o);
}

// Whether an operation that tells of single holds could be told so in this state.
bool Sweep::agrees(const State& s, const Operation& op) const {
  const bool held = holds(s, op.hold);
  if (op.action == Action::inspect) return held;
  if (op.action != Action::acquire) return !held;
  // Somebody who was granted it may be told so when he is over, and until then only if he is not.
  if (held) return false;
  if (is_over(s, op.hold) || (has_held(op.hold) && !is_awaited(op.hold))) return true;
  return refuses(s.held, refused_weight_of(log_, op)) && (op.named == kNone || holds(s, op.named));
}

void Sweep::step(State& s, Step::Kind kind, std::uint32_t what) {
  if (!keeps_steps_) return;
  steps_.push_back({.kind = kind, .what = what, .before = s.path, .latest = now_});
  s.path = static_cast<std::uint32_t>(steps_.size() - 1);
}

// From when on a hold that is granted at `since` may end by itself. kNever also where it may be released by then.
Instant Sweep::ends_of(const Hold& hold, Instant since) const {
  const Instant at = (log_.leases_from_asking ? hold.from : since) + hold.ttl;
  const bool is_released_by_then = at >= hold.releasable && hold.open_questions == 0;
  return hold.ttl == 0 || is_released_by_then ? kNever : at;
}

void Sweep::hand_over(State& s, std::uint32_t hold) {
  const Hold& h = holds_[hold];
  Instant from = h.from;
  if (const auto known = not_before_.find(hold); known != not_before_.end()) from = std::max(from, known->second);
  advance(s, from);
  const auto at = std::ranges::lower_bound(s.holders, hold);
  s.ends.insert(s.ends.begin() + (at - s.holders.begin()), ends_of(h, s.since));
  s.holders.insert(at, hold);
  s.held += h.weight;
  see(s);
  step(s, Step::Kind::granted, hold);
}

void Sweep::take_back(State& s, std::uint32_t hold, Instant from) {
  advance(s, from);
  end(s, hold);
  see(s);
  step(s, Step::Kind::ended, hold);
}

State Sweep::granted(State s, std::uint32_t hold) {
  hand_over(s, hold);
  return s;
}

State Sweep::released(State s, std::uint32_t hold, Instant from) {
  take_back(s, hold, from);
  return s;
}

void Sweep::end(State& s, std::uint32_t hold) const {
  s.held -= weight(s, hold);
  erase(s.lowered, hold);
  const auto at = std::ranges::lower_bound(s.holders, hold);
  s.ends.erase(s.ends.begin() + (at - s.holders.begin()));
  s.holders.erase(at);
  if (is_tracked(hold)) insert(s.over, hold);
}

// The lease of whoever renews, at the last change.
void Sweep::prolong(State& s, const Operation& renewal) const {
  const auto at = std::ranges::lower_bound(s.holders, renewal.hold) - s.holders.begin();
  Instant& ends = s.ends[static_cast<std::size_t>(at)];
  const Instant from = log_.leases_from_asking ? renewal.invoked : s.since;
  if (ends != kNever) ends = std::max(ends, from + renewal.ttl);
}

State Sweep::renewed(State s, std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  if (timed_) s.since = std::max(s.since, op.invoked);
  prolong(s, op);
  insert(s.seen, operation);
  step(s, Step::Kind::renewed, operation);
  return s;
}

// A writer becomes a reader.
State Sweep::lowered(State s, std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  advance(s, op.invoked);
  s.held -= weight(s, op.hold) - 1;
  insert(s.lowered, op.hold);
  see(s);
  return renewed(std::move(s), operation);
}

State Sweep::broken(State s, std::uint32_t operation) {
  advance(s, log_.operations[operation].invoked);
  while (!s.holders.empty()) end(s, s.holders.back());
  insert(s.seen, operation);
  see(s);
  step(s, Step::Kind::broken, operation);
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

// Renames what the state has of the group, so that the first of them are over and the next ones hold.
void Sweep::make_alike(State& s, std::uint32_t group) const {
  std::size_t over = 0, held = 0;
  const auto is_in = [&](std::uint32_t h) {
    const auto at = group_of_.find(h);
    return at != group_of_.end() && at->second == group;
  };
  over = std::erase_if(s.over, is_in);
  for (std::size_t i = s.holders.size(); i-- > 0;) {
    if (!is_in(s.holders[i])) continue;
    ++held;
    s.holders.erase(s.holders.begin() + static_cast<std::ptrdiff_t>(i));
    s.ends.erase(s.ends.begin() + static_cast<std::ptrdiff_t>(i));
  }
  const Group& all = groups_[group];
  for (std::size_t i = 0; i < over + held; ++i) {
    const std::uint32_t ghost = all.ghosts[all.used_up + i];
    if (i < over) {
      insert(s.over, ghost);
      continue;
    }
    const auto at = std::ranges::lower_bound(s.holders, ghost);
    s.ends.insert(s.ends.begin() + (at - s.holders.begin()), kNever);
    s.holders.insert(at, ghost);
  }
}

// What no state has left needs no name.
void Sweep::use_up() {
  for (Group& group : groups_) {
    while (group.used_up < group.ghosts.size()) {
      const std::uint32_t first = group.ghosts[group.used_up];
      if (!std::ranges::all_of(states_, [&](const State& s) { return is_over(s, first); })) break;
      for (State& s : states_) erase(s.over, first);
      ++group.used_up;
    }
  }
}

// Renewals without an answer, of those who certainly held, that can have no effect any more in any state.
void Sweep::forget_renewals() {
  std::erase_if(renewals_, [this](std::uint32_t o) {
    const Operation& op = log_.operations[o];
    if (op.answer != Answer::unknown || !has_held(op.hold) || is_tracked(op.hold)) return false;
    const auto may_be = [&](const State& s) { return holds(s, op.hold) && !std::ranges::binary_search(s.seen, o); };
    if (std::ranges::any_of(states_, may_be)) return false;
    for (State& s : states_) erase(s.seen, o);
    return true;
  });
}

// Whether `a` explains every open answer that `b` explains by what is past.
bool Sweep::explains_as_much(const State& a, const State& b) const {
  if (frees_ > 0 && a.held != 0 && a.free < b.free) return false;
  if (!refusals_.empty())
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if ((!lean_ && refuses(a.held, weights_[i])) || a.full[i] >= b.full[i]) continue;
      for (const std::uint32_t o : refusals_) {
        const Operation& op = log_.operations[o];
        if (refused_weight_of(log_, op) == weights_[i] && op.invoked > a.full[i] && op.invoked <= b.full[i])
          return false;
      }
    }
  for (const std::uint32_t o : b.seen) {
    if (std::ranges::binary_search(a.seen, o)) continue;
    // By becoming `b` it would see this too.
    if (std::ranges::find(watching_, o) == watching_.end() || !agrees(b, log_.operations[o])) return false;
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
    return holds_[g].released_by == kNever || may_end_from(g) > now_ || is_over(s, g) || holds(s, g) || passes(s, g);
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

// What those weigh that hold in `b` and not in `a`, and that were granted before `hold`, since their tokens are lower.
std::uint64_t Sweep::granted_first(const State& a, const State& b, std::uint32_t hold) const {
  if (holds_[hold].token == 0) return 0;
  std::uint64_t weight = 0;
  for (const std::uint32_t h : b.holders)
    if (holds_[h].token != 0 && holds_[h].token < holds_[hold].token && !holds(a, h)) weight += holds_[h].weight;
  return weight;
}

// Whether `a` could turn into `b` at this instant, or has all that `b` has: then `b` may be forgotten.
bool Sweep::can_become(const State& a, const State& b) {
  if (budget_.steps > 0) --budget_.steps;
  if (a.since > b.since) return false;
  std::uint64_t common = a.held;
  for (std::size_t i = 0; i < a.holders.size(); ++i) {
    const std::uint32_t h = a.holders[i];
    if (const auto at = std::ranges::lower_bound(b.holders, h); at != b.holders.end() && *at == h) {
      if (a.ends[i] > b.ends[static_cast<std::size_t>(at - b.holders.begin())]) return false;
      if (weight(a, h) != weight(b, h)) return false;
      continue;
    }
    if (std::min(holds_[h].releasable, a.ends[i]) > now_ || (is_tracked(h) && !is_over(b, h))) return false;
    if (timed_ && std::max(a.since, std::min(holds_[h].releasable, a.ends[i])) > b.since) return false;
    common -= weight(a, h);
  }
  for (std::size_t i = 0; i < b.holders.size(); ++i) {
    const std::uint32_t h = b.holders[i];
    if (holds(a, h)) continue;
    if (is_over(a, h) || !is_tracked(h) || missed_its_turn(a, h) || weight(b, h) != holds_[h].weight) return false;
    if (timed_ && ends_of(holds_[h], b.since) > b.ends[i]) return false;
  }
  for (const std::uint32_t g : a.over)
    if (!is_over(b, g)) return false;
  for (const std::uint32_t g : b.over) {
    if (is_over(a, g) || holds(a, g)) continue;
    const bool may_be_left_out = holds_[g].kind == Hold::Kind::ghost && holds_[g].released_by == kNever;
    if (may_be_left_out && holds_[g].closed && !is_watched(g)) continue;
    if (passes(a, g)) continue;
    if (missed_its_turn(a, g)) return false;
    if (!may_release(g) || common + holds_[g].weight + granted_first(a, b, g) > capacity_) return false;
    if (timed_ && holds_[g].releasable > b.since) return false;
  }
  // What ends a time in which the lock was full cannot have been before what leans on it.
  for (std::size_t i = 0; i < a.owed.size(); ++i)
    if (a.owed[i] > b.since && (common != a.held || a.owed[i] > b.owed[i])) return false;
  for (const std::uint32_t o : breaks_)
    if (std::ranges::binary_search(a.seen, o) && !std::ranges::binary_search(b.seen, o)) return false;
  return explains_as_much(a, b) && passes_as_many(a, b);
}

// Of one that holds there.
Instant Sweep::may_end_from(const State& s, std::uint32_t hold) const {
  const auto at = std::ranges::lower_bound(s.holders, hold) - s.holders.begin();
  return std::min(holds_[hold].releasable, s.ends[static_cast<std::size_t>(at)]);
}

bool Sweep::has_held(std::uint32_t hold) const {
  const Hold& h = holds_[hold];
  const Instant told = std::min(h.granted_by, h.released_by);
  return h.from <= now_ && (told < now_ || (told == now_ && answers_));
}

std::size_t Sweep::index_of(std::uint64_t refused_weight) const {
  return static_cast<std::size_t>(std::ranges::find(weights_, refused_weight) - weights_.begin());
}

}  // namespace lockstep::linear
