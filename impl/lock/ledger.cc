// Every decision rests on one record and one reading of the clock; what is read twice may have changed in between.
#include "impl/lock/ledger.h"

#include <algorithm>

namespace lockstep {
namespace {

using Kind = Change::Kind;

LockError key_reused() { return {ErrorKind::key_reused, true, "this idempotency key was used with other arguments"}; }

// True if the request has been answered before. Errors: the key came with other arguments.
template <typename Request>
Result<bool> known(const Request& request, const Memory& memory) {
  if (!memory.answer) return false;
  if (memory.answer->fingerprint != fingerprint(request)) return std::unexpected(key_reused());
  return true;
}

Changes repeat_of(RequestKey key) { return {Change{.kind = Kind::repeat, .key = key}}; }

Change remember(RequestKey key, std::uint64_t fingerprint, Remembered::Kind kind, Token token, Duration lives,
                Reading at) {
  Change change{.kind = Kind::remember, .key = key};
  change.answer = {key, fingerprint, kind, token, lives, {}, at.now + lives + kRetryHorizon, at.boot};
  return change;
}

Change of_place(Kind kind, const WaiterRow& place) {
  return {.kind = kind, .key = {place.attempt, 0}, .lease = {}, .place = place};
}

Change of_lease(Kind kind, RequestKey key, const LeaseRow& lease) { return {.kind = kind, .key = key, .lease = lease}; }

// What an attempt is told to have lost must not be in the way of others any more, whatever clock they go by.
Changes without_dead_lease(const LockRecord& record, AttemptId attempt, Reading at) {
  Changes changes;
  for (const LeaseRow& row : record.leases) {
    if (row.attempt != attempt || living(row, at.now, at.boot)) continue;
    changes.push_back(of_lease(Kind::expire, {row.attempt, 0}, row));
  }
  return changes;
}

void establish(Changes& changes, const AcquireRequest& request, const LockRecord& record) {
  if (request.mode != Mode::permits || record.capacity != 0) return;
  changes.push_back({.kind = Kind::establish, .capacity = request.capacity});
}

// Dead leases, lapsed places, and the place of `attempt`.
void tidy(Changes& changes, const LockRecord& record, AttemptId attempt, Reading at) {
  for (const LeaseRow& row : record.leases) {
    if (!living(row, at.now, at.boot)) changes.push_back(of_lease(Kind::expire, {row.attempt, 0}, row));
  }
  for (const WaiterRow& row : record.waiters) {
    if (row.attempt == attempt || !living(row, at.now, at.boot)) changes.push_back(of_place(Kind::leave, row));
  }
}

Decision<AcquireAnswer> grant(const AcquireRequest& request, const LockRecord& record, Reading at) {
  Decision<AcquireAnswer> decision{AcquireAnswer(Granted{record.last_token + 1, request.ttl})};
  tidy(decision.changes, record, request.key.attempt, at);
  establish(decision.changes, request, record);
  const LeaseRow row{request.key.attempt, request.owner,        request.mode, request.permits, record.last_token + 1,
                     request.ttl,         at.now + request.ttl, at.now,       at.boot,         request.metadata};
  decision.changes.push_back(of_lease(Kind::grant, request.key, row));
  decision.changes.push_back(
      remember(request.key, fingerprint(request), Remembered::Kind::granted, row.token, request.ttl, at));
  return decision;
}

Decision<AcquireAnswer> keep_place(const AcquireRequest& request, const LockRecord& record, Reading at) {
  Decision<AcquireAnswer> decision{AcquireAnswer(queued(record, request.key.attempt, at.now, at.boot))};
  const WaiterRow* place = find_place(record, request.key.attempt);
  if (place != nullptr && living(*place, at.now, at.boot)) {
    if (place->boot == at.boot && at.now + kPlaceKept / 2 < place->deadline) return decision;  // kept long enough
    WaiterRow kept = *place;
    kept.deadline = at.now + kPlaceKept;
    kept.boot = at.boot;
    decision.changes.push_back(of_place(Kind::keep, kept));
    return decision;
  }
  if (place != nullptr) decision.changes.push_back(of_place(Kind::leave, *place));  // lapsed: to the end of the line
  establish(decision.changes, request, record);
  decision.changes.push_back(of_place(Kind::queue, new_place(record, request, at.now, at.boot)));
  decision.changes.back().key = request.key;
  return decision;
}

}  // namespace

Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                               Reading at) {
  const auto answered = known(request, memory);
  if (!answered) return {std::unexpected(answered.error())};
  const AttemptId attempt = request.key.attempt;
  if (*answered) {
    return {AcquireAnswer(granted_before(record.leases, attempt, memory.answer->token, at.now, at.boot)),
            repeat_of(request.key)};
  }
  if (auto refusal = refusal_of_kind(request, record, at.now, at.boot)) return {std::unexpected(*refusal)};
  if (const LeaseRow* row = find_living(record.leases, attempt, 0, at.now, at.boot)) {
    if (auto refusal = refusal_of_change(request, *row)) return {std::unexpected(*refusal)};
    return {AcquireAnswer(Granted{row->token, remaining(*row, at.now, at.boot)})};
  }
  const bool fits = admits(record, request, at.now, at.boot);
  if ((fits || request.wait > Duration::zero()) && memory.acted) return {std::unexpected(attempt_has_ended())};
  if (fits) return grant(request, record, at);
  if (request.wait > Duration::zero()) return keep_place(request, record, at);
  Decision<AcquireAnswer> refused{AcquireAnswer(Refused{living_holders(request.name, record.leases, at.now, at.boot)})};
  if (const WaiterRow* place = find_place(record, attempt)) refused.changes.push_back(of_place(Kind::leave, *place));
  return refused;
}

Decision<RenewAnswer> decide(const RenewRequest& request, const LockRecord& record, const Memory& memory, Reading at) {
  const auto answered = known(request, memory);
  if (!answered) return {std::unexpected(answered.error())};
  if (*answered) return {RenewAnswer::renewed, repeat_of(request.key)};
  const LeaseRow* found = find_living(record.leases, request.key.attempt, request.token, at.now, at.boot);
  if (found == nullptr) {
    if (memory.broken) return {RenewAnswer::broken};
    return {RenewAnswer::lost, without_dead_lease(record, request.key.attempt, at)};
  }
  if (auto refusal = refusal_of_downgrade(request, *found)) return {std::unexpected(*refusal)};
  LeaseRow row = *found;
  renew_lease(row, request, at.now, at.boot);
  Decision<RenewAnswer> decision{RenewAnswer::renewed};
  decision.changes.push_back(of_lease(Kind::renew, request.key, row));
  decision.changes.push_back(
      remember(request.key, fingerprint(request), Remembered::Kind::renewed, row.token, row.ttl, at));
  return decision;
}

Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                               Reading at) {
  const auto answered = known(request, memory);
  if (!answered) return {std::unexpected(answered.error())};
  if (*answered) {
    const bool released = memory.answer->kind == Remembered::Kind::released;
    return {released ? ReleaseAnswer::released : ReleaseAnswer::not_held, repeat_of(request.key)};
  }
  const LeaseRow* row = find_living(record.leases, request.key.attempt, request.token, at.now, at.boot);
  const bool giving_up = request.token == 0;
  if (row == nullptr && !giving_up) {
    return {ReleaseAnswer::not_held, without_dead_lease(record, request.key.attempt, at)};
  }
  Decision<ReleaseAnswer> decision{row != nullptr ? ReleaseAnswer::released : ReleaseAnswer::not_held};
  if (row != nullptr) decision.changes.push_back(of_lease(Kind::release, request.key, *row));
  const WaiterRow* place = giving_up ? find_place(record, request.key.attempt) : nullptr;
  if (place != nullptr) decision.changes.push_back(of_place(Kind::leave, *place));
  // Also remembered when nothing was held: what a giver-up still has on its way must not be granted.
  const auto kind = row != nullptr ? Remembered::Kind::released : Remembered::Kind::not_held;
  decision.changes.push_back(remember(request.key, fingerprint(request), kind, 0, Duration::zero(), at));
  return decision;
}

Decision<BreakAnswer> decide(const BreakRequest& request, const LockRecord& record, const Memory& memory, Reading at) {
  const auto answered = known(request, memory);
  if (!answered) return {std::unexpected(answered.error())};
  if (*answered) return {memory.answer->revoked, repeat_of(request.key)};
  Decision<BreakAnswer> decision{BreakAnswer()};
  for (const LeaseRow& row : record.leases) {
    if (!living(row, at.now, at.boot) || (request.token != 0 && row.token != request.token)) continue;
    decision.answer->push_back({row.attempt, row.token});
    Change revoked = of_lease(Kind::revoke, {row.attempt, 0}, row);
    revoked.reason = request.admin + ": " + request.reason;
    decision.changes.push_back(std::move(revoked));
    const RequestKey entry{row.attempt, kBrokenEntry};
    decision.changes.push_back(remember(entry, 0, Remembered::Kind::was_broken, row.token, row.ttl, at));
  }
  decision.changes.push_back(
      remember(request.key, fingerprint(request), Remembered::Kind::broke, 0, Duration::zero(), at));
  decision.changes.back().answer.revoked = *decision.answer;
  return decision;
}

Decision<AcquireAnswer> Ledger::decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                       Reading at) const {
  return lockstep::decide(request, record, memory, at);
}
Decision<RenewAnswer> Ledger::decide(const RenewRequest& request, const LockRecord& record, const Memory& memory,
                                     Reading at) const {
  return lockstep::decide(request, record, memory, at);
}
Decision<ReleaseAnswer> Ledger::decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                       Reading at) const {
  return lockstep::decide(request, record, memory, at);
}
Decision<BreakAnswer> Ledger::decide(const BreakRequest& request, const LockRecord& record, const Memory& memory,
                                     Reading at) const {
  return lockstep::decide(request, record, memory, at);
}

std::shared_ptr<const Ledger> honest_ledger() {
  static const auto honest = std::make_shared<const Ledger>();
  return honest;
}

Changes sweep(const LockRecord& record, Reading at) {
  Changes changes;
  tidy(changes, record, {}, at);
  return changes;
}

void apply(LockRecord& record, const Change& change) {
  const auto same_attempt = [&](const auto& row) {
    return row.attempt == (change.kind >= Kind::queue ? change.place.attempt : change.lease.attempt);
  };
  switch (change.kind) {
    case Kind::establish: record.capacity = change.capacity; return;
    case Kind::grant:
      record.last_token = change.lease.token;
      record.leases.push_back(change.lease);
      return;
    case Kind::renew: std::ranges::replace_if(record.leases, same_attempt, change.lease); return;
    case Kind::release:
    case Kind::expire:
    case Kind::revoke: std::erase_if(record.leases, same_attempt); return;
    case Kind::queue: record.waiters.push_back(change.place); return;
    case Kind::keep: std::ranges::replace_if(record.waiters, same_attempt, change.place); return;
    case Kind::leave: std::erase_if(record.waiters, same_attempt); return;
    case Kind::remember:
    case Kind::repeat: return;
  }
}

bool empty(const LockRecord& record) { return record.leases.empty() && record.waiters.empty() && record.capacity == 0; }

void tell(LeaseObserver& observer, const LockName& name, const Change& change, Reading at) {
  using Told = LeaseEvent::Kind;
  const auto lease = [&](Told kind) {
    const LeaseRow& row = change.lease;
    observer.on({kind, &name, change.key, row.mode, row.permits, row.token, row.ttl, at.now, row.deadline});
  };
  const auto place = [&](Told kind) {
    const WaiterRow& row = change.place;
    observer.on({kind, &name, change.key, row.mode, row.permits, 0, {}, at.now, row.deadline});
  };
  switch (change.kind) {
    case Kind::grant: return lease(Told::granted);
    case Kind::renew: return lease(Told::renewed);
    case Kind::release: return lease(Told::released);
    case Kind::expire: return lease(Told::expired);
    case Kind::revoke: return lease(Told::broken);
    case Kind::queue:
    case Kind::keep: return place(Told::queued);
    case Kind::leave: return place(Told::left);
    case Kind::repeat: return observer.on({Told::repeated, &name, change.key, {}, 1, 0, {}, at.now, at.now});
    case Kind::establish:
    case Kind::remember: return;
  }
}

void tell_recovered(LeaseObserver& observer, const LockName& name, const LeaseRow& row, MonoTime now) {
  const RequestKey key{row.attempt, 0};
  observer.on({LeaseEvent::Kind::recovered, &name, key, row.mode, row.permits, row.token, row.ttl, now, row.deadline});
}

void tell_recovered(LeaseObserver& observer, const LockName& name, const WaiterRow& row, MonoTime now) {
  const RequestKey key{row.attempt, 0};
  observer.on({LeaseEvent::Kind::queued, &name, key, row.mode, row.permits, 0, {}, now, row.deadline});
}

std::optional<LockEvent> event_of(const LockName& name, const Change& change) {
  using Told = LockEvent::Kind;
  std::optional<Told> kind;
  switch (change.kind) {
    case Kind::grant: kind = Told::acquired; break;
    case Kind::renew: kind = Told::renewed; break;
    case Kind::release: kind = Told::released; break;
    case Kind::expire: kind = Told::expired; break;
    case Kind::revoke: kind = Told::broken; break;
    default: return std::nullopt;
  }
  const LeaseRow& row = change.lease;
  return LockEvent{*kind, name, row.attempt, row.owner, row.mode, row.permits, row.token, change.reason};
}

}  // namespace lockstep
