// The watch goes its own way beside the renewal: a renewal that hangs must not delay the report of the loss. Requests
// for more time run in coroutines of their own, which keep nothing alive: who asked may be cancelled or gone.
#include "impl/client/held_lock.h"

#include <algorithm>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

namespace lockstep {

namespace {
// Even a lease of a month is asked for again this soon after a renewal that failed.
constexpr Duration kLongestRetry = std::chrono::seconds(1);
// More than a giving back in the background asks in the longest ttl: the numbers are its own.
constexpr std::uint32_t kGiveBackRequests = 1 << 24;
}  // namespace

struct HeldLock::Extension {
  Extension(Clock& clock, bool d) : downgrade(d), over(clock) {}
  bool downgrade;
  bool was_exclusive = false;
  bool begun = false;  // before that it must not be cancelled: Asio would throw from its executor
  bool unwanted = false;
  std::optional<Result<RenewAnswer>> answer;
  Latch over;
  asio::cancellation_signal displaced;
};

// Has its slot as a member, not by bind_cancellation_slot: with that one Asio 1.81 posts the cancellation with a plain
// pointer into the signal, which may be gone by then.
struct HeldLock::Finished {
  using cancellation_slot_type = asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept { return extension->displaced.slot(); }
  // A backend that throws is the end of this try, not of the renewals.
  void operator()(std::exception_ptr error) const {
    if (!error) return;
    if (const auto self = handle.lock())
      self->extended(extension, MonoTime::min(), indefinite(ErrorKind::storage, "the store threw"));
    extension->over.set();
    std::rethrow_exception(error);
  }
  std::weak_ptr<HeldLock> handle;
  std::shared_ptr<Extension> extension;
};

HeldLock::HeldLock(Terms terms, std::shared_ptr<ClientCore> core)
    : terms_(std::move(terms)), core_(std::move(core)), ended_latch_(core_->clock) {}

HeldLock::~HeldLock() {
  disarm();
  if (core_->closed) return;
  displace_extension();
  if (!ended_ && core_->telemetry != nullptr)
    core_->telemetry->hold_ended({terms_.name, terms_.attempt, core_->clock.monotonic()}, std::nullopt);
}

// Touches the clock only if it still has a timer of ours: a handle left in a coroutine may be destroyed after it.
void HeldLock::disarm() {
  if (expiry_.pending()) core_->clock.disarm(expiry_);
  if (renewal_.pending()) core_->clock.disarm(renewal_);
}

void HeldLock::start(MonoTime sent, MonoTime valid_until) {
  believe(valid_until);
  core_->clock.arm(expiry_, valid_until_);
  renew_at(sent + terms_.ttl / 3);
}

void HeldLock::believe(MonoTime until) {
  if (until <= valid_until_) return;
  valid_until_ = until;
  if (core_->observer != nullptr) core_->observer->believes(terms_.attempt, until);
}

void HeldLock::end(std::optional<LossReason> reason) {
  if (ended_) return;
  const auto self = shared_from_this();  // a callback may drop the last other reference
  ended_ = true;
  loss_ = reason;
  if (reason && core_->observer != nullptr) core_->observer->lost(terms_.attempt, *reason);
  if (core_->telemetry != nullptr)
    core_->telemetry->hold_ended({terms_.name, terms_.attempt, core_->clock.monotonic()}, reason);
  disarm();
  displace_extension();
  ended_latch_.set();
  stop_.request_stop();
  auto callbacks = std::exchange(on_loss_, {});
  if (!reason) return;
  for (auto& callback : callbacks) callback(*reason);
}

void HeldLock::end_by_release() {
  end(core_->clock.monotonic() >= valid_until_ ? std::optional(LossReason::outage) : std::nullopt);
}

void HeldLock::on_loss(std::move_only_function<void(LossReason)> callback) {
  if (!ended_) return on_loss_.push_back(std::move(callback));
  if (!loss_) return;
  asio::post(core_->executor, [reason = *loss_, late = std::move(callback)]() mutable { late(reason); });
}

std::stop_token HeldLock::stop_token() {
  if (!stop_.stop_possible()) {
    stop_ = std::stop_source();
    if (ended_) stop_.request_stop();
  }
  return stop_.get_token();
}

// The deadline may have moved on since it was armed.
void HeldLock::watch() {
  if (core_->clock.monotonic() >= valid_until_) return end(LossReason::outage);
  core_->clock.arm(expiry_, valid_until_);
}

// --- More time -------------------------------------------------------------------------------------------------------

void HeldLock::renew_at(MonoTime when) {
  if (!terms_.renew || ended_) return;
  if (renewal_.pending()) core_->clock.disarm(renewal_);
  core_->clock.arm(renewal_, when);
}

// Whatever is under way sets the time of the next renewal when it ends.
void HeldLock::renew_now() {
  if (core_->clock.monotonic() >= valid_until_) return end(LossReason::outage);
  if (extending_ == nullptr && !core_->closed) begin_extension(false, valid_until_);
}

Duration HeldLock::retry_pause() const { return std::min(terms_.ttl / 3 / 8, kLongestRetry); }

MonoTime HeldLock::believed(MonoTime asked) const {
  return core_->belief(asked, core_->clock.monotonic(), terms_.ttl, core_->backend.claims().max_drift_ppb);
}

std::shared_ptr<HeldLock::Extension> HeldLock::begin_extension(bool downgrade, MonoTime give_up) {
  auto extension = std::make_shared<Extension>(core_->clock, downgrade);
  extending_ = extension;
  if (downgrade) extension->was_exclusive = std::exchange(terms_.mode, Mode::shared) == Mode::exclusive;
  RenewRequest request{{terms_.attempt, ++terms_.last_request}, terms_.name, terms_.token, terms_.ttl, downgrade};
  auto coroutine = extend(weak_from_this(), core_, extension, std::move(request), std::min(give_up, valid_until_));
  asio::co_spawn(core_->executor, std::move(coroutine), Finished{weak_from_this(), extension});
  return extension;
}

Awaitable<void> HeldLock::extend(std::weak_ptr<HeldLock> handle, std::shared_ptr<ClientCore> core,
                                 std::shared_ptr<Extension> extension, RenewRequest request, MonoTime give_up) {
  extension->begun = true;
  co_await asio::this_coro::throw_if_cancelled(false);
  if (!extension->unwanted && !core->closed) {
    const MonoTime asked = core->clock.monotonic();
    const auto answer = co_await core->backend.renew(std::move(request), give_up);
    const auto self = handle.lock();
    if (self && !core->closed) self->extended(extension, asked, answer);
  }
  extension->over.set();
}

void HeldLock::extended(const std::shared_ptr<Extension>& extension, MonoTime asked,
                        const Result<RenewAnswer>& answer) {
  if (extending_ != extension || ended_) return;
  extending_.reset();
  extension->answer = answer;
  const MonoTime now = core_->clock.monotonic();
  if (now >= valid_until_) return end(LossReason::outage);  // an answer that late revives nothing
  if (answer && *answer == RenewAnswer::lost) return end(LossReason::expired);
  if (answer && *answer == RenewAnswer::broken) return end(LossReason::broken);
  if (answer) {
    believe(believed(asked));
  } else if (extension->was_exclusive && answer.error().definite) {
    terms_.mode = Mode::exclusive;
  }
  renew_at(answer ? asked + terms_.ttl / 3 : now + retry_pause());
}

void HeldLock::displace_extension() {
  const auto extension = std::exchange(extending_, nullptr);
  if (extension == nullptr) return;
  extension->unwanted = true;
  if (extension->begun) extension->displaced.emit(asio::cancellation_type::terminal);
}

Awaitable<bool> HeldLock::renew_to(Duration least, MonoTime give_up) {
  const auto self = shared_from_this();
  while (!valid_for_at_least(least)) {
    const MonoTime now = core_->clock.monotonic();
    if (!valid() || core_->closed || now >= give_up || believed(now) - now < least) co_return false;
    const auto extension = extending_ != nullptr ? extending_ : begin_extension(false, give_up);
    if (co_await extension->over.wait_until(give_up) == Wake::cancelled) break;
    if (!extension->answer || *extension->answer) continue;
    const MonoTime next = std::min(give_up, saturating_add(core_->clock.monotonic(), retry_pause()));
    if (co_await sleep_until(core_->clock, next) == Wake::cancelled) break;
  }
  co_return valid_for_at_least(least);
}

Awaitable<Result<RenewAnswer>> HeldLock::downgrade(MonoTime give_up) {
  const auto self = shared_from_this();
  if (terms_.mode == Mode::permits) co_return definite(ErrorKind::invalid, "permits cannot be downgraded");
  if (!valid()) co_return loss_ == LossReason::broken ? RenewAnswer::broken : RenewAnswer::lost;
  if (core_->closed) co_return definite(ErrorKind::cancelled, "the client is gone");
  std::shared_ptr<Extension> extension = extending_;
  if (extension == nullptr || !extension->downgrade) {
    displace_extension();
    extension = begin_extension(true, give_up);
  }
  const Wake wake = co_await extension->over.wait_until(give_up);
  if (loss_) co_return *loss_ == LossReason::broken ? RenewAnswer::broken : RenewAnswer::lost;
  if (extension->answer) co_return *extension->answer;
  if (wake == Wake::cancelled) co_return indefinite(ErrorKind::cancelled);
  co_return indefinite(ErrorKind::unreachable, "it was not answered in time, or the lock was released meanwhile");
}

// --- Release ---------------------------------------------------------------------------------------------------------

Awaitable<Result<ReleaseAnswer>> HeldLock::release(MonoTime give_up) {
  const auto core = core_;
  const auto self = shared_from_this();
  end_by_release();
  if (core->closed) co_return definite(ErrorKind::cancelled, "the client is gone");
  if (core->telemetry != nullptr)
    core->telemetry->release_began({terms_.name, terms_.attempt, core->clock.monotonic()});
  ReleaseRequest request{{terms_.attempt, ++terms_.last_request}, terms_.name, terms_.token};
  auto answer = co_await core->backend.release(std::move(request), give_up);
  if (core->telemetry != nullptr && !core->closed)
    core->telemetry->release_ended({terms_.name, terms_.attempt, core->clock.monotonic()}, end_of(answer));
  co_return answer;
}

void HeldLock::give_back() {
  if (core_->closed) return;
  end_by_release();
  lockstep::give_back(core_, {.name = terms_.name,
                              .attempt = terms_.attempt,
                              .last_request = terms_.last_request,
                              .token = terms_.token,
                              .ttl = terms_.ttl,
                              .held = true});
  terms_.last_request += kGiveBackRequests;
}

}  // namespace lockstep
