// How a simulated client reaches simulated Redis servers: the Connection of our locks over an endpoint. It keeps one
// connection to each server, on which commands stay in order, as TCP has it; one that nobody waits for any more is
// still carried out. A server that was started anew resets it: what was under way then may have been done or not.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "impl/env/clock.h"
#include "impl/env/network.h"
#include "impl/env/random.h"
#include "impl/redis/connection.h"
#include "sim/redis/frame.h"

namespace lockstep::sim::redis {

// All connections of one process.
class Links : public std::enable_shared_from_this<Links> {
 public:
  // All must outlive it.
  Links(Executor executor, Endpoint& endpoint, Clock& clock, Random& random)
      : executor_(std::move(executor)), endpoint_(endpoint), clock_(clock), session_(random.next()) {}
  // Takes in answers; to be spawned once.
  Awaitable<void> run();
  std::shared_ptr<lockstep::redis::Connection> to(Address server);

 private:
  class Link;
  void take_in(const Message& message);

  Executor executor_;
  Endpoint& endpoint_;
  Clock& clock_;
  std::uint64_t session_;  // the last one; each connection has its own
  std::map<std::uint64_t, std::weak_ptr<Link>> links_;
};

}  // namespace lockstep::sim::redis
