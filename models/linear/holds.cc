// Minima and maxima over the operations of each attempt.
#include "models/linear/holds.h"

#include <algorithm>

namespace lockstep::linear {
namespace {

void acquires(Hold& hold, const Log& log, std::uint32_t o) {
  const Operation& op = log.operations[o];
  hold.weight = weight_of(log, op);
  if (op.answer == Answer::no) {
    hold.watched_until = std::max(hold.watched_until, op.returned);
    if (op.named != kNone) hold.seen_until = std::max(hold.seen_until, op.returned);
    return;
  }
  if (op.answer == Answer::nothing) return;
  if (hold.asked == kNone || op.invoked < hold.from || (op.invoked == hold.from && o < hold.asked)) {
    hold.asked = o;
    hold.from = op.invoked;
  }
  if (op.ttl != 0) hold.ttl = hold.ttl == 0 ? op.ttl : std::min(hold.ttl, op.ttl);
  if (op.answer == Answer::yes) {
    if (hold.kind != Hold::Kind::granted || op.returned < hold.granted_by) hold.acquired = o;
    hold.kind = Hold::Kind::granted;
    hold.granted_by = std::min(hold.granted_by, op.returned);
    if (hold.token == 0) hold.token = op.token;
  } else if (hold.kind == Hold::Kind::never) {
    hold.kind = Hold::Kind::ghost;
    hold.acquired = o;
  }
}

bool has_leases(const Holds& holds) {
  return std::ranges::any_of(holds.own(), [](const Hold& hold) { return hold.ttl != 0; });
}

// A lease that cannot have ended before it may have been released, or before the log ends, is as good as none.
void forget_leases(Holds& holds, const Log& log) {
  Instant end = std::numeric_limits<Instant>::min();
  for (const Operation& op : log.operations)
    end = std::max({end, op.invoked, op.returned == kNever ? end : op.returned});
  for (Hold& hold : holds.own())
    if (hold.ttl != 0 && hold.from + hold.ttl > std::min(hold.releasable, end)) hold.ttl = 0;
}

// Who was told not to hold before anything can have ended his hold was not granted it yet.
void learn_not_before(Holds& holds, const Log& log) {
  if (std::ranges::find(log.operations, Action::break_all, &Operation::action) != log.operations.end()) return;
  for (const Operation& op : log.operations) {
    if (op.answer != Answer::no || (op.action != Action::release && op.action != Action::renew)) continue;
    Hold* hold = holds.find(op.hold);
    if (hold != nullptr && hold->kind == Hold::Kind::ghost && hold->ttl == 0 && op.returned < hold->releasable)
      hold->from = std::max(hold->from, op.invoked);
  }
}

}  // namespace

Holds::Holds(const Log& log) : places_(log.holds, 0) {
  std::uint32_t next = 1;
  for (const Operation& op : log.operations)
    if (op.action == Action::acquire && (op.answer == Answer::yes || op.answer == Answer::unknown))
      if (std::uint32_t& place = places_[op.hold]; place == 0) place = next++;
  all_.resize(next);
}

void Holds::grow(std::uint32_t size) {
  while (places_.size() < size) {
    places_.push_back(static_cast<std::uint32_t>(all_.size()));
    all_.push_back({.closed = false});
  }
}

void Holds::renumber(const Renumbering& to) {
  std::vector<Hold> kept = {Hold{}};
  for (std::uint32_t hold = 0; hold < places_.size(); ++hold) {
    if (to.holds[hold] == kNone || places_[hold] == 0) continue;
    kept.push_back(all_[places_[hold]]);
    places_[hold] = static_cast<std::uint32_t>(kept.size() - 1);
  }
  all_ = std::move(kept);
  Renumbering::keep(to.holds, places_);
  for (Hold& hold : own())
    for (std::uint32_t* operation : {&hold.asked, &hold.acquired})
      if (*operation != kNone) *operation = to.operations[*operation];
}

void note(Holds& holds, const Log& log, std::uint32_t o) {
  const Operation& op = log.operations[o];
  if (Hold* named = op.named == kNone ? nullptr : holds.find(op.named)) {
    named->watched_until = std::max(named->watched_until, op.returned);
    named->seen_until = std::max(named->seen_until, op.returned);
  }
  Hold* own = op.hold == kNone ? nullptr : holds.find(op.hold);
  if (own == nullptr) return;
  Hold& hold = *own;
  const bool may_do = op.answer == Answer::yes || op.answer == Answer::unknown;
  const bool may_lower = op.action == Action::renew && op.mode == Mode::shared;
  if ((op.action == Action::acquire || op.action == Action::release || may_lower) && may_do)
    hold.last_asked = hold.last_asked == kNever ? op.invoked : std::max(hold.last_asked, op.invoked);
  switch (op.action) {
    case Action::acquire: return acquires(hold, log, o);
    case Action::release:
      if (may_do) hold.releasable = std::min(hold.releasable, op.invoked);
      if (op.answer == Answer::yes) hold.released_by = std::min(hold.released_by, op.returned);
      if (op.answer == Answer::no) hold.watched_until = std::max(hold.watched_until, op.returned);
      return;
    case Action::renew:
    case Action::inspect:
      if (op.answer != Answer::yes && (op.answer != Answer::no || op.action == Action::inspect)) return;
      hold.watched_until = std::max(hold.watched_until, op.returned);
      if (op.answer == Answer::yes) hold.seen_until = std::max(hold.seen_until, op.returned);
      return;
    case Action::break_all: return;
  }
}

void note(LockShape& shape, const Log& log, const Operation& op) {
  if (op.action == Action::renew && op.mode == Mode::shared) {
    shape.lowers = true;
    shape.all_exclusive = false;
  }
  if (op.action == Action::break_all)
    shape.breaks_asked.insert(std::ranges::upper_bound(shape.breaks_asked, op.invoked), op.invoked);
  if (op.action != Action::acquire) return;
  const auto weight = weight_of(log, op);
  shape.all_exclusive = shape.all_exclusive && weight == capacity_of(log, op.lock);
  const auto note = [](auto& known, std::uint64_t w) {
    if (std::ranges::find(known, w) == known.end()) known.push_back(w);
  };
  if (op.answer == Answer::no) note(shape.refused_weights, refused_weight_of(log, op));
  if (op.answer == Answer::unknown) note(shape.ghost_weights, weight);
}

Holds holds_of(const Log& log) {
  Holds holds(log);
  for (std::uint32_t o = 0; o < log.operations.size(); ++o) note(holds, log, o);
  learn_not_before(holds, log);
  if (!has_leases(holds)) return holds;
  for (Hold& hold : holds.own())
    if (hold.ttl != 0) hold.sure_until = hold.from + hold.ttl;
  for (const Operation& op : log.operations) {
    if (op.action != Action::renew || op.answer != Answer::yes || op.ttl == 0) continue;
    if (Hold* hold = holds.find(op.hold); hold != nullptr && hold->ttl != 0)
      hold->sure_until = std::max(hold->sure_until, op.invoked + op.ttl);
  }
  forget_leases(holds, log);
  return holds;
}

std::vector<LockShape> shapes_of(const Log& log, const Holds& holds) {
  std::vector<LockShape> shapes(log.locks.size());
  for (const Operation& op : log.operations) note(shapes[op.lock], log, op);
  if (has_leases(holds))
    for (const Operation& op : log.operations)
      if (op.hold != kNone && holds[op.hold].ttl != 0) shapes[op.lock].leases = true;
  return shapes;
}

}  // namespace lockstep::linear
