// Every operation is one step without a suspension, so it is atomic on its executor. Answers are forgotten a retry
// horizon after their lease has ended. Dead leases and lapsed places are removed when their name is next granted, or
// with the last answer about them; then a name about which nothing is left goes too, so that names which nobody asks
// for again take no memory. The capacity of a semaphore is kept for ever.
#include "impl/backends/memory_backend.h"

#include <algorithm>

namespace lockstep {

MemoryBackend::MemoryBackend(Clock& clock, LeaseObserver* observer) : clock_(clock), observer_(observer) {
  if (observer_ == nullptr) return;
  const MonoTime now = clock_.monotonic();
  observer_->on({.kind = LeaseEvent::Kind::restarted, .token = 0, .decided = now, .deadline = now});
}

Claims MemoryBackend::its_claims() {
  return {.durable = false,
          .survives_power_loss = false,
          .shared_store = false,
          .shared_mode = true,
          .permits = true,
          .fair = true,
          .max_drift_ppb = 2'000'000};
}

void MemoryBackend::tell(LeaseEvent::Kind kind, const LockName& name, RequestKey key, const LeaseRow& row,
                         MonoTime now) {
  if (observer_ == nullptr) return;
  observer_->on({kind, &name, key, row.mode, row.token, row.ttl, now, row.deadline});
}

template <typename Answer, typename Request>
std::optional<Result<Answer>> MemoryBackend::remembered(const Request& request) {
  const auto found = answers_.find(request.key);
  if (found == answers_.end()) return std::nullopt;
  if (found->second.fingerprint != fingerprint(request) || !std::holds_alternative<Answer>(found->second.answer)) {
    return definite(ErrorKind::key_reused, "this idempotency key was used with other arguments");
  }
  tell(LeaseEvent::Kind::repeated, request.name, request.key, {}, clock_.monotonic());
  return std::get<Answer>(found->second.answer);
}

template <typename Request>
void MemoryBackend::remember(const Request& request, AnyAnswer answer, MonoTime now, Duration lease) {
  answers_.insert_or_assign(request.key, Remembered{fingerprint(request), std::move(answer), request.name});
  forget_at_.emplace(now + lease + kRetryHorizon, request.key);
}

bool MemoryBackend::has_acted(AttemptId attempt) const {
  const auto found = answers_.lower_bound({attempt, 0});
  return found != answers_.end() && found->first.attempt == attempt;
}

void MemoryBackend::forget(MonoTime now) {
  while (!forget_at_.empty() && forget_at_.begin()->first <= now) {
    const auto answer = answers_.find(forget_at_.begin()->second);
    tidy(answer->second.name, now);
    answers_.erase(answer);
    forget_at_.erase(forget_at_.begin());
  }
}

void MemoryBackend::tidy(const LockName& name, MonoTime now) {
  const auto found = records_.find(name);
  if (found == records_.end()) return;
  LockRecord& record = found->second;
  std::erase_if(record.leases, [&](const LeaseRow& row) {
    if (living(row, now, clock_.boot())) return false;
    tell(LeaseEvent::Kind::expired, name, {row.attempt, 0}, row, now);
    return true;
  });
  std::erase_if(record.waiters, [&](const WaiterRow& row) {
    if (living(row, now, clock_.boot())) return false;
    tell(LeaseEvent::Kind::left, name, {row.attempt, 0}, {.mode = row.mode, .permits = row.permits}, now);
    return true;
  });
  if (record.leases.empty() && record.waiters.empty() && record.capacity == 0) records_.erase(found);
}

void MemoryBackend::leave_line(const LockName& name, RequestKey key, MonoTime now) {
  const auto found = records_.find(name);
  if (found == records_.end()) return;
  const WaiterRow* place = find_place(found->second, key.attempt);
  if (place == nullptr) return;
  tell(LeaseEvent::Kind::left, name, key, {.mode = place->mode, .permits = place->permits}, now);
  auto& waiters = found->second.waiters;
  waiters.erase(waiters.begin() + (place - waiters.data()));
  tidy(name, now);
}

void MemoryBackend::keep_place(const AcquireRequest& request, MonoTime now) {
  const BootId boot = clock_.boot();
  LockRecord& record = records_[request.name];
  if (auto* place = const_cast<WaiterRow*>(find_place(record, request.key.attempt))) {
    if (living(*place, now, boot)) {
      place->deadline = now + kPlaceKept;
      return;
    }
    leave_line(request.name, request.key, now);
    return keep_place(request, now);
  }
  if (request.mode == Mode::permits) record.capacity = request.capacity;
  const WaiterRow& place = record.waiters.emplace_back(new_place(record, request, now, boot));
  tell(LeaseEvent::Kind::queued, request.name, request.key,
       {.mode = place.mode, .permits = place.permits, .deadline = place.deadline}, now);
}

const LockRecord& MemoryBackend::record_of(const LockName& name) const {
  const auto found = records_.find(name);
  return found == records_.end() ? nothing_ : found->second;
}

Awaitable<Result<AcquireAnswer>> MemoryBackend::acquire(AcquireRequest request, MonoTime) {
  if (auto refusal = refusal_of(request, claims_)) co_return std::unexpected(*refusal);
  const MonoTime now = clock_.monotonic();
  const BootId boot = clock_.boot();
  const LockRecord& before = record_of(request.name);
  if (auto known = remembered<Granted>(request)) {
    if (!*known) co_return std::unexpected(known->error());
    co_return AcquireAnswer(granted_before(before.leases, request.key.attempt, (*known)->token, now, boot));
  }
  if (auto refusal = refusal_of_kind(request, before, now, boot)) co_return std::unexpected(*refusal);
  const AcquireDecision decision = decide(request, before, now, boot);
  if (decision == AcquireDecision::already_held) {
    const LeaseRow* row = find_living(before.leases, request.key.attempt, 0, now, boot);
    co_return AcquireAnswer(Granted{row->token, remaining(*row, now, boot)});
  }
  if (decision == AcquireDecision::refuse) {
    Refused refused{living_holders(request.name, before.leases, now, boot)};
    leave_line(request.name, request.key, now);
    co_return AcquireAnswer(std::move(refused));
  }
  if (has_acted(request.key.attempt)) co_return std::unexpected(attempt_has_ended());
  if (decision == AcquireDecision::wait) {
    keep_place(request, now);
    co_return AcquireAnswer(queued(record_of(request.name), request.key.attempt, now, boot));
  }
  forget(now);
  leave_line(request.name, request.key, now);
  tidy(request.name, now);
  LockRecord& record = records_[request.name];
  if (request.mode == Mode::permits) record.capacity = request.capacity;
  record.leases.push_back({request.key.attempt, request.owner, request.mode, request.permits, ++last_token_,
                           request.ttl, now + request.ttl, boot, request.metadata});
  const Granted granted{last_token_, request.ttl};
  remember(request, granted, now, request.ttl);
  tell(LeaseEvent::Kind::granted, request.name, request.key, record.leases.back(), now);
  co_return AcquireAnswer(granted);
}

Awaitable<Result<RenewAnswer>> MemoryBackend::renew(RenewRequest request, MonoTime) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  if (auto known = remembered<RenewAnswer>(request)) co_return *known;
  const MonoTime now = clock_.monotonic();
  auto* row = const_cast<LeaseRow*>(
      find_living(record_of(request.name).leases, request.key.attempt, request.token, now, clock_.boot()));
  if (row == nullptr) co_return RenewAnswer::lost;
  if (auto refusal = refusal_of_downgrade(request, *row)) co_return std::unexpected(*refusal);
  renew_lease(*row, request, now, clock_.boot());
  remember(request, RenewAnswer::renewed, now, row->ttl);
  tell(LeaseEvent::Kind::renewed, request.name, request.key, *row, now);
  co_return RenewAnswer::renewed;
}

Awaitable<Result<ReleaseAnswer>> MemoryBackend::release(ReleaseRequest request, MonoTime) {
  if (auto refusal = refusal_of(request.name)) co_return std::unexpected(*refusal);
  if (auto known = remembered<ReleaseAnswer>(request)) co_return *known;
  const MonoTime now = clock_.monotonic();
  const auto* row = find_living(record_of(request.name).leases, request.key.attempt, request.token, now, clock_.boot());
  if (row == nullptr) {
    // Given up: what is still on its way must not be granted, and the place in the line goes.
    if (request.token == 0) {
      leave_line(request.name, request.key, now);
      remember(request, ReleaseAnswer::not_held, now, Duration::zero());
    }
    co_return ReleaseAnswer::not_held;
  }
  const LeaseRow gone = *row;
  auto& leases = records_.find(request.name)->second.leases;
  leases.erase(leases.begin() + (row - leases.data()));
  remember(request, ReleaseAnswer::released, now, Duration::zero());
  tell(LeaseEvent::Kind::released, request.name, request.key, gone, now);
  tidy(request.name, now);
  co_return ReleaseAnswer::released;
}

Awaitable<Result<std::vector<Holder>>> MemoryBackend::inspect(LockName name, MonoTime) {
  if (auto refusal = refusal_of(name)) co_return std::unexpected(*refusal);
  co_return living_holders(name, record_of(name).leases, clock_.monotonic(), clock_.boot());
}

}  // namespace lockstep
