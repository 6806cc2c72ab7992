// Bugs of client libraries and of the resource.
#include "properties/zoo/clients.h"
#include "properties/zoo/decorators.h"
#include "properties/zoo/plant.h"
#include "properties/zoo/woken_clients.h"

namespace lockstep::zoo {
namespace {

template <typename Bug>
std::shared_ptr<LockBackend> between(LockBackend& store, Executor executor, Clock& clock) {
  std::shared_ptr<LockBackend> unowned(&store, [](LockBackend*) {});
  if constexpr (std::is_constructible_v<Bug, std::shared_ptr<LockBackend>, Executor, Clock&>) {
    return std::make_shared<Bug>(std::move(unowned), std::move(executor), clock);
  } else {
    return std::make_shared<Bug>(std::move(unowned));
  }
}

template <typename Bug>
void asks_through(Subject& subject) {
  subject.between = between<Bug>;
}

// The store of it deletes by name alone; its client looks first.
void compares_then_deletes(Subject& subject) {
  subject.open = [](StoreParts parts) -> Awaitable<Result<OpenedStore>> {
    auto honest = co_await scenarios::open_memory(std::move(parts));
    if (!honest) co_return honest;
    co_return std::make_shared<StaleRelease>(std::move(*honest));
  };
  subject.between = between<ComparedThenDeleted>;
}

template <WaitsForWord::Flaw flaw>
void waits_for_word(Subject& subject) {
  subject.between = [](LockBackend& store, Executor, Clock& clock) -> std::shared_ptr<LockBackend> {
    std::shared_ptr<LockBackend> unowned(&store, [](LockBackend*) {});
    return std::make_shared<WaitsForWord>(std::move(unowned), clock, flaw);
  };
}

void stops_renewing(Subject& subject) {
  subject.between = between<StopsRenewing>;
  subject.client.belief = believe_until_told;
}

}  // namespace

std::vector<Planted> client_bugs() {
  using enum Property;
  const Subject memory = scenarios::memory_subject();
  const Subject sqlite = scenarios::sqlite_subject();
  return {
      plant(memory, "compared-then-deleted", 1, "redis-py#1031", "release compares, then deletes in a second step",
            any_of(ownership, belief_exclusion), compares_then_deletes),
      plant(memory, "zombie-renewal", 9, "etcd#17470", "renewal goes on after the acquisition was given up",
            any_of(no_phantom_hold, expiry, progress), asks_through<ZombieRenewal>),
      plant(memory, "stops-renewing", 10, "redisson 3.44.0",
            "after one renewal that failed nothing more is renewed, and the holder goes on", any_of(belief_exclusion),
            stops_renewing),
      plant(sqlite, "until-told", 11, "redisson#5698", "a renewal delayed beyond the ttl is not reported to the holder",
            any_of(belief_exclusion), [](Subject& s) { s.client.belief = believe_until_told; }),
      plant(memory, "belief-from-answer", 12, "justalock", "validity is counted from the answer, not from the request",
            any_of(belief_exclusion), [](Subject& s) { s.client.belief = believe_from_the_answer; }),
      plant(memory, "released-under-the-handle", 13, "DistributedLock c466596",
            "an ordinary release is told to its holder as a loss", any_of(timely),
            [](Subject& s) { s.give_back = released_under_the_handle; }),
      plant(sqlite, "unheard-loss", 14, "etcd#6127", "that the lease is lost is not told to its holder",
            any_of(belief_exclusion, timely), asks_through<UnheardLoss>),
      plant(memory, "tries-then-subscribes", 18, "redisson#1763",
            "who waits tries, then listens: a release between the two is not heard", any_of(progress, expiry),
            waits_for_word<WaitsForWord::Flaw::tries_then_subscribes>),
      plant(memory, "deaf-to-expiry", 19, "redisson#3730", "a lease that runs out wakes nobody, unlike a release",
            any_of(progress, expiry), waits_for_word<WaitsForWord::Flaw::deaf_to_expiry>),
      plant(memory, "deaf-to-breaks", 20, "python-redis-lock#26", "a lease that is broken by force wakes nobody",
            any_of(progress), waits_for_word<WaitsForWord::Flaw::deaf_to_breaks>),
      plant(memory, "tries-once-when-woken", 22, "spring-integration#3700",
            "a wake-up that loses the race ends the wait, though time is left", any_of(timely),
            [](Subject& s) { s.take = tries_once_when_woken; }),
      plant(memory, "ignored-limit", 23, "walrus#110", "the wait limit is ignored while an answer is awaited",
            any_of(timely, progress), asks_through<IgnoredLimit>),
      plant(sqlite, "one-key-for-renewals", 26, "loopx#1939",
            "all renewals have one key: the second is answered with the success of the first", any_of(belief_exclusion),
            asks_through<OneKeyForRenewals>),
      plant(memory, "takes-no-for-yes", 29, "", "the answer that somebody holds the lock is taken for success",
            any_of(belief_exclusion, no_phantom_hold, fencing_order), asks_through<TakesNoForYes>),
      plant(memory, "deaf-resource", 48, "sofa-jraft#182", "the resource never compares the token",
            any_of(fenced_writes), [](Subject& s) { s.resource_compares_tokens = false; }),
      plant(memory, "any-order", 61, "agent-workspace-fabric#328", "several locks are taken in the order of asking",
            any_of(deadlock_free), [](Subject& s) { s.order = in_the_order_of_asking; }),
      plant(memory, "kept-half", 62, "redisson#4456", "half of several locks stays held after the other half failed",
            any_of(deadlock_free, no_phantom_hold, expiry, progress),
            [](Subject& s) { s.take_all = acquire_all_or_keep_some; }),
  };
}

}  // namespace lockstep::zoo
