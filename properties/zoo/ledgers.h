// Stores that decide wrongly: each spoils one decision of the honest ledger, under any of the honest stores.
#pragma once

#include <map>

#include "impl/lock/ledger.h"

namespace lockstep::zoo {

// A grant, if this is one, with another token.
void retoken(Decision<AcquireAnswer>& decision, Token token);

// After the comparison of owners failed, the lease is deleted anyway. leshan#837
class DeletedAnyway final : public Ledger {
 public:
  using Ledger::decide;
  Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// A release names the client and not the attempt: a late one ends a newer hold of the same client. etcd#22082
class ReleaseByOwner final : public Ledger {
 public:
  using Ledger::decide;
  Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// Whoever gives up without holding anything takes the present holder's lease along. portalocker#115
class ReleaseOfNothing final : public Ledger {
 public:
  using Ledger::decide;
  Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// A renewal extends whatever lease there is and says yes. redisson#597
class UncheckedRenewal final : public Ledger {
 public:
  using Ledger::decide;
  Decision<RenewAnswer> decide(const RenewRequest& request, const LockRecord& record, const Memory& memory,
                               Reading at) const override;
};

// A heartbeat writes the lease, whether or not it is still there: one on its way revives what was just given back.
// dynamodb-lock-client#116
class WritingHeartbeat final : public Ledger {
 public:
  using Ledger::decide;
  Decision<RenewAnswer> decide(const RenewRequest& request, const LockRecord& record, const Memory& memory,
                               Reading at) const override;
};

// The lease of somebody who waited is counted from when he last took care of his place. etcd#11456
class LeaseOfWaiter final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// A place in the line never lapses: who died in it blocks those behind. etcd#9715, hiqlite#352
class UndyingPlaces final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// Whoever gives up keeps his place, is granted, and nobody gives it back. hazelcast#7343, atlasdb#4933
class DeafToGivingUp final : public Ledger {
 public:
  using Ledger::decide;
  Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// A newcomer is granted what is free, whoever waits.
class Barging final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// A repeated request is refused by the lease that its first sending installed. stardag#342
class RefusedByItself final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// Time in ticks of 10 ms, and at the tick of the deadline a renewal finds the lease alive that an acquisition finds
// dead.
class BothAtTheBoundary final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
  Decision<RenewAnswer> decide(const RenewRequest& request, const LockRecord& record, const Memory& memory,
                               Reading at) const override;
};

// What was decided on a first reading is written when the transaction has to be begun again. For one that is deferred:
// it is sent back only when it begins to write, and what it has read is old by then. caplets#222
class DecidesOnce final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;

 private:
  struct Decided {
    int times = 0;  // before the transaction and in it; more often: it was sent back
    Decision<AcquireAnswer> decision;
  };
  mutable std::map<RequestKey, Decided> decided_;  // grants that are not known to be written
};

// The counter goes with the lock's row: who comes to an empty one is given token 1. cosmos-db-design-patterns#91
class TokenOfTheRow final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// Tokens are random. dynamodb-lock-client#1
class RandomTokens final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

// Answers are remembered for a tenth of a second, not for a minute: a request that comes late is taken for a new one.
// Our own invention, planted after the search was tuned.
class ShortMemory final : public Ledger {
 public:
  using Ledger::decide;
  Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
  Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                 Reading at) const override;
};

}  // namespace lockstep::zoo
