// Each begins with what the honest ledger says and spoils it, or shows it a record that is not so.
#include "properties/zoo/ledgers.h"

#include <algorithm>

namespace lockstep::zoo {
namespace {

using Kind = Change::Kind;

// The lease goes, as if its holder had given it back.
Change gone(const LeaseRow& row, std::uint32_t request) {
  return {.kind = Kind::release, .key = {row.attempt, request}, .lease = row};
}

template <typename Decides>
Decision<ReleaseAnswer> gone_too(Decision<ReleaseAnswer> decision, const ReleaseRequest& request,
                                 const LockRecord& record, Reading at, Decides whether) {
  for (const LeaseRow& row : record.leases) {
    if (!living(row, at.now, at.boot) || row.attempt == request.key.attempt || !whether(row)) continue;
    decision.changes.push_back(gone(row, request.key.number));
  }
  return decision;
}

}  // namespace

void retoken(Decision<AcquireAnswer>& decision, Token token) {
  auto* granted = decision.answer ? std::get_if<Granted>(&*decision.answer) : nullptr;
  if (granted == nullptr ||
      std::ranges::none_of(decision.changes, [](const Change& c) { return c.kind == Kind::grant; }))
    return;
  granted->token = token;
  for (Change& change : decision.changes) {
    if (change.kind == Kind::grant) change.lease.token = token;
    if (change.kind == Kind::remember) change.answer.token = token;
  }
}

Decision<ReleaseAnswer> DeletedAnyway::decide(const ReleaseRequest& request, const LockRecord& record,
                                              const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  if (!decision.answer || *decision.answer == ReleaseAnswer::released || request.token == 0) return decision;
  return gone_too(std::move(decision), request, record, at, [](const LeaseRow&) { return true; });
}

Decision<ReleaseAnswer> ReleaseByOwner::decide(const ReleaseRequest& request, const LockRecord& record,
                                               const Memory& memory, Reading at) const {
  return gone_too(Ledger::decide(request, record, memory, at), request, record, at,
                  [&](const LeaseRow& row) { return row.attempt.session == request.key.attempt.session; });
}

Decision<ReleaseAnswer> ReleaseOfNothing::decide(const ReleaseRequest& request, const LockRecord& record,
                                                 const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  if (!decision.answer || *decision.answer == ReleaseAnswer::released || request.token != 0) return decision;
  return gone_too(std::move(decision), request, record, at, [](const LeaseRow&) { return true; });
}

Decision<RenewAnswer> UncheckedRenewal::decide(const RenewRequest& request, const LockRecord& record,
                                               const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  if (!decision.answer || *decision.answer == RenewAnswer::renewed || request.downgrade) return decision;
  for (LeaseRow row : record.leases) {
    if (!living(row, at.now, at.boot)) continue;
    renew_lease(row, request, at.now, at.boot);
    return {RenewAnswer::renewed, {{.kind = Kind::renew, .key = {row.attempt, request.key.number}, .lease = row}}};
  }
  return decision;
}

Decision<RenewAnswer> WritingHeartbeat::decide(const RenewRequest& request, const LockRecord& record,
                                               const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  const auto lives = [&](const LeaseRow& row) { return living(row, at.now, at.boot); };
  if (!decision.answer || *decision.answer == RenewAnswer::renewed || request.downgrade) return decision;
  if (record.capacity != 0 || std::ranges::any_of(record.leases, lives)) return decision;
  const LeaseRow row{request.key.attempt,  "",     Mode::exclusive, 1, request.token, request.ttl,
                     at.now + request.ttl, at.now, at.boot,         ""};
  decision.changes.push_back({.kind = Kind::grant, .key = request.key, .lease = row});
  return {RenewAnswer::renewed, std::move(decision.changes)};
}

Decision<AcquireAnswer> LeaseOfWaiter::decide(const AcquireRequest& request, const LockRecord& record,
                                              const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  const WaiterRow* place = find_place(record, request.key.attempt);
  if (place == nullptr || place->boot != at.boot) return decision;
  for (Change& change : decision.changes) {
    if (change.kind == Kind::grant) change.lease.deadline = place->deadline - kPlaceKept + request.ttl;
  }
  return decision;
}

Decision<AcquireAnswer> UndyingPlaces::decide(const AcquireRequest& request, const LockRecord& record,
                                              const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  for (Change& change : decision.changes) {
    if (change.kind == Kind::queue || change.kind == Kind::keep) change.place.deadline = at.now + std::chrono::hours(1);
  }
  return decision;
}

Decision<ReleaseAnswer> DeafToGivingUp::decide(const ReleaseRequest& request, const LockRecord& record,
                                               const Memory& memory, Reading at) const {
  if (request.token == 0) return {ReleaseAnswer::not_held};
  return Ledger::decide(request, record, memory, at);
}

Decision<AcquireAnswer> Barging::decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                        Reading at) const {
  LockRecord barged = record;
  std::erase_if(barged.waiters, [&](const WaiterRow& row) { return row.attempt != request.key.attempt; });
  auto decision = Ledger::decide(request, barged, memory, at);
  const bool queues = decision.answer && std::holds_alternative<Queued>(*decision.answer);
  return queues ? Ledger::decide(request, record, memory, at) : decision;
}

Decision<AcquireAnswer> RefusedByItself::decide(const AcquireRequest& request, const LockRecord& record,
                                                const Memory& memory, Reading at) const {
  const bool installed = find_living(record.leases, request.key.attempt, 0, at.now, at.boot) != nullptr;
  if (!installed) return Ledger::decide(request, record, memory, at);
  return {AcquireAnswer(Refused{living_holders(request.name, record.leases, at.now, at.boot)})};
}

namespace {

constexpr Duration kTick = std::chrono::milliseconds(10);
MonoTime tick_of(MonoTime time) { return time - time.time_since_epoch() % kTick; }

}  // namespace

Decision<AcquireAnswer> BothAtTheBoundary::decide(const AcquireRequest& request, const LockRecord& record,
                                                  const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  for (Change& change : decision.changes) {
    if (change.kind == Kind::grant) change.lease.deadline = tick_of(change.lease.deadline + kTick);
  }
  return decision;
}

Decision<RenewAnswer> BothAtTheBoundary::decide(const RenewRequest& request, const LockRecord& record,
                                                const Memory& memory, Reading at) const {
  LockRecord seen = record;
  for (LeaseRow& row : seen.leases) {
    if (row.attempt == request.key.attempt && row.deadline <= at.now && tick_of(at.now) <= row.deadline)
      row.deadline = at.now + Duration(1);
  }
  return Ledger::decide(request, seen, memory, at);
}

Decision<AcquireAnswer> DecidesOnce::decide(const AcquireRequest& request, const LockRecord& record,
                                            const Memory& memory, Reading at) const {
  const auto before = decided_.find(request.key);
  if (before != decided_.end() && !memory.answer && before->second.times == 2) return before->second.decision;
  auto decision = Ledger::decide(request, record, memory, at);
  const bool grants = std::ranges::any_of(decision.changes, [](const Change& c) { return c.kind == Kind::grant; });
  const int times = before == decided_.end() ? 1 : before->second.times + 1;
  decided_.erase(request.key);
  if (grants) decided_.emplace(request.key, Decided{times, decision});
  return decision;
}

Decision<AcquireAnswer> TokenOfTheRow::decide(const AcquireRequest& request, const LockRecord& record,
                                              const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  Token last = 0;
  for (const LeaseRow& row : record.leases) last = std::max(last, row.token);
  retoken(decision, last + 1);
  return decision;
}

Decision<AcquireAnswer> RandomTokens::decide(const AcquireRequest& request, const LockRecord& record,
                                             const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  const std::uint64_t dice = (request.key.attempt.session ^ request.key.attempt.number) * 0x9e3779b97f4a7c15u;
  retoken(decision, (dice >> 34) + 1);
  return decision;
}

namespace {

template <typename Answer>
Decision<Answer> soon_forgotten(Decision<Answer> decision, Reading at) {
  for (Change& change : decision.changes) {
    if (change.kind == Kind::remember) change.answer.forget_at = at.now + std::chrono::milliseconds(100);
  }
  return decision;
}

}  // namespace

Decision<AcquireAnswer> ShortMemory::decide(const AcquireRequest& request, const LockRecord& record,
                                            const Memory& memory, Reading at) const {
  return soon_forgotten(Ledger::decide(request, record, memory, at), at);
}

Decision<ReleaseAnswer> ShortMemory::decide(const ReleaseRequest& request, const LockRecord& record,
                                            const Memory& memory, Reading at) const {
  return soon_forgotten(Ledger::decide(request, record, memory, at), at);
}

}  // namespace lockstep::zoo
