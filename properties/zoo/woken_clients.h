// Clients that do not stand in the line: they try, listen to what happens to the lock, and try again when they are
// woken. Each is wrong in one way about what wakes it, or about what it does then.
#pragma once

#include "impl/client/lock_client.h"
#include "properties/zoo/forwarding.h"

namespace lockstep::zoo {

class WaitsForWord final : public ForwardingBackend {
 public:
  enum class Flaw : std::uint8_t {
    tries_then_subscribes,  // a release between the two is never heard of. redisson#1763
    deaf_to_expiry,         // redisson#3730
    deaf_to_breaks,         // python-redis-lock#26
  };
  WaitsForWord(std::shared_ptr<LockBackend> inner, Clock& clock, Flaw flaw)
      : ForwardingBackend(std::move(inner)), clock_(clock), flaw_(flaw) {}
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;

 private:
  bool wakes(const WatchAnswer& told) const;
  Clock& clock_;
  Flaw flaw_;
};

// Who is woken tries once, and if somebody else was quicker the wait is over, though time is left.
// spring-integration#3700
Awaitable<Result<Acquisition>> tries_once_when_woken(LockClient& library, LockBackend& store, AttemptId attempt,
                                                     LockClient::Wish wish);

}  // namespace lockstep::zoo
