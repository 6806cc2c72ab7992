// The part of a Redis server that locks use, as a model: keys with a time to live by the wall clock, and the scripts of
// our locks. What it answers is compared with the real server. Source: Redis 7.0, redis.io/commands.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "impl/redis/resp.h"

namespace lockstep::sim::redis {

using lockstep::redis::Command;
using lockstep::redis::Reply;

// Milliseconds since 1970, as the server's wall clock has it.
using UnixMs = std::int64_t;

class Keyspace {
 public:
  // Carries a command out in one step, at `now`.
  Reply execute(const Command& command, UnixMs now);
  // Removes what has expired, as the server does by itself ten times in a second.
  void expire(UnixMs now);

  // What the commands so far have changed, as commands with absolute times: what goes to the file and to replicas.
  std::vector<Command> take_effects();
  // Everything, as such commands.
  std::vector<Command> contents() const;
  bool has_deadlines() const;

 private:
  struct Value {
    std::string text;
    std::optional<UnixMs> expires;  // alive while the clock's millisecond is not above it
  };
  using Do = Reply (Keyspace::*)(const Command&, UnixMs);
  struct Known {
    Do what;
    std::size_t least, most;  // words
  };
  static constexpr std::size_t kAny = static_cast<std::size_t>(-1);
  static const std::map<std::string, Known, std::less<>>& known();

  Reply set(const Command& command, UnixMs now);
  Reply get(const Command& command, UnixMs now);
  Reply del(const Command& command, UnixMs now);
  Reply exists(const Command& command, UnixMs now);
  Reply pttl(const Command& command, UnixMs now);
  Reply pexpire(const Command& command, UnixMs now);
  Reply pexpireat(const Command& command, UnixMs now);
  Reply ping(const Command& command, UnixMs now);
  Reply flushall(const Command& command, UnixMs now);
  Reply eval(const Command& command, UnixMs now);

  // The living value; one that has expired is removed.
  Value* find(const std::string& key, UnixMs now);
  bool remove(const std::string& key);
  // The time of the command counts from `from`.
  Reply expire_at(const Command& command, UnixMs from, std::string_view name, UnixMs now);

  std::map<std::string, Value> values_;
  std::vector<Command> effects_;
};

}  // namespace lockstep::sim::redis
