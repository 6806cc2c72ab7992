// Renewal and the watch are two coroutines: a renewal that hangs must not delay the report of the loss.
#include "impl/client/held_lock.h"

#include <algorithm>

namespace lockstep {

HeldLock::HeldLock(Terms terms, LockBackend& backend, Clock& clock, BeliefRule rule, BeliefObserver* observer)
    : terms_(std::move(terms)),
      backend_(backend),
      clock_(clock),
      rule_(rule),
      observer_(observer),
      ended_signal_(clock),
      watch_(clock),
      renewal_(clock) {}

void HeldLock::start(std::shared_ptr<HeldLock> self, const Executor& executor, MonoTime sent, MonoTime valid_until) {
  self->believe(valid_until);
  spawn(executor, watch(self));
  if (self->terms_.renew) spawn(executor, keep_renewed(self, sent));
}

void HeldLock::believe(MonoTime until) {
  if (until <= valid_until_) return;
  valid_until_ = until;
  if (observer_ != nullptr) observer_->believes(terms_.attempt, until);
}

void HeldLock::end(std::optional<LossReason> reason) {
  if (ended_) return;
  ended_ = true;
  loss_ = reason;
  if (reason && observer_ != nullptr) observer_->lost(terms_.attempt, *reason);
  ended_signal_.set();
  watch_.set();
  renewal_.set();
}

Awaitable<void> HeldLock::watch(std::shared_ptr<HeldLock> self) {
  while (!self->ended_) {
    const Wake wake = co_await self->watch_.wait_until(self->valid_until_);
    if (wake == Wake::cancelled) co_return;
    if (self->clock_.monotonic() >= self->valid_until_) self->end(LossReason::expired);
  }
}

Awaitable<void> HeldLock::keep_renewed(std::shared_ptr<HeldLock> self, MonoTime sent) {
  const Duration third = self->terms_.ttl / 3;
  MonoTime next = sent + third;
  while (!self->ended_) {
    if (co_await self->renewal_.wait_until(next) == Wake::cancelled || self->ended_) co_return;
    const MonoTime asked = self->clock_.monotonic();
    if (asked >= self->valid_until_) co_return self->end(LossReason::expired);
    RenewRequest request{
        {self->terms_.attempt, ++self->terms_.last_request}, self->terms_.name, self->terms_.token, self->terms_.ttl};
    const auto answer = co_await self->backend_.renew(std::move(request), self->valid_until_);
    const MonoTime now = self->clock_.monotonic();
    if (self->ended_) co_return;
    if (now >= self->valid_until_) co_return self->end(LossReason::expired);  // an answer that late revives nothing
    if (answer && *answer == RenewAnswer::lost) co_return self->end(LossReason::ended);
    if (answer) {
      self->believe(self->rule_(asked, now, self->terms_.ttl, self->backend_.claims().max_drift_ppb));
      next = asked + third;
    } else {
      next = now + third / 8;
    }
  }
}

Awaitable<Result<ReleaseAnswer>> HeldLock::release(MonoTime give_up) {
  if (!ended_) end(clock_.monotonic() >= valid_until_ ? std::optional(LossReason::expired) : std::nullopt);
  ReleaseRequest request{{terms_.attempt, ++terms_.last_request}, terms_.name, terms_.token};
  co_return co_await backend_.release(std::move(request), give_up);
}

}  // namespace lockstep
