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
  std::uint32_t permits = 1;  // of `capacity`, at most that many; for Mode::permits
  std::uint32_t capacity = 1;
  Duration ttl{};  // 1 ms .. 30 days
  std::string metadata;
  // Above zero: a place in the line is wanted, and to be kept until the answer. Not a part of the request's identity:
  // the same key may come with another wait, and with zero it gives the place up.
  Duration wait{};
  // Which sending of the request this is, counted by a client that repeats it over a network; see Granted::heard.
  std::uint32_t sending = 0;
};

struct Granted {
  Token token = 0;
  // The lease ends this long after the store decided: the full ttl, or what was left of it when a request of an
  // attempt that already holds the lock was answered; zero if that lease has ended.
  Duration valid_for{};
  // The store decided after it had got this sending of the request; zero: nothing is known.
  std::uint32_t heard = 0;
  // The same on the caller's own clock, for whoever called: belief counts from here. min(): from the call.
  MonoTime asked = MonoTime::min();
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

// A place in the line, kept for kPlaceKept (rules.h) from now: whoever wants it for longer asks again with the same
// key. Not a final answer.
struct Queued {
  std::uint32_t ahead = 0;  // how many wait in front
  Duration look_again{};    // before that, only a release or somebody's leaving the line can change the answer
};
using AcquireAnswer = std::variant<Granted, Refused, Queued>;

struct RenewRequest {
  RequestKey key;
  LockName name;
  Token token = 0;
  Duration ttl{};
  // True: from exclusive to shared, without a gap. The way back is refused: two readers who both wait for the other
  // to leave would wait for ever.
  bool downgrade = false;
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
  // Tries once, and with a wait takes or keeps a place in the line. First come, first served: nobody is granted what
  // somebody in front of him could not be granted at the same time, so a waiting writer keeps new readers out. A
  // request whose attempt already holds the name is granted the same lease again. Refused is an answer, not an error.
  virtual Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) = 0;
  // Extends the lease to a full ttl from now, if it still lives; never revives one that has ended.
  virtual Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) = 0;
  // Ends the lease if this attempt holds it; otherwise changes nothing and is no error.
  virtual Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) = 0;
  // Who holds the name now.
  virtual Awaitable<Result<std::vector<Holder>>> inspect(LockName name, MonoTime give_up) = 0;
};

}  // namespace lockstep
