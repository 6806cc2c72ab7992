// The client library: acquire with a wait limit, against any LockBackend, local or remote. One attempt per call; it
// asks, backs off while it is refused, and gives back what it cannot use.
#pragma once

#include <memory>
#include <variant>

#include "impl/client/held_lock.h"
#include "impl/env/random.h"

namespace lockstep {

struct NotAcquired {
  enum class Why : std::uint8_t {
    refused,    // held by others, and the wait limit was zero
    timed_out,  // the wait limit passed
    too_late,   // granted, but the lease was over before this client could know; it has been given back
  };
  Why why{};
  std::vector<Holder> holders;  // as the store last told
};
using Acquisition = std::variant<std::shared_ptr<HeldLock>, NotAcquired>;

class LockClient {
 public:
  struct Options {
    BeliefRule belief = believe_from_sending;
    Duration first_backoff = std::chrono::milliseconds(20);   // doubles, with jitter
    Duration backoff_limit = std::chrono::milliseconds(400);  // the longest pause between two tries
    Duration look_every = std::chrono::milliseconds(200);     // at most, by the first in a line that no server watches
    Duration patience = std::chrono::milliseconds(500);       // an answer may come so long after the wait limit
    LockTelemetry* telemetry = nullptr;                       // as the observer
  };
  struct Wish {
    LockName name;
    std::string owner;
    Mode mode = Mode::exclusive;
    std::uint32_t permits = 1;
    std::uint32_t capacity = 1;
    Duration ttl{};
    Duration wait_limit{};  // zero: try once; Duration::max(): without end
    bool renew = true;
    std::string metadata;
  };

  // Everything referred to must outlive the client and its coroutines; the observer may be null.
  LockClient(Executor executor, LockBackend& backend, Clock& clock, Random& random, BeliefObserver* observer,
             Options options);
  LockClient(const LockClient&) = delete;
  LockClient& operator=(const LockClient&) = delete;
  // Its handles are renewed no more and end at their deadlines; nothing is given back any more.
  ~LockClient() { core_->closed = true; }

  // The id of the next attempt, to be used for one call of acquire.
  AttemptId next_attempt() { return {session_, ++attempts_}; }
  // May be cancelled at any moment, by Asio's (terminal) cancellation, a stop token (cancelled_by.h) or by destroying
  // the coroutine while it waits: whatever the attempt has got, or may yet get, is given back in the background.
  // Errors: whatever the backend says; an indefinite one means that the lock may be held in this attempt's name for
  // up to one ttl, though this client already tries to give it back. `cancelled`, definite if the attempt had asked
  // for nothing that may still be granted. A caller who has been cancelled already is thrown at, as Asio does.
  Awaitable<Result<Acquisition>> acquire(AttemptId attempt, Wish wish);
  Awaitable<Result<Acquisition>> acquire(Wish wish) { return acquire(next_attempt(), std::move(wish)); }
  // Ends when nothing of the attempt is being given back any more: unless it was granted, it holds nothing then. Takes
  // at most one ttl. False: the wait was cancelled.
  Awaitable<bool> settled(AttemptId attempt);

  Clock& clock() const { return core_->clock; }
  Random& random() const { return random_; }

 private:
  struct Asking;
  Awaitable<Result<Acquisition>> ask(AttemptId attempt, Wish wish);
  Result<Acquisition> accept(Asking& asking, const Granted& granted, MonoTime sent);

  std::shared_ptr<ClientCore> core_;
  Random& random_;
  Options options_;
  std::uint64_t session_;
  std::uint64_t attempts_ = 0;
};

}  // namespace lockstep
