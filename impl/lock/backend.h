// The contract of a lock store. LockBackend is what our stores implement, what the server offers over the network,
// what the client library uses, and what a third party implements to have its own lock judged.
#pragma once

#include <variant>
#include <vector>

#include "impl/env/async.h"
#include "impl/env/time.h"
#include "impl/lock/claims.h"
#include "impl/lock/ids.h"
#include "impl/lock/name.h"
#include "impl/lock/result.h"

namespace lockstep {

enum class Mode : std::uint8_t { exclusive, shared, permits };

struct AcquireRequest {
  RequestKey key;
  LockName name;
  std::string owner;
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;  // of `capacity`; for Mode::permits
  std::uint32_t capacity = 1;
  Duration ttl{};  // 1 ms .. 30 days
  std::string metadata;
};

struct Granted {
  Token token = 0;
  // The lease ends this long after the store decided: the full ttl, or what was left of it when a request of an
  // attempt that already holds the lock was answered.
  Duration valid_for{};
};

struct Holder {
  LockName name;
  AttemptId attempt;
  std::string owner;
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;
  Token token = 0;
  Duration ttl{};
  Duration remaining{};  // on the store's clock, at the time of the answer
  std::string metadata;
};

struct Refused {
  std::vector<Holder> holders;
};
using AcquireAnswer = std::variant<Granted, Refused>;

struct RenewRequest {
  RequestKey key;
  LockName name;
  Token token = 0;
  Duration ttl{};
};
enum class RenewAnswer : std::uint8_t { renewed, lost };

struct ReleaseRequest {
  RequestKey key;
  LockName name;
  Token token = 0;  // zero: whatever this attempt may hold; for giving up after an unknown outcome
};
enum class ReleaseAnswer : std::uint8_t { released, not_held };

// Every operation gives up at `give_up`, a reading of the caller's monotonic clock, with an error that says whether
// it may still happen. Operations may be called concurrently from one executor.
class LockBackend {
 public:
  virtual ~LockBackend() = default;
  virtual const Claims& claims() const = 0;
  // Tries once; waiting is the client's part. A request whose attempt already holds the name is granted the same
  // lease again. Refused is an answer, not an error.
  virtual Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) = 0;
  // Extends the lease to a full ttl from now, if it still lives; never revives one that has ended.
  virtual Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) = 0;
  // Ends the lease if this attempt holds it; otherwise changes nothing and is no error.
  virtual Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) = 0;
  // Who holds the name now.
  virtual Awaitable<Result<std::vector<Holder>>> inspect(LockName name, MonoTime give_up) = 0;
};

}  // namespace lockstep
