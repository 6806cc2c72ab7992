// Each begins with what the honest ledger says and spoils it, or shows it a record that is not so.
#include "properties/zoo/shared_ledgers.h"

#include <algorithm>

namespace lockstep::zoo {
namespace {

using Kind = Change::Kind;

// The permits of those `overlooked` are not counted.
template <typename Overlooked>
Decision<AcquireAnswer> decide_without(const Ledger& honest, const AcquireRequest& request, const LockRecord& record,
                                       const Memory& memory, Reading at, Overlooked overlooked) {
  LockRecord seen = record;
  std::erase_if(seen.leases, overlooked);
  return honest.Ledger::decide(request, seen, memory, at);
}

}  // namespace

Decision<AcquireAnswer> MiscountedPermits::decide(const AcquireRequest& request, const LockRecord& record,
                                                  const Memory& memory, Reading at) const {
  const auto surplus = surplus_.find(request.name);
  if (request.mode != Mode::permits || surplus == surplus_.end()) return Ledger::decide(request, record, memory, at);
  std::uint64_t left = surplus->second;
  return decide_without(*this, request, record, memory, at, [&](const LeaseRow& row) {
    if (row.attempt == request.key.attempt || !living(row, at.now, at.boot) || row.permits > left) return false;
    left -= row.permits;
    return true;
  });
}

Decision<ReleaseAnswer> PermitBackTwice::decide(const ReleaseRequest& request, const LockRecord& record,
                                                const Memory& memory, Reading at) const {
  const bool late = record.capacity != 0 && request.token != 0 && memory.acted && !memory.answer;
  auto decision = Ledger::decide(request, record, memory, at);
  if (late && decision.answer && *decision.answer == ReleaseAnswer::not_held) ++surplus_[request.name];
  return decision;
}

Decision<ReleaseAnswer> RaisedByGivingUp::decide(const ReleaseRequest& request, const LockRecord& record,
                                                 const Memory& memory, Reading at) const {
  const WaiterRow* place = request.token == 0 ? find_place(record, request.key.attempt) : nullptr;
  if (place != nullptr && record.capacity != 0) surplus_[request.name] += place->permits;
  return Ledger::decide(request, record, memory, at);
}

Decision<AcquireAnswer> CountedAnew::decide(const AcquireRequest& request, const LockRecord& record,
                                            const Memory& memory, Reading at) const {
  if (request.mode != Mode::permits) return Ledger::decide(request, record, memory, at);
  auto& overlooked = overlooked_[request.name];
  if (clients_[request.name].insert(request.key.attempt.session).second) {
    for (const LeaseRow& row : record.leases) overlooked.insert(row.attempt);
  }
  return decide_without(*this, request, record, memory, at, [&](const LeaseRow& row) {
    return row.attempt != request.key.attempt && overlooked.contains(row.attempt);
  });
}

Decision<AcquireAnswer> PermitsOfTheDead::decide(const AcquireRequest& request, const LockRecord& record,
                                                 const Memory& memory, Reading at) const {
  const auto lives = [&](const LeaseRow& row) { return living(row, at.now, at.boot); };
  LockRecord seen = record;
  if (request.mode == Mode::permits && std::ranges::any_of(record.leases, lives)) {
    for (LeaseRow& row : seen.leases) {
      if (!lives(row) && row.attempt != request.key.attempt) row.deadline = at.now + std::chrono::seconds(1);
    }
  }
  return Ledger::decide(request, seen, memory, at);
}

Decision<AcquireAnswer> ReadersFirst::decide(const AcquireRequest& request, const LockRecord& record,
                                             const Memory& memory, Reading at) const {
  if (request.mode != Mode::shared) return Ledger::decide(request, record, memory, at);
  LockRecord seen = record;
  std::erase_if(seen.waiters, [&](const WaiterRow& row) { return row.attempt != request.key.attempt; });
  auto decision = Ledger::decide(request, seen, memory, at);
  const bool queues = decision.answer && std::holds_alternative<Queued>(*decision.answer);
  return queues ? Ledger::decide(request, record, memory, at) : decision;
}

Decision<RenewAnswer> OneTtlForReaders::decide(const RenewRequest& request, const LockRecord& record,
                                               const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  const auto renewed = std::ranges::find(decision.changes, Kind::renew, &Change::kind);
  if (renewed == decision.changes.end() || renewed->lease.mode != Mode::shared) return decision;
  const MonoTime deadline = renewed->lease.deadline;
  for (LeaseRow row : record.leases) {
    if (row.mode != Mode::shared || row.attempt == request.key.attempt || row.deadline >= deadline) continue;
    row.deadline = deadline;
    row.boot = at.boot;
    decision.changes.push_back({.kind = Kind::renew, .key = {row.attempt, request.key.number}, .lease = row});
  }
  return decision;
}

Decision<ReleaseAnswer> ReaderDeletesAll::decide(const ReleaseRequest& request, const LockRecord& record,
                                                 const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  const auto own = std::ranges::find(decision.changes, Kind::release, &Change::kind);
  if (own == decision.changes.end() || own->lease.mode != Mode::shared) return decision;
  for (const LeaseRow& row : record.leases) {
    if (row.attempt == request.key.attempt || !living(row, at.now, at.boot)) continue;
    decision.changes.push_back({.kind = Kind::release, .key = {row.attempt, request.key.number}, .lease = row});
  }
  return decision;
}

}  // namespace lockstep::zoo
