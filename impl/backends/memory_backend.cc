// Every operation is one step without a suspension, so it is atomic on its executor. Answers are forgotten a retry
// horizon after their lease has ended. Dead leases are removed when their name is next granted, or with the last answer
// about them; then a name without leases goes too, so that names which nobody asks for again take no memory.
#include "impl/backends/memory_backend.h"

#include <algorithm>

namespace lockstep {

MemoryBackend::MemoryBackend(Clock& clock, LeaseObserver* observer) : clock_(clock), observer_(observer) {
  if (observer_ == nullptr) return;
  const MonoTime now = clock_.monotonic();
  observer_->on({.kind = LeaseEvent::Kind::restarted, .token = 0, .decided = now, .deadline = now});
}

Claims MemoryBackend::its_claims() {
  return {.durable = false, .survives_power_loss = false, .shared_store = false, .max_drift_ppb = 2'000'000};
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
    remove_dead(answer->second.name, now);
    answers_.erase(answer);
    forget_at_.erase(forget_at_.begin());
  }
}

void MemoryBackend::remove_dead(const LockName& name, MonoTime now) {
  const auto found = leases_.find(name);
  if (found == leases_.end()) return;
  std::erase_if(found->second, [&](const LeaseRow& row) {
    if (living(row, now, clock_.boot())) return false;
    tell(LeaseEvent::Kind::expired, name, {row.attempt, 0}, row, now);
    return true;
  });
  if (found->second.empty()) leases_.erase(found);
}

const std::vector<LeaseRow>& MemoryBackend::rows_of(const LockName& name) const {
  const auto found = leases_.find(name);
  return found == leases_.end() ? no_rows_ : found->second;
}

Awaitable<Result<AcquireAnswer>> MemoryBackend::acquire(AcquireRequest request, MonoTime) {
  if (auto refusal = refusal_of(request, claims_)) co_return std::unexpected(*refusal);
  if (auto known = remembered<Granted>(request)) {
    if (!*known) co_return std::unexpected(known->error());
    co_return AcquireAnswer(**known);
  }
  const MonoTime now = clock_.monotonic();
  const BootId boot = clock_.boot();
  const auto& rows = rows_of(request.name);
  switch (decide(request, rows, now, boot)) {
    case AcquireDecision::already_held: {
      const LeaseRow* row = find_living(rows, request.key.attempt, 0, now, boot);
      co_return AcquireAnswer(Granted{row->token, remaining(*row, now, boot)});
    }
    case AcquireDecision::refuse: {
      Refused refused{living_holders(request.name, rows, now, boot)};
      co_return AcquireAnswer(std::move(refused));
    }
    case AcquireDecision::grant: break;
  }
  if (has_acted(request.key.attempt)) co_return std::unexpected(attempt_has_ended());
  forget(now);
  remove_dead(request.name, now);
  auto& leases = leases_[request.name];
  leases.push_back({request.key.attempt, request.owner, request.mode, request.permits, ++last_token_, request.ttl,
                    now + request.ttl, boot, request.metadata});
  const Granted granted{last_token_, request.ttl};
  remember(request, granted, now, request.ttl);
  tell(LeaseEvent::Kind::granted, request.name, request.key, leases.back(), now);
  co_return AcquireAnswer(granted);
}

Awaitable<Result<RenewAnswer>> MemoryBackend::renew(RenewRequest request, MonoTime) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  if (auto known = remembered<RenewAnswer>(request)) co_return *known;
  const MonoTime now = clock_.monotonic();
  auto* row =
      const_cast<LeaseRow*>(find_living(rows_of(request.name), request.key.attempt, request.token, now, clock_.boot()));
  if (row == nullptr) co_return RenewAnswer::lost;
  row->deadline = std::max(row->deadline, now + request.ttl);
  row->ttl = row->deadline - now;
  remember(request, RenewAnswer::renewed, now, row->ttl);
  tell(LeaseEvent::Kind::renewed, request.name, request.key, *row, now);
  co_return RenewAnswer::renewed;
}

Awaitable<Result<ReleaseAnswer>> MemoryBackend::release(ReleaseRequest request, MonoTime) {
  if (auto refusal = refusal_of(request.name)) co_return std::unexpected(*refusal);
  if (auto known = remembered<ReleaseAnswer>(request)) co_return *known;
  const MonoTime now = clock_.monotonic();
  const auto* row = find_living(rows_of(request.name), request.key.attempt, request.token, now, clock_.boot());
  if (row == nullptr) {
    // Given up: what is still on its way must not be granted.
    if (request.token == 0) remember(request, ReleaseAnswer::not_held, now, Duration::zero());
    co_return ReleaseAnswer::not_held;
  }
  const LeaseRow gone = *row;
  const auto found = leases_.find(request.name);
  auto& rows = found->second;
  rows.erase(rows.begin() + (row - rows.data()));
  if (rows.empty()) leases_.erase(found);
  remember(request, ReleaseAnswer::released, now, Duration::zero());
  tell(LeaseEvent::Kind::released, request.name, request.key, gone, now);
  co_return ReleaseAnswer::released;
}

Awaitable<Result<std::vector<Holder>>> MemoryBackend::inspect(LockName name, MonoTime) {
  if (auto refusal = refusal_of(name)) co_return std::unexpected(*refusal);
  co_return living_holders(name, rows_of(name), clock_.monotonic(), clock_.boot());
}

}  // namespace lockstep
