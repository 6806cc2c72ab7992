// The same for semaphores and for readers and writers.
#pragma once

#include <map>
#include <set>

#include "impl/lock/ledger.h"

namespace lockstep::zoo {

// A store that counts permits instead of knowing who has them, and has too many: for `surplus` of them it overlooks
// leases. One object for each store.
class MiscountedPermits : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;

 protected:
  mutable std::map<LockName, std::uint64_t> surplus_;
};

// A permit comes back twice: when its lease runs out, and by the late release.
class PermitBackTwice final : public MiscountedPermits {
 public:
  using MiscountedPermits::decide;
  Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// A waiter who gives up raises the counter by what he waited for. redisson#7206
class RaisedByGivingUp final : public MiscountedPermits {
 public:
  using MiscountedPermits::decide;
  Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// The counter is set to the capacity whenever a new client comes, also while permits are out. redisson#4678
class CountedAnew final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;

 private:
  mutable std::map<LockName, std::set<std::uint64_t>> clients_;
  mutable std::map<LockName, std::set<AttemptId>> overlooked_;
};

// The permits of the dead come back only when nobody holds any. redis-rate-limiters#7
class PermitsOfTheDead final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// Readers are let in while a writer waits. minio#2629
class ReadersFirst final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// One ttl for all readers together: each renewal keeps the dead ones alive too. DistributedLock for Redis
class OneTtlForReaders final : public Ledger {
 public:
  using Ledger::decide;
  Decision<RenewAnswer> decide(const RenewRequest& request, const LockRecord& record, const Memory& memory,
                               Reading at) const override;
};

// A reader who leaves deletes the whole record. redisson#891
class ReaderDeletesAll final : public Ledger {
 public:
  using Ledger::decide;
  Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

}  // namespace lockstep::zoo
