// The sweep over a lock's events: what is open, and what each answer needs.
#include "models/linear/sweep.h"

#include <algorithm>
#include <utility>

#include "models/linear/sorted.h"

namespace lockstep::linear {

Sweep::Sweep(const Log& log, const Holds& holds, std::uint32_t lock, LockShape shape, SweepBudget budget)
    : log_(log),
      holds_(holds),
      capacity_(capacity_of(log, lock)),
      weights_(std::move(shape.refused_weights)),
      ghost_weights_(std::move(shape.ghost_weights)),
      breaks_asked_(std::move(shape.breaks_asked)),
      ends_otherwise_(shape.leases || shape.lowers || !breaks_asked_.empty()),
      timed_(shape.leases && !log.leases_from_asking),
      all_exclusive_(shape.all_exclusive),
      lean_(timed_ && !all_exclusive_),
      budget_(budget) {
  State start;
  start.full.assign(weights_.size(), std::numeric_limits<Instant>::min());
  if (lean_) start.owed = start.full;
  start.room.assign(ghost_weights_.size(), std::numeric_limits<Instant>::min());
  start.free = std::numeric_limits<Instant>::min();
  states_.push_back(std::move(start));
}

bool Sweep::take(std::uint32_t event) {
  now_ = instant_of(log_, event);
  answers_ = event % 2 != 0;
  budget_.steps += kStepsOfEvent;
  if (answers_) return returned(event / 2);
  invoked(event / 2);
  return true;
}

void Sweep::invoked(std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  switch (op.action) {
    case Action::acquire:
      if (op.answer == Answer::no)
        tells_of_holds(op) ? watch(operation) : refusals_.push_back(operation);
      else if (operation != holds_[op.hold].asked)
        break;
      else if (holds_[op.hold].kind == Hold::Kind::ghost)
        appear(op.hold);
      else {
        const auto until = [this](std::uint32_t h) { return granted_until(h); };
        waiting_.insert(std::ranges::upper_bound(waiting_, until(op.hold), {}, until), op.hold);
      }
      break;
    case Action::renew:
      if (op.answer == Answer::yes || (op.answer == Answer::unknown && op.mode == Mode::shared))
        renewals_.push_back(operation);
      [[fallthrough]];
    case Action::release:
      if (op.answer == Answer::no) watch(operation);
      if (op.answer == Answer::unknown) join(op.hold);
      break;
    case Action::break_all:
      if (op.answer == Answer::yes || op.answer == Answer::unknown) breaks_.push_back(operation);
      break;
    case Action::inspect:
      if (op.answer == Answer::yes) op.hold == kNone ? void(++frees_) : watch(operation);
      break;
  }
}

void Sweep::watch(std::uint32_t operation) {
  watching_.push_back(operation);
  for (State& s : states_)
    if (agrees(s, log_.operations[operation])) insert(s.seen, operation);
}

// Whether a refusal may have another reason than a full lock, or tells more than that.
bool Sweep::tells_of_holds(const Operation& op) const {
  const Hold& own = holds_[op.hold];
  return op.named != kNone || (own.kind != Hold::Kind::never && own.from <= op.returned);
}

bool Sweep::returned(std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  if (op.answer != Answer::yes && op.answer != Answer::no) return true;
  const bool yes = op.answer == Answer::yes;
  Goal goal{.kind = Goal::Kind::told, .hold = op.hold, .operation = operation, .since = op.invoked};
  switch (op.action) {
    case Action::acquire:
      if (yes) return operation == holds_[op.hold].acquired ? grant_returned(goal) : true;  // told once more
      if (!tells_of_holds(op)) return refusal_returned(goal);
      break;
    case Action::release:
      if (yes) return release_returned(goal);
      goal.kind = Goal::Kind::not_held;
      break;
    case Action::renew:
      if (!yes) goal.kind = Goal::Kind::not_held;
      break;
    case Action::break_all: break;
    case Action::inspect:
      if (op.hold != kNone && holds_[op.hold].kind == Hold::Kind::never) return false;
      if (op.hold == kNone) goal.kind = Goal::Kind::free;
      break;
  }
  if (!reach(goal)) {
    // Of a log that grows: that it matters whether the attempt was over had to be known before.
    const bool again = op.action == Action::acquire && holds_[op.hold].kind == Hold::Kind::ghost;
    gave_up_ = gave_up_ || (again && op.named != kNone && !holds_[op.hold].closed);
    return false;
  }
  if (goal.kind == Goal::Kind::free) --frees_;
  if (goal.kind == Goal::Kind::not_held) learn_not_before(op);
  for (auto* open : {&watching_, &renewals_, &breaks_}) std::erase(*open, operation);
  for (State& s : states_) erase(s.seen, operation);
  for (const std::uint32_t hold : {op.hold, op.named})
    if (hold != kNone) join(hold);
  return true;
}

bool Sweep::grant_returned(Goal& goal) {
  goal.kind = Goal::Kind::held;
  if (!reach(goal)) return false;
  std::erase(waiting_, goal.hold);
  token_ = std::max(token_, holds_[goal.hold].token);
  for (State& s : states_) erase(s.over, goal.hold);
  return true;
}

bool Sweep::refusal_returned(Goal& goal) {
  goal.kind = Goal::Kind::full;
  goal.weight = index_of(refused_weight_of(log_, log_.operations[goal.operation]));
  if (!reach(goal)) return false;
  std::erase(refusals_, goal.operation);
  return true;
}

bool Sweep::release_returned(Goal& goal) {
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
  for (State& s : states_) {
    erase(s.over, goal.hold);
    see(s);  // that it has held and is over, wherever it was not said when
  }
  return true;
}

// Where it has not been granted yet, it will not have been before this was asked.
void Sweep::learn_not_before(const Operation& op) {
  if (!timed_) return;
  Instant& from = not_before_.try_emplace(op.hold, op.invoked).first->second;
  from = std::max(from, op.invoked);
}

void Sweep::appear(std::uint32_t ghost) {
  ghosts_.push_back(ghost);
  join(ghost);
}

// Nothing more will happen to it than that it may hold, and be released if that was asked for.
bool Sweep::is_alike(std::uint32_t ghost) const {
  const Hold& hold = holds_[ghost];
  const auto asks = [&](std::uint32_t o) {
    const Operation& op = log_.operations[o];
    return op.hold == ghost || op.named == ghost;
  };
  return hold.closed && hold.ttl == 0 && hold.released_by == kNever && hold.last_asked <= now_ &&
         (answers_ ? hold.watched_until <= now_ : hold.watched_until < now_) && !(timed_ && may_release(ghost)) &&
         std::ranges::none_of(watching_, asks) && std::ranges::none_of(renewals_, asks);
}

void Sweep::join(std::uint32_t ghost) {
  const auto at = std::ranges::find(ghosts_, ghost);
  if (at == ghosts_.end() || !is_alike(ghost)) return;
  ghosts_.erase(at);
  const auto same = [&](const Group& g) { return g.weight == holds_[ghost].weight && g.may_end == may_release(ghost); };
  auto group = std::ranges::find_if(groups_, same);
  if (group == groups_.end())
    group = groups_.insert(group, {.weight = holds_[ghost].weight, .may_end = may_release(ghost)});
  group->ghosts.push_back(ghost);
  const auto number = static_cast<std::uint32_t>(group - groups_.begin());
  group_of_.emplace(ghost, number);
  if (keeps_steps_) aliases_.push_back({.ghost = ghost, .group = number, .from = steps_.size()});
  for (State& s : states_) make_alike(s, number);
}

}  // namespace lockstep::linear
