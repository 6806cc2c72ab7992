// What a client and its handles share, and the giving back of what nobody wants any more: in the background, under
// keys of its own, again and again until the store has answered or the lease is over anyway.
#pragma once

#include <map>
#include <memory>

#include "impl/client/belief.h"
#include "impl/client/telemetry.h"
#include "impl/env/latch.h"
#include "impl/lock/backend.h"

namespace lockstep {

struct ClientCore {
  Executor executor;
  LockBackend& backend;
  Clock& clock;
  BeliefRule belief;
  BeliefObserver* observer;  // may be null
  LockTelemetry* telemetry;  // may be null
  bool closed = false;       // the client is gone: nothing is asked of the store any more
  std::map<AttemptId, std::shared_ptr<Latch>> giving_back{};  // set when that is over
};

struct GiveBack {
  LockName name;
  AttemptId attempt;
  std::uint32_t last_request = 0;  // of the attempt; whoever gives back sends its last ones
  Token token = 0;                 // zero: whatever the attempt may hold, and its place in the line
  Duration ttl{};                  // how long to go on asking
  bool held = false;               // it was held, so its release is told to telemetry
};
// Begins at once and returns. May be called from a destructor: asks nothing from within, and nothing at all once the
// client is gone.
void give_back(const std::shared_ptr<ClientCore>& core, GiveBack what);

// Errors of requests that would fail again, however often they were repeated.
bool hopeless(const LockError& error);

ReleaseEnd end_of(const Result<ReleaseAnswer>& answer);

}  // namespace lockstep
