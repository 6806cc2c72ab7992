// Client libraries that are wrong in one way: what stands between the honest one and its store, or a policy of it.
#pragma once

#include <set>

#include "impl/client/held_locks.h"
#include "properties/zoo/forwarding.h"

namespace lockstep::zoo {

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

// Asks who holds the lock and gives it back in a second step, by name alone. redis-py#1031
class ComparedThenDeleted final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
};

// Takes the answer that somebody holds the lock for its own success.
class TakesNoForYes final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
};

// All renewals under one key: the second is answered with the success of the first. loopx#1939
class OneKeyForRenewals final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
};

// After one renewal that failed nothing more is renewed. redisson 3.44.0
class StopsRenewing final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;

 private:
  std::set<AttemptId> stopped_;
};

// The store's word that the lease is lost is not passed on to its holder. etcd#6127
class UnheardLoss final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
};

// Validity counted from the answer. justalock
MonoTime believe_from_the_answer(MonoTime sent, MonoTime answered, Duration valid_for, std::int64_t max_drift_ppb);
// A holder goes on until it is told otherwise. redisson#5698
MonoTime believe_until_told(MonoTime sent, MonoTime answered, Duration valid_for, std::int64_t max_drift_ppb);

// The store is asked for the release first and the handle told of it afterwards: it looks at its lease in between, and
// takes what it sees for a loss. DistributedLock c466596
Awaitable<void> released_under_the_handle(std::shared_ptr<HeldLock> held, LockBackend& store, MonoTime give_up);

// Several locks in the order in which they were asked for. agent-workspace-fabric#328
bool in_the_order_of_asking(const LockName& a, const LockName& b);
// Several locks: what was got half-way is kept, and renewed. redisson#4456
Awaitable<Result<AcquisitionOfAll>> acquire_all_or_keep_some(Acquire acquire, Clock& clock,
                                                             std::vector<LockClient::Wish> wishes,
                                                             AcquireAllOptions options);

}  // namespace lockstep::zoo
