// Stores that are wrong in one way, each made of an honest one and what stands around it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "impl/lock/ledger.h"
#include "impl/lock/observer.h"
#include "properties/zoo/forwarding.h"

namespace lockstep::zoo {

// Stands around a store, which is set once it is open, and between it and whoever listens to it.
class AroundStore : public ForwardingBackend, public LeaseObserver {
 public:
  explicit AroundStore(LeaseObserver* outside) : ForwardingBackend(nullptr), outside_(outside) {}
  void set_inner(std::shared_ptr<LockBackend> inner) { inner_ = std::move(inner); }
  void on(const LeaseEvent& event) override { outside_->on(event); }

 protected:
  LeaseObserver* outside_;
};

// Release without any owner check: it deletes whatever lease there is.
class StaleRelease final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
};

// A renewal that comes too late creates the lease anew and hides the gap. redlock-rb#36
class RevivedRenewal final : public AroundStore {
 public:
  using AroundStore::AroundStore;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  void on(const LeaseEvent& event) override;

 private:
  std::uint64_t revivals_ = 0;
  const RenewRequest* reviving_ = nullptr;
};

// Tokens counted in memory: they begin again when the process does.
class MemoryTokens final : public AroundStore {
 public:
  using AroundStore::AroundStore;
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  void on(const LeaseEvent& event) override;

 private:
  Token given_for(Token real);
  Token last_ = 0;
  std::map<Token, Token> given_;
};

// Every sending of a request is taken for an attempt of its own, so a repeated or delayed one gets a lease of its own.
class SecondGrant final : public AroundStore {
 public:
  using AroundStore::AroundStore;
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  void on(const LeaseEvent& event) override;

 private:
  Awaitable<AttemptId> holder_with(LockName name, Token token, AttemptId otherwise, MonoTime give_up);
};

// A server that times leases by what it knows itself: it ends one that is renewed at another server. etcd#15247
class EndsByMemory final : public AroundStore {
 public:
  EndsByMemory(LeaseObserver* outside, Clock& clock) : AroundStore(outside), clock_(clock) {}
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  void on(const LeaseEvent& event) override;

 private:
  struct Known {
    AttemptId attempt;
    Token token = 0;
    MonoTime deadline;
  };
  Clock& clock_;
  std::map<LockName, Known> known_;
  std::uint64_t ended_ = 0;
};

// Tokens counted in a file beside the store that is not synced: they go back with a power loss. redisson
class CounterBeside final : public Ledger, public LeaseObserver {
 public:
  CounterBeside(std::shared_ptr<FileSystem> files, LeaseObserver* outside)
      : files_(std::move(files)), outside_(outside) {}
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
  void on(const LeaseEvent& event) override;

 private:
  Token read() const;
  std::shared_ptr<FileSystem> files_;
  LeaseObserver* outside_;
};

// Names that a careless store takes for the same: by case, or cut off at a zero byte. git-lfs#2496
class CarelessNames final : public ForwardingBackend {
 public:
  enum class By : std::uint8_t { case_of_letters, zero_byte };
  CarelessNames(std::shared_ptr<LockBackend> inner, By by) : ForwardingBackend(std::move(inner)), by_(by) {}
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;

 private:
  // The first name that came of those that are the same to it.
  const LockName& taken_for(const LockName& name);
  By by_;
  std::map<std::string, LockName> first_;
};

}  // namespace lockstep::zoo
