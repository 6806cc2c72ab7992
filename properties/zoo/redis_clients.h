// Wrong ways of using Redis.
#pragma once

#include <memory>
#include <utility>

#include "impl/env/clock.h"
#include "impl/redis/connection.h"
#include "properties/zoo/forwarding.h"

namespace lockstep::zoo {

// Deletes the key whoever's it is: the release of the first locks on Redis.
class PlainDelete final : public redis::Connection {
 public:
  explicit PlainDelete(std::shared_ptr<redis::Connection> server) : server_(std::move(server)) {}
  Awaitable<Result<redis::Reply>> command(redis::Command command, MonoTime give_up) override;

 private:
  std::shared_ptr<redis::Connection> server_;
};

// What an attempt may have got is not given back when it is given up: by a round without a majority, above all.
class LeavesBehind final : public redis::Connection {
 public:
  explicit LeavesBehind(std::shared_ptr<redis::Connection> server) : server_(std::move(server)) {}
  Awaitable<Result<redis::Reply>> command(redis::Command command, MonoTime give_up) override;

 private:
  std::shared_ptr<redis::Connection> server_;
};

// A grant is counted from when it came, as if its round had taken no time.
class CountedFromEnd final : public ForwardingBackend {
 public:
  CountedFromEnd(std::shared_ptr<LockBackend> inner, Clock& clock)
      : ForwardingBackend(std::move(inner)), clock_(clock) {}
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;

 private:
  Clock& clock_;
};

// A master and its replica, as a client with a list of both sees them: it stays with the one that answers as a master.
class MasterOfTwo final : public redis::Connection {
 public:
  MasterOfTwo(std::shared_ptr<redis::Connection> one, std::shared_ptr<redis::Connection> other, Clock& clock)
      : servers_{std::move(one), std::move(other)}, clock_(clock) {}
  Awaitable<Result<redis::Reply>> command(redis::Command command, MonoTime give_up) override;

 private:
  std::shared_ptr<redis::Connection> servers_[2];
  Clock& clock_;
  std::size_t master_ = 0;
};

}  // namespace lockstep::zoo
