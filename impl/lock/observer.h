// What a store applies, told in the order of its effect: the source of event streams, and of the oracle beside a
// simulated run. Called from wherever the store works (in production, its blocking lane); must not block or throw.
#pragma once

#include "impl/env/time.h"
#include "impl/lock/backend.h"

namespace lockstep {

struct LeaseEvent {
  enum class Kind : std::uint8_t {
    granted,
    renewed,
    released,
    expired,
    broken,
    restarted,  // the store has been opened; `token` is the highest token it has ever issued
    recovered,  // follows `restarted`, one for each lease that the store holds
    repeated,   // a known idempotency key: answered from memory
    queued,     // took a place in the line, or keeps it; `deadline` is until when
    left,       // gave its place up, or it had lapsed
  };
  Kind kind{};
  const LockName* name = nullptr;  // null for `restarted`
  RequestKey key;
  Mode mode = Mode::exclusive;  // of the lease from now on
  std::uint32_t permits = 1;
  Token token = 0;
  Duration ttl{};
  MonoTime decided;   // the reading of the store's clock on which the decision was taken
  MonoTime deadline;  // of the lease, on the same clock
};

class LeaseObserver {
 public:
  virtual ~LeaseObserver() = default;
  virtual void on(const LeaseEvent& event) = 0;
};

}  // namespace lockstep
