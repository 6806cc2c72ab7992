// The watch goes its own way beside the renewal: a renewal that hangs must not delay the report of the loss.
#include "impl/client/held_lock.h"

#include <algorithm>

namespace lockstep {

HeldLock::HeldLock(Terms terms, Executor executor, LockBackend& backend, Clock& clock, BeliefRule rule,
                   BeliefObserver* observer)
    : terms_(std::move(terms)),
      executor_(std::move(executor)),
      backend_(backend),
      clock_(clock),
      rule_(rule),
      observer_(observer),
      ended_signal_(clock) {}

HeldLock::~HeldLock() { disarm(); }

// Touches the clock only if it still has a timer of ours: a handle left in a coroutine may be destroyed after it.
void HeldLock::disarm() {
  if (expiry_.pending()) clock_.disarm(expiry_);
  if (renewal_.pending()) clock_.disarm(renewal_);
}

void HeldLock::start(MonoTime sent, MonoTime valid_until) {
  believe(valid_until);
  clock_.arm(expiry_, valid_until_);
  renew_at(sent + terms_.ttl / 3);
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
  disarm();
}

// The deadline may have moved on since it was armed.
void HeldLock::watch() {
  if (clock_.monotonic() >= valid_until_) return end(LossReason::expired);
  clock_.arm(expiry_, valid_until_);
}

void HeldLock::renew_at(MonoTime when) {
  if (terms_.renew && !ended_) clock_.arm(renewal_, when);
}

void HeldLock::renew_now() {
  if (clock_.monotonic() >= valid_until_) return end(LossReason::expired);
  spawn(executor_, renew(shared_from_this()));
}

Awaitable<void> HeldLock::renew(std::shared_ptr<HeldLock> self) {
  const Duration third = self->terms_.ttl / 3;
  const MonoTime asked = self->clock_.monotonic();
  RenewRequest request{
      {self->terms_.attempt, ++self->terms_.last_request}, self->terms_.name, self->terms_.token, self->terms_.ttl};
  const auto answer = co_await self->backend_.renew(std::move(request), self->valid_until_);
  const MonoTime now = self->clock_.monotonic();
  if (self->ended_) co_return;
  if (now >= self->valid_until_) co_return self->end(LossReason::expired);  // an answer that late revives nothing
  if (answer && *answer != RenewAnswer::renewed) co_return self->end(LossReason::ended);
  if (answer) self->believe(self->rule_(asked, now, self->terms_.ttl, self->backend_.claims().max_drift_ppb));
  self->renew_at(answer ? asked + third : now + third / 8);
}

Awaitable<Result<ReleaseAnswer>> HeldLock::release(MonoTime give_up) {
  if (!ended_) end(clock_.monotonic() >= valid_until_ ? std::optional(LossReason::expired) : std::nullopt);
  ReleaseRequest request{{terms_.attempt, ++terms_.last_request}, terms_.name, terms_.token};
  co_return co_await backend_.release(std::move(request), give_up);
}

}  // namespace lockstep
