// The seam to a Redis server: commands and their replies, one after the other. In production a connection of hiredis,
// in simulation the simulated network.
#pragma once

#include "impl/env/async.h"
#include "impl/env/time.h"
#include "impl/lock/result.h"
#include "impl/redis/resp.h"

namespace lockstep::redis {

class Connection {
 public:
  virtual ~Connection() = default;
  // The server carries it out once or not at all, and perhaps after `give_up`, a reading of the caller's monotonic
  // clock; but never after a command that was given to this connection later. An error that the server answers is a
  // Reply. Errors: unreachable; definite if the command was never sent.
  virtual Awaitable<Result<Reply>> command(Command command, MonoTime give_up) = 0;
};

}  // namespace lockstep::redis
