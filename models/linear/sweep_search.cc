// What may have happened by the time at which an answer returns. Changes of the lock are placed as late as can be: only
// when an answer returns that no earlier change explains, and then those alone that it needs.
#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "models/linear/sorted.h"
#include "models/linear/sweep.h"

namespace lockstep::linear {

bool Sweep::reach(const Goal& goal) {
  bool all = true;
  for (State& s : states_) all = is_reached(s, goal) && all;
  const bool otherwise = has_other_reasons(goal);
  if (all && !otherwise) return true;
  if (!otherwise && go_in_place(goal)) return true;
  next_.clear();
  visited_.clear();
  if (otherwise) search_other_reasons(goal);
  std::vector<State> others;
  std::swap(next_, others);
  visited_.clear();
  for (const State& s : states_) {
    if (!is_reached(s, goal)) {
      search(s, goal);
      continue;
    }
    next_.push_back(s);
    lean(next_.back(), goal);
  }
  next_.insert(next_.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
  if (next_.empty()) return false;
  for (std::uint32_t group = 0; group < groups_.size(); ++group)
    for (State& s : next_) make_alike(s, group);
  if (next_.size() > 1) prune();
  most_states_ = std::max(most_states_, next_.size());
  std::swap(states_, next_);
  use_up();
  forget_renewals();
  return true;
}

// The straight way of a single state, without a copy. False: there is none, or more than one.
bool Sweep::go_in_place(const Goal& goal) {
  if (states_.size() != 1 || !is_plain(states_[0], goal)) return false;
  State& s = states_[0];
  if (goal.kind != Goal::Kind::held) {
    take_back(s, goal.hold, may_end_from(s, goal.hold));
    return true;
  }
  while (s.held + holds_[goal.hold].weight > capacity_) {
    const auto ends = ends_to_try(s, goal);
    if (ends.size() != 1) return false;
    take_back(s, ends[0].hold, ends[0].from);
  }
  hand_over(s, goal.hold);
  return true;
}

// Whether the reason that a state has for an answer may cost it something later, where another one would not.
bool Sweep::has_other_reasons(const Goal& goal) const {
  if (goal.kind == Goal::Kind::not_held) return timed_ && is_tracked(goal.hold);
  if (goal.kind == Goal::Kind::over)
    return !(refusals_.empty() && watching_.empty()) && !ends_otherwise_ && is_tracked(goal.hold);
  return lean_ && goal.kind == Goal::Kind::full;
}

// An attempt that was told that it does not hold may be over, not only not granted yet. A refusal need not lean on
// those who hold now. And who need not have held may have, and been in somebody's way.
void Sweep::search_other_reasons(const Goal& goal) {
  for (const State& s : states_) {
    if (!is_reached(s, goal)) continue;
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
    case Goal::Kind::held: return holds(s, goal.hold) || is_over(s, goal.hold);
    case Goal::Kind::over:
      if (!is_tracked(goal.hold)) return !holds(s, goal.hold);
      return is_over(s, goal.hold) || passes(s, goal.hold);
    case Goal::Kind::not_held:
    case Goal::Kind::told: return std::ranges::binary_search(s.seen, goal.operation);
    case Goal::Kind::full: return refuses(s.held, weights_[goal.weight]) || s.full[goal.weight] >= goal.since;
    case Goal::Kind::free: return s.held == 0 || s.free >= goal.since;
  }
  return false;
}

// Whether nothing can come of doing more than the goal needs, or doing it in another order.
bool Sweep::is_plain(const State& s, const Goal& goal) const {
  if (lean_ || (timed_ && !watching_.empty())) return false;
  if (frees_ > 0 || !renewals_.empty() || !breaks_.empty() || !all_pass(s)) return false;
  // Who is told that somebody does not hold needs no more than that he ends, before or after.
  const auto needs_no_more = [&](std::uint32_t o) {
    const Action action = log_.operations[o].action;
    return action == Action::release || action == Action::renew || std::ranges::binary_search(s.seen, o);
  };
  if (!std::ranges::all_of(watching_, needs_no_more)) return false;
  if (std::ranges::any_of(waiting_, [this](std::uint32_t h) { return may_end_early(h); })) return false;
  if (filling_helps(s, goal)) return false;
  if (goal.kind == Goal::Kind::over) return holds(s, goal.hold);
  if (goal.kind == Goal::Kind::not_held) return holds(s, goal.hold) && may_release(goal.hold);
  return goal.kind == Goal::Kind::held && has_its_turn(s, goal.hold);
}

void Sweep::go_straight(const State& s, const Goal& goal) {
  if (goal.kind != Goal::Kind::held) return visit(released(s, goal.hold, may_end_from(s, goal.hold)), goal);
  if (s.held + holds_[goal.hold].weight <= capacity_) return visit(granted(s, goal.hold), goal);
  releases(s, goal);
}

// Everything that may be done at this instant, until the goal is reached.
void Sweep::search(const State& s, const Goal& goal) {
  if (is_plain(s, goal)) return go_straight(s, goal);
  renewals(s, goal);
  releases(s, goal);
  grants(s, goal);
  for (const std::uint32_t o : breaks_)
    if (!std::ranges::binary_search(s.seen, o)) ends_full(s, broken(s, o), goal);
}

void Sweep::renewals(const State& s, const Goal& goal) {
  for (const std::uint32_t o : renewals_) {
    const Operation& op = log_.operations[o];
    if (std::ranges::binary_search(s.seen, o) || !holds(s, op.hold)) continue;
    if (op.mode == Mode::shared && weight(s, op.hold) == kWhole)
      ends_full(s, lowered(s, o), goal, &op);
    else if (op.answer == Answer::yes)
      visit(renewed(s, o), goal);
  }
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
  auto& alike = visited_[{s.holders, s.over}];
  if (std::ranges::any_of(alike, [&](const State& v) { return can_become(v, s); })) return;
  alike.push_back(s);
  search(s, goal);
}

void Sweep::releases(const State& s, const Goal& goal) {
  for (const End& end : ends_to_try(s, goal)) ends_full(s, released(s, end.hold, end.from), goal);
}

// Of those of one weight, asked about by nobody: the one that has to be over first, unless another may be over before.
std::vector<Sweep::End> Sweep::ends_to_try(const State& s, const Goal& goal) const {
  std::vector<End> ends;
  const auto goes_before = [&](const End& x, const End& y) {
    const Hold &a = holds_[x.hold], &b = holds_[y.hold];
    if (!x.alike || !y.alike || a.weight != b.weight || x.from > y.from) return false;
    if (a.released_by != b.released_by) return a.released_by < b.released_by;
    return x.from < y.from || x.hold < y.hold;
  };
  for (std::size_t i = 0; i < s.holders.size(); ++i) {
    const std::uint32_t h = s.holders[i];
    const Instant from = std::min(holds_[h].releasable, s.ends[i]);
    if (from > now_) continue;
    const bool alike = h != goal.hold && !is_watched(h) && weight(s, h) == holds_[h].weight;
    const End end{.hold = h, .from = timed_ ? std::max(from, s.since) : now_, .alike = alike};
    if (std::ranges::any_of(ends, [&](const End& other) { return goes_before(other, end); })) continue;
    std::erase_if(ends, [&](const End& other) { return goes_before(end, other); });
    ends.push_back(end);
  }
  return ends;
}

// Who was told that the attempt does not hold may have been told so because it had not been granted yet. With leases it
// matters when that was: either it is granted no earlier, or the answer has another reason.
void Sweep::grant(const State& s, std::uint32_t hold, const Goal& goal) {
  if (!timed_) return visit(granted(s, hold), goal);
  State later = s, other = s;
  for (const std::uint32_t o : watching_) {
    const Operation& op = log_.operations[o];
    if (op.hold != hold || op.invoked <= s.since) continue;
    if (op.action != Action::release && op.action != Action::renew) continue;
    if (!std::ranges::binary_search(s.seen, o)) continue;
    later.since = std::max(later.since, op.invoked);
    erase(other.seen, o);
  }
  if (later.since != s.since) visit(granted(std::move(other), hold), goal);
  visit(granted(std::move(later), hold), goal);
}

// After a change that lets in whom the lock refused before. Refusals that are explained by its having been full so long
// hold that change back; those still open may have other reasons.
void Sweep::ends_full(const State& before, State&& after, const Goal& goal, const Operation* renewal) {
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
      if (refused_weight_of(log_, op) == weights_[i] && op.invoked > after.since && op.invoked > before.full[i])
        instants.push_back(op.invoked);
  }
  std::ranges::sort(instants);
  const auto repeated = std::ranges::unique(instants);
  instants.erase(repeated.begin(), repeated.end());
  for (const Instant at : instants) {
    State s = after;
    s.since = at;
    if (renewal != nullptr) prolong(s, *renewal);
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
    const bool needed = h == goal.hold || hold.token != 0 || may_end_early(h) || hold.seen_until >= now_;
    if (!needed && !ends_otherwise_ && !(fills && helps_to_fill(s, h))) continue;
    if (!lean_ && h != goal.hold && hold.token == 0 && !is_watched(h)) {
      const auto same = std::ranges::find(first, hold.weight, [&](std::uint32_t f) { return holds_[f].weight; });
      if (same == first.end())
        first.push_back(h);
      else if (hold.releasable > granted_until(*same) && hold.ttl == 0 && !may_break_by(granted_until(*same)))
        continue;
    }
    grant(s, h, goal);
  }
  ghosts(s, goal, fills);
}

// A ghost that need not be released is granted only to be in somebody's way, or because it was seen.
void Sweep::ghosts(const State& s, const Goal& goal, bool fills) {
  const std::uint64_t room = capacity_ - s.held;
  std::vector<std::tuple<std::uint64_t, Instant, bool>> forgotten;
  for (const std::uint32_t g : ghosts_) {
    const Hold& hold = holds_[g];
    if (hold.from > now_ || hold.weight > room || holds(s, g) || is_over(s, g)) continue;
    const bool may_matter = hold.released_by != kNever || !hold.closed;
    const bool must_hold = (lean_ && hold.ttl != 0) ||
                           (may_matter && (ends_otherwise_ || hold.seen_until >= now_));  // otherwise see passes()
    if (!must_hold && !is_watched(g) && !(fills && helps_to_fill(s, g))) continue;
    if (!lean_ && is_forgotten(g)) {
      const std::tuple kind(hold.weight, hold.ttl, may_release(g));
      if (std::ranges::find(forgotten, kind) != forgotten.end()) continue;
      forgotten.push_back(kind);
    }
    grant(s, g, goal);
  }
  if (!fills) return;
  for (const Group& group : groups_) {
    const auto is_free = [&](std::uint32_t g) { return !holds(s, g) && !is_over(s, g); };
    const auto first =
        std::find_if(group.ghosts.begin() + static_cast<std::ptrdiff_t>(group.used_up), group.ghosts.end(), is_free);
    if (first != group.ghosts.end() && group.weight <= room && helps_to_fill(s, *first)) grant(s, *first, goal);
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
  if (goal.kind == Goal::Kind::told && log_.operations[goal.operation].action == Action::acquire) return true;
  return refusal_is_open(s, goal.kind == Goal::Kind::held ? std::max(s.held, holds_[goal.hold].weight) : s.held);
}

// Whether a refusal is open that `s` does not explain, nor would if so much were held.
bool Sweep::refusal_is_open(const State& s, std::uint64_t held) const {
  const auto open = [&](std::uint32_t o) {
    const Operation& op = log_.operations[o];
    const std::size_t i = index_of(refused_weight_of(log_, op));
    return !refuses(held, weights_[i]) && s.full[i] < op.invoked;
  };
  const auto told = [&](std::uint32_t o) {
    return log_.operations[o].action == Action::acquire && !std::ranges::binary_search(s.seen, o);
  };
  return std::ranges::any_of(refusals_, open) || std::ranges::any_of(watching_, told);
}

// Tokens are given out in rising order.
bool Sweep::has_its_turn(const State& s, std::uint32_t hold) const {
  const std::uint64_t token = holds_[hold].token;
  if (token == 0) return true;
  if (token <= token_) return false;
  const auto in_order = [&](std::uint32_t h) {
    const std::uint64_t other = holds_[h].token;
    if (h == hold || other == 0) return true;
    const bool granted = holds(s, h) || is_over(s, h);
    return other < token ? granted : !granted;
  };
  return std::ranges::all_of(waiting_, in_order);
}

// Somebody with a higher token has been granted it.
bool Sweep::missed_its_turn(const State& s, std::uint32_t hold) const {
  const std::uint64_t token = holds_[hold].token;
  if (token == 0) return false;
  const auto before = [&](std::uint32_t h) {
    return h != hold && holds_[h].token >= token && (holds(s, h) || is_over(s, h));
  };
  return token <= token_ || std::ranges::any_of(waiting_, before);
}

}  // namespace lockstep::linear
