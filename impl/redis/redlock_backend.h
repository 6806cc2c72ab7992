// Redlock: the same key on several independent servers; whoever has set it on a majority of them, soon enough, holds
// the lock. It stands and falls with the servers' wall clocks, and with servers that do not come back empty while a
// lease lasts. Source: redis.io/docs/manual/patterns/distributed-locks, "the Redlock algorithm"; against it: Kleppmann
// 2016.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "impl/env/clock.h"
#include "impl/env/random.h"
#include "impl/lock/backend.h"
#include "impl/redis/connection.h"

namespace lockstep::redis {

class RedlockBackend final : public LockBackend {
 public:
  // At least one connection. Clock and randomness must outlive the backend.
  RedlockBackend(std::vector<std::shared_ptr<Connection>> servers, Executor executor, Clock& clock, Random& random);
  // With servers that sync their append-only files for each command.
  static Claims its_claims();
  const Claims& claims() const override { return claims_; }

  // Without a majority it is `busy`, not refused: that nobody has one may be true of all who ask. What the round has
  // got is given back before the answer. If so many servers did not answer that what is under way to them may still
  // become a majority, the next round follows, until `give_up`; then it is indefinite. The token is the number of the
  // round, by which the lease is renewed and released; it fences nothing.
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  // Looks twice: only what a majority says both times was so at an instant in between.
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override;

 private:
  struct Round;
  using Shared = std::shared_ptr<Round>;
  using Enough = std::function<bool(const Round&)>;
  using Whom = std::function<bool(std::size_t server)>;
  // Asks every server (of `whom`) at once, and waits until it is enough, all have answered, or the time is up.
  Awaitable<Shared> ask_all(Command command, MonoTime until, Enough enough, Whom whom = {});
  static Awaitable<void> ask_one(std::shared_ptr<Connection> server, Command command, MonoTime until, Shared round,
                                 std::size_t place);
  // Gives back what the attempt has got without a majority. False: it may still get one.
  Awaitable<bool> gave_back(const AcquireRequest& request, Shared round, MonoTime until);
  // How many servers said so.
  std::size_t count(const Round& round, const std::function<bool(const Reply&)>& says) const;
  bool is_majority(std::size_t servers) const { return servers > servers_.size() / 2; }
  // So many that the others are no majority.
  bool prevents_majority(std::size_t servers) const { return !is_majority(servers_.size() - servers); }
  // What the servers hold under the key: empty text for nothing, no value for no answer.
  std::vector<std::optional<std::string>> values_of(const Round& round) const;

  std::vector<std::shared_ptr<Connection>> servers_;
  Executor executor_;
  Clock& clock_;
  Random& random_;
  Claims claims_ = its_claims();
  std::uint64_t rounds_ = 0;
};

}  // namespace lockstep::redis
