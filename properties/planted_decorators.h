// The decorators that planted bugs are made of, each around an honest backend.
#pragma once

#include <map>
#include <memory>

#include "impl/env/clock.h"
#include "impl/lock/backend.h"
#include "impl/lock/observer.h"

namespace lockstep::properties {

// Forwards everything; a bug overrides the one operation that it spoils.
class ForwardingBackend : public LockBackend {
 public:
  explicit ForwardingBackend(std::shared_ptr<LockBackend> inner) : inner_(std::move(inner)) {}
  const Claims& claims() const override { return inner_->claims(); }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override {
    return inner_->acquire(std::move(request), give_up);
  }
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override {
    return inner_->renew(std::move(request), give_up);
  }
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override {
    return inner_->release(std::move(request), give_up);
  }
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override {
    return inner_->inspect(std::move(name), give_up);
  }
  Awaitable<Result<Listing>> list(ListRequest request, MonoTime give_up) override {
    return inner_->list(std::move(request), give_up);
  }
  Awaitable<Result<BreakAnswer>> break_lock(BreakRequest request, MonoTime give_up) override {
    return inner_->break_lock(std::move(request), give_up);
  }
  Awaitable<Result<WatchAnswer>> watch(WatchRequest request, MonoTime give_up) override {
    return inner_->watch(std::move(request), give_up);
  }

 protected:
  std::shared_ptr<LockBackend> inner_;
};

// Release without any owner check: it deletes whatever lease there is.
class StaleRelease final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
};

// A renewal that comes too late creates the lease anew and hides the gap. redlock-rb#36
class RevivedRenewal final : public ForwardingBackend, public LeaseObserver {
 public:
  RevivedRenewal(std::shared_ptr<LockBackend> inner, LeaseObserver* outside)
      : ForwardingBackend(std::move(inner)), outside_(outside) {}
  void set_inner(std::shared_ptr<LockBackend> inner) { inner_ = std::move(inner); }
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  void on(const LeaseEvent& event) override;

 private:
  LeaseObserver* outside_;
  std::uint64_t revivals_ = 0;
  const RenewRequest* reviving_ = nullptr;
};

// Tokens counted in memory: they begin again when the process does.
class MemoryTokens final : public ForwardingBackend, public LeaseObserver {
 public:
  MemoryTokens(std::shared_ptr<LockBackend> inner, LeaseObserver* outside)
      : ForwardingBackend(std::move(inner)), outside_(outside) {}
  void set_inner(std::shared_ptr<LockBackend> inner) { inner_ = std::move(inner); }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  void on(const LeaseEvent& event) override;

 private:
  Token given_for(Token real);
  LeaseObserver* outside_;
  Token last_ = 0;
  std::map<Token, Token> given_;
};

// Every sending of a request is taken for an attempt of its own, so a repeated or delayed one gets a lease of its own.
class SecondGrant final : public ForwardingBackend, public LeaseObserver {
 public:
  SecondGrant(std::shared_ptr<LockBackend> inner, LeaseObserver* outside)
      : ForwardingBackend(std::move(inner)), outside_(outside) {}
  void set_inner(std::shared_ptr<LockBackend> inner) { inner_ = std::move(inner); }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  void on(const LeaseEvent& event) override;

 private:
  Awaitable<AttemptId> holder_with(LockName name, Token token, AttemptId otherwise, MonoTime give_up);
  LeaseObserver* outside_;
};

// The host's wall clock where the monotonic one belongs. valkey#2651
class WallAsMonotonic final : public Clock {
 public:
  explicit WallAsMonotonic(Clock& inner) : inner_(inner) {}
  MonoTime monotonic() const override { return MonoTime(inner_.wall().time_since_epoch()); }
  WallTime wall() const override { return inner_.wall(); }
  BootId boot() const override { return inner_.boot(); }
  void arm(Timer& timer, MonoTime deadline) override { inner_.arm(timer, deadline); }
  void expedite(Timer& timer) override { inner_.expedite(timer); }
  void disarm(Timer& timer) override { inner_.disarm(timer); }

 private:
  Clock& inner_;
};

// One boot id for all hosts: their clocks are taken for one clock. client-go#448
class OneBootForAll final : public Clock {
 public:
  explicit OneBootForAll(Clock& inner) : inner_(inner) {}
  MonoTime monotonic() const override { return inner_.monotonic(); }
  WallTime wall() const override { return inner_.wall(); }
  BootId boot() const override { return {1, 1}; }
  void arm(Timer& timer, MonoTime deadline) override { inner_.arm(timer, deadline); }
  void expedite(Timer& timer) override { inner_.expedite(timer); }
  void disarm(Timer& timer) override { inner_.disarm(timer); }

 private:
  Clock& inner_;
};

// A client whose renewal goes on after the acquisition was given up. etcd#17470
class ZombieRenewal final : public ForwardingBackend {
 public:
  ZombieRenewal(std::shared_ptr<LockBackend> inner, Executor executor, Clock& clock)
      : ForwardingBackend(std::move(inner)), executor_(std::move(executor)), clock_(clock) {}
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;

 private:
  Awaitable<void> renew_for_ever(RenewRequest request);
  Executor executor_;
  Clock& clock_;
};

// A client that ignores its wait limit while it waits for an answer. walrus#110
class IgnoredLimit final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
};

}  // namespace lockstep::properties
