// Bugs of decisions, each under one of the honest stores.
#include "properties/zoo/ledgers.h"
#include "properties/zoo/plant.h"
#include "properties/zoo/shared_ledgers.h"

namespace lockstep::zoo {

std::vector<Planted> ledger_bugs() {
  using enum Property;
  const Subject memory = scenarios::memory_subject();
  const Subject sqlite = scenarios::sqlite_subject();
  const Subject directory = scenarios::filesystem_subject();
  const PropertySet two_holders = any_of(ownership, lease_exclusion, belief_exclusion);
  return {
      plant(memory, "deleted-anyway", 3, "leshan#837", "a release that finds another owner deletes the lease anyway",
            two_holders, decides_by<DeletedAnyway>),
      plant(sqlite, "release-by-owner", 4, "etcd#22082",
            "a release names the client, not the attempt, and ends a newer hold of the same client", two_holders,
            decides_by<ReleaseByOwner>),
      plant(directory, "release-of-nothing", 5, "portalocker#115",
            "whoever gives up without holding anything takes the holder's lease along", two_holders,
            decides_by<ReleaseOfNothing>),
      plant(memory, "unchecked-renewal", 7, "redisson#597", "a renewal extends whatever lease there is and says yes",
            two_holders, decides_by<UncheckedRenewal>),
      plant(memory, "writing-heartbeat", 8, "dynamodb-lock-client#116",
            "a heartbeat under way revives a lease that was just given back",
            two_holders | any_of(idempotence, fencing_order, no_phantom_hold), decides_by<WritingHeartbeat>),
      plant(memory, "lease-of-waiter", 15, "etcd#11456",
            "the lease of somebody who waited is counted from before its grant", two_holders,
            decides_by<LeaseOfWaiter>),
      plant(sqlite, "undying-places", 16, "etcd#9715", "who died in the line blocks those behind for ever",
            any_of(expiry, progress, fifo, linearizable), decides_by<UndyingPlaces>),
      plant(memory, "deaf-to-giving-up", 17, "hazelcast#7343",
            "a waiter who gave up is granted, and nobody gives it back", any_of(no_phantom_hold, expiry, progress),
            decides_by<DeafToGivingUp>),
      plant(sqlite, "barging", 21, "", "a newcomer overtakes those who wait", any_of(fifo), decides_by<Barging>),
      plant(sqlite, "refused-by-itself", 24, "stardag#342",
            "a repeated try is refused by the lease that its first sending installed",
            any_of(no_phantom_hold, linearizable, expiry, progress), decides_by<RefusedByItself>),
      plant(memory, "both-at-the-boundary", 30, "",
            "a renewal finds alive at the deadline what an acquisition finds dead", two_holders,
            decides_by<BothAtTheBoundary>),
      plant(memory, "token-of-the-row", 45, "cosmos-db-design-patterns#91",
            "the token counter is deleted with the lock's row", any_of(fencing_order, fenced_writes, durability),
            decides_by<TokenOfTheRow>),
      plant(memory, "short-memory", 100, "our own invention",
            "answers are remembered for a tenth of a second, and a late request is taken for a new one",
            any_of(idempotence, no_phantom_hold, linearizable, fencing_order), decides_by<ShortMemory>),
      plant(sqlite, "random-tokens", 47, "dynamodb-lock-client#1", "tokens are random",
            any_of(fencing_order, fenced_writes, durability), decides_by<RandomTokens>),
  };
}

std::vector<Planted> shared_ledger_bugs() {
  using enum Property;
  const Subject memory = scenarios::memory_subject();
  const Subject sqlite = scenarios::sqlite_subject();
  const Subject directory = scenarios::filesystem_subject();
  const PropertySet too_many = any_of(lease_exclusion, belief_exclusion);
  return {
      plant(memory, "permit-back-twice", 54, "", "a permit comes back when its lease runs out, and by the late release",
            too_many, decides_by<PermitBackTwice>),
      plant(memory, "permits-of-the-dead", 55, "redis-rate-limiters#7",
            "the permits of the dead come back only when nobody holds any", any_of(linearizable, expiry, progress),
            decides_by<PermitsOfTheDead>),
      plant(memory, "counted-anew", 56, "redisson#4678", "the count of permits begins anew while some are out",
            too_many, decides_by<CountedAnew>),
      plant(memory, "raised-by-giving-up", 57, "redisson#7206", "a waiter who gives up raises the count of permits",
            too_many, decides_by<RaisedByGivingUp>),
      plant(directory, "readers-first", 58, "minio#2629", "readers are let in while a writer waits",
            any_of(fifo, progress, expiry), decides_by<ReadersFirst>),
      plant(memory, "one-ttl-for-readers", 59, "DistributedLock for Redis",
            "one ttl for all readers: a dead one is kept alive by the others", any_of(ownership, expiry, progress),
            decides_by<OneTtlForReaders>),
      plant(sqlite, "reader-deletes-all", 60, "redisson#891", "a reader who leaves deletes the whole record",
            any_of(ownership, lease_exclusion, belief_exclusion), decides_by<ReaderDeletesAll>),
  };
}

}  // namespace lockstep::zoo
