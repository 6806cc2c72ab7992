// The sweep over a lock's events. Changes of the lock are placed as late as can be: only when an answer returns that no
// earlier change explains, and then those alone that it needs.
#include "models/linear/sweep.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "models/linear/sorted.h"

namespace lockstep::linear {

Sweep::Sweep(const Log& log, const std::vector<Hold>& holds, std::uint32_t lock, LockShape shape, SweepBudget budget)
    : log_(log),
      holds_(holds),
      capacity_(capacity_of(log, lock)),
      weights_(std::move(shape.refused_weights)),
      ghost_weights_(std::move(shape.ghost_weights)),
      breaks_asked_(std::move(shape.breaks_asked)),
      leases_(shape.leases),
      budget_(budget) {
  lean_ = leases_ && !shape.all_exclusive;
  State start;
  start.full.assign(weights_.size(), std::numeric_limits<Instant>::min());
  ends_otherwise_ = leases_ || !breaks_asked_.empty();
  if (lean_) start.owed = start.full;
  start.room.assign(ghost_weights_.size(), std::numeric_limits<Instant>::min());
  start.free = std::numeric_limits<Instant>::min();
  states_.push_back(std::move(start));
}

bool Sweep::take(std::uint32_t event) {
  const Operation& op = log_.operations[event / 2];
  now_ = event % 2 == 0 ? op.invoked : op.returned;
  if (event % 2 != 0) return returned(event / 2);
  invoked(event / 2);
  return true;
}

void Sweep::invoked(std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  const auto watch = [&](bool explained, State& s) {
    if (explained) insert(s.seen, operation);
  };
  switch (op.action) {
    case Action::acquire:
      if (op.answer == Answer::yes) {
        const auto until = [this](std::uint32_t h) { return granted_until(h); };
        waiting_.insert(std::ranges::upper_bound(waiting_, until(op.hold), {}, until), op.hold);
        early_ += may_end_early(op.hold);
      } else if (op.answer == Answer::unknown) {
        appear(op.hold, holds_[op.hold].watched_until >= now_);
      } else if (op.answer == Answer::no) {
        refusals_.push_back(operation);
      }
      break;
    case Action::renew:
      if (op.answer == Answer::yes) renewals_.push_back(operation);
      [[fallthrough]];
    case Action::release:
      if (op.answer != Answer::no) break;
      watching_.push_back(operation);
      for (State& s : states_) watch(!holds(s, op.hold), s);
      break;
    case Action::break_all:
      if (op.answer == Answer::yes || op.answer == Answer::unknown) breaks_.push_back(operation);
      break;
    case Action::inspect:
      if (op.answer != Answer::yes) break;
      if (op.hold == kNone) {
        ++frees_;
      } else {
        watching_.push_back(operation);
        for (State& s : states_) watch(holds(s, op.hold), s);
      }
      break;
  }
}

bool Sweep::returned(std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  if (op.answer != Answer::yes && op.answer != Answer::no) return true;
  const bool yes = op.answer == Answer::yes;
  Goal goal{.hold = op.hold, .operation = operation, .since = op.invoked};
  using enum Goal::Kind;
  switch (op.action) {
    case Action::acquire: return yes ? grant_returned(goal) : refusal_returned(goal);
    case Action::release:
      if (yes) return release_returned(goal);
      goal.kind = not_held;
      break;
    case Action::renew: goal.kind = yes ? done : not_held; break;
    case Action::break_all: goal.kind = done; break;
    case Action::inspect:
      if (op.hold != kNone && holds_[op.hold].kind == Hold::Kind::never) return false;
      goal.kind = op.hold == kNone ? free : held;
      break;
  }
  if (!reach(goal)) return false;
  if (goal.kind == free) --frees_;
  if (goal.kind == not_held) learn_not_before(op);
  for (auto* open : {&watching_, &renewals_, &breaks_}) std::erase(*open, operation);
  for (State& s : states_) erase(s.seen, operation);
  if (std::erase(ghosts_, op.hold) > 0) {
    const auto asks = [&](std::uint32_t o) { return log_.operations[o].hold == op.hold; };
    const bool watched = std::ranges::any_of(watching_, asks) || std::ranges::any_of(renewals_, asks);
    appear(op.hold, watched || holds_[op.hold].watched_until > now_);
  }
  return true;
}

bool Sweep::grant_returned(Goal goal) {
  goal.kind = Goal::Kind::held;
  if (!reach(goal)) return false;
  std::erase(waiting_, goal.hold);
  early_ -= may_end_early(goal.hold);
  if (holds_[goal.hold].rank != kNone) ++ranked_;
  for (State& s : states_) erase(s.over, goal.hold);
  return true;
}

bool Sweep::refusal_returned(Goal goal) {
  const auto known = std::ranges::find(weights_, weight_of(log_, log_.operations[goal.operation]));
  goal.kind = Goal::Kind::full;
  goal.weight = static_cast<std::size_t>(known - weights_.begin());
  if (!reach(goal)) return false;
  std::erase(refusals_, goal.operation);
  return true;
}

bool Sweep::release_returned(Goal goal) {
  const Hold& hold = holds_[goal.hold];
  const bool ghost = hold.kind == Hold::Kind::ghost;
  if (hold.kind == Hold::Kind::never) return false;
  if (now_ != hold.released_by) return true;  // a later one, which finds it over
  if (hold.from > now_) return false;
  if (ghost && std::ranges::find(ghosts_, goal.hold) == ghosts_.end()) return true;
  goal.kind = Goal::Kind::over;
  if (!reach(goal)) return false;
  if (!ghost) return true;
  std::erase(ghosts_, goal.hold);
  for (State& s : states_) erase(s.over, goal.hold);
  return true;
}

// Where it has not been granted yet, it will not have been before this was asked.
void Sweep::learn_not_before(const Operation& op) {
  if (!leases_) return;
  Instant& from = not_before_.try_emplace(op.hold, op.invoked).first->second;
  from = std::max(from, op.invoked);
}

void Sweep::appear(std::uint32_t ghost, bool watched) {
  const Hold& hold = holds_[ghost];
  if (hold.releasable != kNever || hold.ttl != 0 || watched) return ghosts_.push_back(ghost);
  lasting_.insert(
      std::ranges::upper_bound(lasting_, hold.weight, {}, [&](std::uint32_t g) { return holds_[g].weight; }), ghost);
}

bool Sweep::reach(const Goal& goal) {
  bool all = true;
  for (State& s : states_) all = is_reached(s, goal) && all;
  const bool otherwise = has_other_reasons(goal);
  if (all && !otherwise) return true;
  next_.clear();
  if (otherwise) search_other_reasons(goal);
  std::vector<State> others;
  std::swap(next_, others);
  for (const State& s : states_) {
    visited_.clear();
    if (!is_reached(s, goal)) {
      search(s, goal);
      continue;
    }
    next_.push_back(s);
    lean(next_.back(), goal);
  }
  next_.insert(next_.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
  if (next_.empty()) return false;
  if (next_.size() > 1) prune();
  most_states_ = std::max(most_states_, next_.size());
  std::swap(states_, next_);
  return true;
}

// Whether the reason that a state has for an answer may cost it something later, where another one would not.
bool Sweep::has_other_reasons(const Goal& goal) const {
  if (goal.kind == Goal::Kind::not_held) return leases_ && is_tracked(goal.hold);
  if (goal.kind == Goal::Kind::over) return !ends_otherwise_ && !refusals_.empty() && is_tracked(goal.hold);
  return lean_ && goal.kind == Goal::Kind::full;
}

// An attempt that was told that it does not hold may be over, not only not granted yet. A refusal need not lean on
// those who hold now. And who need not have held may have, and been in somebody's way.
void Sweep::search_other_reasons(const Goal& goal) {
  for (const State& s : states_) {
    if (!is_reached(s, goal)) continue;
    visited_.clear();
    if (goal.kind == Goal::Kind::full) {
      if (s.full[goal.weight] < goal.since) search(s, goal);
    } else if (goal.kind == Goal::Kind::over) {
      if (need_not_have_held(s, goal)) search(s, goal);
    } else if (!holds(s, goal.hold) && !is_over(s, goal.hold)) {
      search(s, {.kind = Goal::Kind::over, .hold = goal.hold, .operation = goal.operation});
    }
  }
}

// What a refusal leans on, now that it has returned: that the lock has not ceased to be full before it was asked.
void Sweep::lean(State& s, const Goal& goal) const {
  if (!lean_ || goal.kind != Goal::Kind::full || s.full[goal.weight] >= goal.since) return;
  s.owed[goal.weight] = std::max(s.owed[goal.weight], goal.since);
}

bool Sweep::is_reached(const State& s, const Goal& goal) const {
  switch (goal.kind) {
    case Goal::Kind::held:
      return log_.operations[goal.operation].action == Action::acquire
                 ? holds(s, goal.hold) || is_over(s, goal.hold)
                 : std::ranges::binary_search(s.seen, goal.operation);
    case Goal::Kind::over:
      if (!is_tracked(goal.hold)) return !holds(s, goal.hold);
      return is_over(s, goal.hold) || passes(s, goal.hold);
    case Goal::Kind::not_held:
    case Goal::Kind::done: return std::ranges::binary_search(s.seen, goal.operation);
    case Goal::Kind::full: return refuses(s.held, weights_[goal.weight]) || s.full[goal.weight] >= goal.since;
    case Goal::Kind::free: return s.held == 0 || s.free >= goal.since;
  }
  return false;
}

// Whether nothing can come of doing more than the goal needs, or doing it in another order.
bool Sweep::is_plain(const State& s, const Goal& goal) const {
  if (ends_otherwise_ || early_ > 0 || frees_ > 0 || !watching_.empty() || !all_pass(s)) return false;
  if (goal.kind == Goal::Kind::over) return holds(s, goal.hold) && !filling_helps(s, goal);
  return goal.kind == Goal::Kind::held && has_its_turn(s, goal.hold) && !filling_helps(s, goal);
}

void Sweep::go_straight(const State& s, const Goal& goal) {
  if (goal.kind == Goal::Kind::over) return visit(released(s, goal.hold, holds_[goal.hold].releasable), goal);
  if (s.held + holds_[goal.hold].weight <= capacity_) return visit(granted(s, goal.hold), goal);
  releases(s, goal);
}

// Everything that may be done at this instant, until the goal is reached.
void Sweep::search(const State& s, const Goal& goal) {
  if (is_plain(s, goal)) return go_straight(s, goal);
  for (const std::uint32_t o : renewals_)
    if (!std::ranges::binary_search(s.seen, o) && holds(s, log_.operations[o].hold)) visit(renewed(s, o), goal);
  releases(s, goal);
  grants(s, goal);
  for (const std::uint32_t o : breaks_)
    if (!std::ranges::binary_search(s.seen, o)) ends_full(s, broken(s, o), goal);
}

// Whether the ghost that has to be over now was in nobody's way, but may have been in that of those still open.
bool Sweep::need_not_have_held(const State& s, const Goal& goal) const {
  return !ends_otherwise_ && is_tracked(goal.hold) && !is_over(s, goal.hold) && filling_helps(s, goal);
}

void Sweep::visit(State&& s, const Goal& goal) {
  if (budget_.steps == 0) {
    gave_up_ = true;
    return;
  }
  --budget_.steps;
  // What is over once the goal is reached cannot be begun from there.
  const bool begins = goal.kind == Goal::Kind::over && holds(s, goal.hold);
  const auto is_known = [&](const State& state) {
    return !begins && std::ranges::any_of(next_, [&](const State& found) { return can_become(found, state); });
  };
  if (is_reached(s, goal)) {
    State found = s;
    lean(found, goal);
    if (!is_known(found)) {
      std::erase_if(next_, [&](const State& other) { return can_become(found, other); });
      next_.push_back(std::move(found));
    }
    // What it leans on may cost it something later, where going on from here would not.
    const bool leans = lean_ && goal.kind == Goal::Kind::full && s.full[goal.weight] < goal.since;
    if (!leans && (goal.kind != Goal::Kind::over || !need_not_have_held(s, goal))) return;
  } else if (is_known(s)) {
    return;
  }
  for (const State& v : visited_)
    if (v.holders == s.holders && v.over == s.over && can_become(v, s)) return;
  visited_.push_back(s);
  search(s, goal);
}

void Sweep::releases(const State& s, const Goal& goal) {
  // Of those that are known to be released, of one weight, by nobody watched: the one whose answer comes first.
  std::vector<std::uint32_t> first;
  for (std::size_t i = 0; i < s.holders.size(); ++i) {
    const std::uint32_t h = s.holders[i];
    const Hold& hold = holds_[h];
    const Instant from = std::min(hold.releasable, s.ends[i]);
    if (from > now_) continue;
    if (h == goal.hold || is_watched(h) || hold.released_by == kNever || s.ends[i] != kNever) {
      ends_full(s, released(s, h, from), goal);
      continue;
    }
    if (lean_) {  // where it matters when, one is not as good as another
      ends_full(s, released(s, h, from), goal);
      continue;
    }
    const auto same = std::ranges::find(first, hold.weight, [&](std::uint32_t f) { return holds_[f].weight; });
    if (same == first.end())
      first.push_back(h);
    else if (hold.released_by < holds_[*same].released_by)
      *same = h;
  }
  for (const std::uint32_t h : first) ends_full(s, released(s, h, holds_[h].releasable), goal);
}

// Who was told that the attempt does not hold may have been told so because it had not been granted yet. With leases it
// matters when that was: either it is granted no earlier, or the answer has another reason.
void Sweep::grant(const State& s, std::uint32_t hold, const Goal& goal) {
  State later = s, other = s;
  if (leases_)
    for (const std::uint32_t o : watching_) {
      const Operation& op = log_.operations[o];
      if (op.hold != hold || op.action == Action::inspect || op.invoked <= s.since) continue;
      if (!std::ranges::binary_search(s.seen, o)) continue;
      later.since = std::max(later.since, op.invoked);
      erase(other.seen, o);
    }
  if (later.since != s.since) visit(granted(std::move(other), hold), goal);
  visit(granted(std::move(later), hold), goal);
}

// After a change that lets in whom the lock refused before. Refusals that are explained by its having been full so long
// hold that change back; those still open may have other reasons.
void Sweep::ends_full(const State& before, State&& after, const Goal& goal) {
  if (!lean_) return visit(std::move(after), goal);
  std::vector<std::size_t> ended;
  for (std::size_t i = 0; i < weights_.size(); ++i)
    if (refuses(before.held, weights_[i]) && !refuses(after.held, weights_[i])) {
      ended.push_back(i);
      after.since = std::max(after.since, after.owed[i]);
      after.owed[i] = std::numeric_limits<Instant>::min();
    }
  std::vector<Instant> instants{after.since};
  for (const std::uint32_t o : refusals_) {
    const Operation& op = log_.operations[o];
    for (const std::size_t i : ended)
      if (weight_of(log_, op) == weights_[i] && op.invoked > after.since && op.invoked > before.full[i])
        instants.push_back(op.invoked);
  }
  std::ranges::sort(instants);
  const auto repeated = std::ranges::unique(instants);
  instants.erase(repeated.begin(), repeated.end());
  for (const Instant at : instants) {
    State s = after;
    s.since = at;
    for (const std::size_t i : ended) s.full[i] = std::max(s.full[i], at);
    visit(std::move(s), goal);
  }
}

void Sweep::grants(const State& s, const Goal& goal) {
  const std::uint64_t room = capacity_ - s.held;
  // Of those that are known to be granted, of one weight, by nobody watched: the one whose answer comes first. All
  // others hold until then, unless they may be released before.
  const bool fills = filling_helps(s, goal);
  std::vector<std::uint32_t> first;
  for (const std::uint32_t h : waiting_) {
    const Hold& hold = holds_[h];
    if (hold.weight > room || holds(s, h) || is_over(s, h) || !has_its_turn(s, h)) continue;
    // As with ghosts: put off until it is needed.
    const bool needed = h == goal.hold || hold.rank != kNone || may_end_early(h) || hold.seen_until >= now_;
    if (!needed && !ends_otherwise_ && !(fills && helps_to_fill(s, h))) continue;
    if (!lean_ && h != goal.hold && hold.rank == kNone && !is_watched(h)) {
      const auto same = std::ranges::find(first, hold.weight, [&](std::uint32_t f) { return holds_[f].weight; });
      if (same == first.end())
        first.push_back(h);
      else if (hold.releasable > granted_until(*same) && hold.ttl == 0 && !may_break_by(granted_until(*same)))
        continue;
    }
    grant(s, h, goal);
  }
  // A ghost that need not be released is granted only to be in somebody's way, or because it was seen.
  std::vector<std::pair<std::uint64_t, Instant>> forgotten;
  for (const std::uint32_t g : ghosts_) {
    const Hold& hold = holds_[g];
    if (hold.weight > room || holds(s, g) || is_over(s, g)) continue;
    const bool must_hold = (lean_ && hold.ttl != 0) ||
        ((ends_otherwise_ || hold.seen_until >= now_) && hold.released_by != kNever);  // otherwise see passes()
    if (!must_hold && !is_watched(g) && !(fills && helps_to_fill(s, g))) continue;
    if (!lean_ && is_forgotten(g)) {
      const std::pair kind(hold.weight, hold.ttl);
      if (std::ranges::find(forgotten, kind) != forgotten.end()) continue;
      forgotten.push_back(kind);
    }
    grant(s, g, goal);
  }
  if (!fills) return;
  std::uint64_t weight = 0;
  for (const std::uint32_t g : lasting_) {
    if (holds_[g].weight == weight || holds_[g].weight > room || holds(s, g) || is_over(s, g)) continue;
    if (!helps_to_fill(s, g)) continue;
    weight = holds_[g].weight;
    grant(s, g, goal);
  }
}

bool Sweep::may_break_by(Instant until) const {
  if (!breaks_.empty()) return true;
  const auto next = std::ranges::upper_bound(breaks_asked_, now_);
  return next != breaks_asked_.end() && *next <= until;
}

// Whether more may have to hold than the goal needs: somebody was refused who is not explained yet, nor by the goal.
bool Sweep::filling_helps(const State& s, const Goal& goal) const {
  if (goal.kind == Goal::Kind::full) return true;
  const std::uint64_t held = goal.kind == Goal::Kind::held ? std::max(s.held, holds_[goal.hold].weight) : s.held;
  return std::ranges::any_of(refusals_, [&](std::uint32_t o) {
    const Operation& op = log_.operations[o];
    const auto i = static_cast<std::size_t>(std::ranges::find(weights_, weight_of(log_, op)) - weights_.begin());
    return !refuses(held, weights_[i]) && s.full[i] < op.invoked;
  });
}

// Tokens are given out in rising order.
bool Sweep::has_its_turn(const State& s, std::uint32_t hold) const {
  if (holds_[hold].rank == kNone) return true;
  const auto granted = std::ranges::count_if(
      waiting_, [&](std::uint32_t h) { return holds_[h].rank != kNone && (holds(s, h) || is_over(s, h)); });
  return holds_[hold].rank == ranked_ + static_cast<std::uint32_t>(granted);
}

}  // namespace lockstep::linear
