// A lease in a client's hands. It renews itself at a third of its ttl, knows until when it may be believed, and
// reports its loss by itself and in time: as an awaitable, by callback, by stop token and as a flag. Releasing ends the
// belief at once, before the store has heard of it. One request of an attempt is under way at a time: a renewal is
// taken back by a release or a downgrade.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "impl/client/client_core.h"

namespace lockstep {

class HeldLock : public std::enable_shared_from_this<HeldLock> {
 public:
  struct Terms {
    LockName name;
    AttemptId attempt;
    Token token = 0;
    Mode mode = Mode::exclusive;
    Duration ttl{};
    bool renew = true;
    std::uint32_t last_request = 0;  // number of the attempt's last request
  };
  // Used by LockClient. The core's backend, clock and observers must outlive the handle's use.
  HeldLock(Terms terms, std::shared_ptr<ClientCore> core);
  // Whoever drops the last reference is no longer told of the loss, and the lease is renewed no more: it runs out by
  // itself. LockGuard (lock_guard.h) gives it back instead.
  ~HeldLock();

  const LockName& name() const { return terms_.name; }
  AttemptId attempt() const { return terms_.attempt; }
  // To be sent along with every write to the protected resource.
  Token token() const { return terms_.token; }
  Duration ttl() const { return terms_.ttl; }
  // Shared from the moment a downgrade is asked for, unless it certainly failed.
  Mode mode() const { return terms_.mode; }

  // True while the lease may be treated as held. Reads the clock, so it is right also after a pause in which nothing
  // else could run.
  bool valid() const { return !ended_ && core_->clock.monotonic() < valid_until_; }
  // How long it may still be, at the least; zero once it may not.
  Duration valid_for() const { return valid() ? valid_until_ - core_->clock.monotonic() : Duration::zero(); }
  // Before a step that must not be overtaken by the loss and takes at most `least`.
  bool valid_for_at_least(Duration least) const { return valid() && valid_for() >= least; }
  MonoTime valid_until() const { return valid_until_; }

  // Why it was lost; nothing while it is held and after an ordinary release.
  std::optional<LossReason> loss() const { return loss_; }
  // Set when the handle is lost or released, no later than at valid_until(). Any number of waiters; they do not keep
  // the handle, and are told `cancelled` if it is dropped.
  Latch& ended() { return ended_latch_; }
  // Called once when the handle is lost, on the client's executor, and never after a release. Must not throw. If it is
  // lost already, called soon.
  void on_loss(std::move_only_function<void(LossReason)> callback);
  // Asked to stop when the handle is lost or released: for work on other threads.
  std::stop_token stop_token();

  // True once the lease is good for at least `least` from now; renews it if it is not. False: it is lost, no ttl of
  // this lease is as long as that, or the store did not answer by `give_up`, and then the lease goes on as it was.
  Awaitable<bool> renew_to(Duration least, MonoTime give_up);

  // From writer to reader, without a gap; also renews. From when it is asked for the handle counts as a reader's.
  // Errors: a definite one leaves the lease as it was; after an indefinite one it is a reader's for us and perhaps
  // still a writer's for others. May be asked again.
  Awaitable<Result<RenewAnswer>> downgrade(MonoTime give_up);

  // Gives the lock back. A second call asks the store again and is no error. Asking goes on until `give_up`; an
  // error means that the store may still hold the lease, until its ttl has passed.
  Awaitable<Result<ReleaseAnswer>> release(MonoTime give_up);
  // The same without waiting, for destructors: asks in the background until the store answers or one ttl has passed.
  void give_back();

  // Starts renewal and the watch over the deadline; called once by LockClient.
  void start(MonoTime sent, MonoTime valid_until);

 private:
  // Calls one member of the handle when its time has come. A timer, not a coroutine: most handles are given back
  // before any of theirs rings.
  struct Alarm final : Timer {
    Alarm(HeldLock& h, void (HeldLock::*r)()) : handle(h), ring(r) {}
    void fire() override { (handle.*ring)(); }
    void abandon() override {}
    HeldLock& handle;
    void (HeldLock::*ring)();
  };
  struct Extension;  // a renewal or a downgrade under way
  struct Finished;   // what its coroutine ends with
  void watch();
  void renew_now();
  std::shared_ptr<Extension> begin_extension(bool downgrade, MonoTime give_up);
  static Awaitable<void> extend(std::weak_ptr<HeldLock> handle, std::shared_ptr<ClientCore> core,
                                std::shared_ptr<Extension> extension, RenewRequest request, MonoTime give_up);
  void extended(const std::shared_ptr<Extension>& extension, MonoTime asked, const Result<RenewAnswer>& answer);
  // Its answer is not waited for, and it is not asked again.
  void displace_extension();
  void renew_at(MonoTime when);
  Duration retry_pause() const;
  MonoTime believed(MonoTime asked) const;
  void believe(MonoTime until);
  void end(std::optional<LossReason> reason);
  void end_by_release();
  void disarm();

  Terms terms_;
  std::shared_ptr<ClientCore> core_;
  MonoTime valid_until_ = MonoTime::min();
  bool ended_ = false;
  std::optional<LossReason> loss_;
  Latch ended_latch_;
  std::vector<std::move_only_function<void(LossReason)>> on_loss_;
  std::stop_source stop_{std::nostopstate};
  std::shared_ptr<Extension> extending_;  // null: none is under way
  Alarm expiry_{*this, &HeldLock::watch};
  Alarm renewal_{*this, &HeldLock::renew_now};
};

}  // namespace lockstep
