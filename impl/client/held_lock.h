// A lease in a client's hands. It renews itself at a third of its ttl, knows until when it may be believed, and
// reports its loss by itself and in time. Releasing ends the belief at once, before the store has heard of it.
#pragma once

#include <memory>
#include <optional>

#include "impl/client/belief.h"
#include "impl/env/clock.h"
#include "impl/env/signal.h"
#include "impl/lock/backend.h"

namespace lockstep {

class HeldLock : public std::enable_shared_from_this<HeldLock> {
 public:
  struct Terms {
    LockName name;
    AttemptId attempt;
    Token token = 0;
    Duration ttl{};
    bool renew = true;
    std::uint32_t last_request = 0;  // number of the attempt's last request
  };
  // Used by LockClient. Backend, clock and observer (may be null) must outlive its use.
  HeldLock(Terms terms, Executor executor, LockBackend& backend, Clock& clock, BeliefRule rule,
           BeliefObserver* observer);
  // Whoever drops the last reference is no longer told of the loss, and the lease is renewed no more.
  ~HeldLock();

  const LockName& name() const { return terms_.name; }
  AttemptId attempt() const { return terms_.attempt; }
  // To be sent along with every write to the protected resource.
  Token token() const { return terms_.token; }

  // True while the lease may be treated as held.
  bool valid() const { return !ended_ && clock_.monotonic() < valid_until_; }
  // How long it may still be, at the least; zero once it may not.
  Duration valid_for() const { return valid() ? valid_until_ - clock_.monotonic() : Duration::zero(); }
  MonoTime valid_until() const { return valid_until_; }
  // Why it was lost; nothing while it is held and after an ordinary release.
  std::optional<LossReason> loss() const { return loss_; }
  // Set once when the handle is lost or released. One waiter.
  Signal& ended() { return ended_signal_; }

  // Gives the lock back. A second call asks the store again and is no error. Asking goes on until `give_up`; an
  // error means that the store may still hold the lease, until its ttl has passed.
  Awaitable<Result<ReleaseAnswer>> release(MonoTime give_up);

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
  void watch();
  void renew_now();
  static Awaitable<void> renew(std::shared_ptr<HeldLock> self);
  void renew_at(MonoTime when);
  void believe(MonoTime until);
  void end(std::optional<LossReason> reason);
  void disarm();

  Terms terms_;
  Executor executor_;
  LockBackend& backend_;
  Clock& clock_;
  BeliefRule rule_;
  BeliefObserver* observer_;
  MonoTime valid_until_ = MonoTime::min();
  bool ended_ = false;
  std::optional<LossReason> loss_;
  Signal ended_signal_;
  Alarm expiry_{*this, &HeldLock::watch};
  Alarm renewal_{*this, &HeldLock::renew_now};
};

}  // namespace lockstep
