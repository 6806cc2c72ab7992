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

// A lease that cannot have ended before it may have been released, or before the log ends, is as good as none.
void forget_leases(std::vector<Hold>& holds, const Log& log) {
  Instant end = std::numeric_limits<Instant>::min();
  for (const Operation& op : log.operations)
    end = std::max({end, op.invoked, op.returned == kNever ? end : op.returned});
  for (Hold& hold : holds)
    if (hold.ttl != 0 && hold.from + hold.ttl > std::min(hold.releasable, end)) hold.ttl = 0;
}

}  // namespace

void note(std::vector<Hold>& holds, const Log& log, std::uint32_t o) {
  const Operation& op = log.operations[o];
  if (op.named != kNone) {
    Hold& named = holds[op.named];
    named.watched_until = std::max(named.watched_until, op.returned);
    named.seen_until = std::max(named.seen_until, op.returned);
  }
  if (op.hold == kNone) return;
  Hold& hold = holds[op.hold];
  const bool may_do = op.answer == Answer::yes || op.answer == Answer::unknown;
  if ((op.action == Action::acquire || op.action == Action::release) && may_do)
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

std::vector<Hold> holds_of(const Log& log) {
  std::vector<Hold> holds(log.holds);
  for (std::uint32_t o = 0; o < log.operations.size(); ++o) note(holds, log, o);
  for (Hold& hold : holds)
    if (hold.ttl != 0) hold.sure_until = hold.from + hold.ttl;
  for (const Operation& op : log.operations)
    if (op.action == Action::renew && op.answer == Answer::yes && op.ttl != 0 && holds[op.hold].ttl != 0)
      holds[op.hold].sure_until = std::max(holds[op.hold].sure_until, op.invoked + op.ttl);
  forget_leases(holds, log);
  return holds;
}

std::vector<LockShape> shapes_of(const Log& log, const std::vector<Hold>& holds) {
  std::vector<LockShape> shapes(log.locks.size());
  for (const Operation& op : log.operations) {
    LockShape& shape = shapes[op.lock];
    note(shape, log, op);
    shape.leases = shape.leases || (op.hold != kNone && holds[op.hold].ttl != 0);
  }
  return shapes;
}

}  // namespace lockstep::linear
