// The lock that most people have: one Redis server, SET NX PX, and scripts that compare before they delete or extend.
// The server's wall clock times the leases, so a step of it may end one early; there are no fencing tokens. Source:
// redis.io/docs/manual/patterns/distributed-locks, "correct implementation with a single instance".
#pragma once

#include <memory>

#include "impl/env/clock.h"
#include "impl/lock/backend.h"
#include "impl/redis/connection.h"

namespace lockstep::redis {

class RedisBackend final : public LockBackend {
 public:
  // The clock must outlive the backend.
  RedisBackend(std::shared_ptr<Connection> connection, Clock& clock)
      : connection_(std::move(connection)), clock_(clock) {}
  // With a server that syncs its append-only file for each command. Without it the lock is not durable.
  static Claims its_claims();
  const Claims& claims() const override { return claims_; }
  // Whoever waits asks again and again: there is no line.
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  // Indefinite if it had to be asked twice and the lease was gone the second time: who took it away is not known.
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override;

 private:
  struct Answer {
    Reply reply;
    MonoTime asked;      // when it was sent for the last time
    bool twice = false;  // an earlier sending may have been carried out as well
  };
  // Asks again, until `give_up`, while the connection fails.
  Awaitable<Result<Answer>> ask(Command command, MonoTime give_up);

  std::shared_ptr<Connection> connection_;
  Clock& clock_;
  Claims claims_ = its_claims();
};

// An answer that no lock of ours can lead to: somebody else uses the key, or the server is none of Redis.
LockError strange(const Reply& reply);

}  // namespace lockstep::redis
