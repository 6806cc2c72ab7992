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
  std::string owner;  // at most 256 bytes
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;  // of `capacity`, at most that many; for Mode::permits
  std::uint32_t capacity = 1;
  Duration ttl{};        // 1 ms .. 30 days
  std::string metadata;  // empty, or a JSON object of at most 4096 bytes
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

// Durations are of the store's clock, at the time of the answer.
struct Holder {
  LockName name;
  AttemptId attempt;
  std::string owner;
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;
  Token token = 0;
  Duration ttl{};
  Duration remaining{};
  Duration age{};    // since the grant, or since the store found it after a reboot
  Duration stale{};  // since the grant or the last renewal
  std::string metadata;
  friend bool operator==(const Holder&, const Holder&) = default;
};

struct Waiter {
  AttemptId attempt;
  std::string owner;
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;
  friend bool operator==(const Waiter&, const Waiter&) = default;
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
enum class RenewAnswer : std::uint8_t {
  renewed,
  lost,    // it has run out, or was given back
  broken,  // an administrator has ended it
};

struct ReleaseRequest {
  RequestKey key;
  LockName name;
  Token token = 0;  // zero: whatever this attempt may hold; for giving up after an unknown outcome
};
enum class ReleaseAnswer : std::uint8_t { released, not_held };

struct Inspection {
  std::vector<Holder> holders;
  std::vector<Waiter> waiters;  // in the order of the line
  std::uint32_t capacity = 0;   // of a semaphore; else zero
  friend bool operator==(const Inspection&, const Inspection&) = default;
};

struct ListRequest {
  std::string space;
  std::string prefix;         // of the names' bytes
  Duration stale_for{};       // only leases that were granted or renewed at least so long ago
  std::string after;          // names behind this one: to go on where a page ended
  std::uint32_t limit = 100;  // names on a page, at most 1000
};
struct Listing {
  std::vector<Holder> holders;  // by name
  std::string next;             // not empty: there is more, ask again with this as `after`
  friend bool operator==(const Listing&, const Listing&) = default;
};

// The key's attempt is the administrator's own, used for nothing else.
struct BreakRequest {
  RequestKey key;
  LockName name;
  Token token = 0;     // the lease to end; zero: all there are
  std::string admin;   // at most 256 bytes
  std::string reason;  // at most 512 bytes
};
struct Revoked {
  AttemptId attempt;
  Token token = 0;
  friend bool operator==(const Revoked&, const Revoked&) = default;
};
using BreakAnswer = std::vector<Revoked>;

struct LockEvent {
  enum class Kind : std::uint8_t { acquired, renewed, released, expired, broken };
  Kind kind{};
  LockName name;
  AttemptId attempt;
  std::string owner;
  Mode mode = Mode::exclusive;  // after the event
  std::uint32_t permits = 1;
  Token token = 0;
  std::string reason;  // of a break: "admin: reason"
  friend bool operator==(const LockEvent&, const LockEvent&) = default;
};

// What happens to a name or to all names with a prefix. The first request has no cursor and is answered at once with
// one; each further one has the cursor of the answer before and is answered when something has happened, or after
// `wait`. Who asks again within kWatchKept (rules.h) misses nothing.
struct WatchRequest {
  std::string space;
  std::string bytes;
  bool prefix = false;
  std::string cursor;  // opaque
  Duration wait{};
};
struct WatchAnswer {
  std::vector<LockEvent> events;  // in order, name by name
  std::string cursor;
  bool missed = false;  // some before these may be missing: the store was restarted, or this request came late
  friend bool operator==(const WatchAnswer&, const WatchAnswer&) = default;
};

// Every operation gives up at `give_up`, a reading of the caller's monotonic clock, with an error that says whether
// it may still happen. Operations may be called concurrently from one executor.
class LockBackend {
 public:
  virtual ~LockBackend() = default;
  virtual const Claims& claims() const = 0;
  // Tries once, and with a wait takes or keeps a place in the line. First come, first served: nobody is granted what
  // somebody in front of him could not be granted at the same time, so a waiting writer keeps new readers out. A
  // request whose attempt already holds the name is granted the same lease again. Refused is an answer, not an error.
  // Locks are not reentrant: an owner that asks in another attempt is an ordinary contender.
  virtual Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) = 0;
  // Extends the lease to a full ttl from now, if it still lives; never revives one that has ended.
  virtual Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) = 0;
  // Ends the lease if this attempt holds it; otherwise changes nothing and is no error.
  virtual Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) = 0;
  // Who holds the name now, and who waits for it.
  virtual Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) = 0;

  // What a store need not have; these answer that they are unsupported.
  // Living leases, name by name.
  virtual Awaitable<Result<Listing>> list(ListRequest request, MonoTime give_up);
  // Ends leases that are not one's own. Their holders hear of it when they next renew.
  virtual Awaitable<Result<BreakAnswer>> break_lock(BreakRequest request, MonoTime give_up);
  virtual Awaitable<Result<WatchAnswer>> watch(WatchRequest request, MonoTime give_up);
};

}  // namespace lockstep
