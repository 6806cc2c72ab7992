// A case that asks the store itself, one request at a time, at exact instants: what no client library asks, what a
// server answers from memory, and what a lease does to the nanosecond. Storage takes no time in it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "scenarios/subject.h"
#include "sim/process.h"

namespace lockstep::properties::contract {

class Direct {
 public:
  Direct(LockBackend& store, sim::Incarnation& self) : store_(store), self_(self), began_(self.monotonic()) {}

  // So long after the beginning.
  Awaitable<void> at(Duration since);
  // By an attempt, which asks the same again if it has asked before. Nothing: it is refused, or there is an error.
  Awaitable<std::optional<Granted>> acquire(std::uint64_t attempt, Duration ttl, std::string lock = "A");
  Awaitable<bool> renew(std::uint64_t attempt, Duration ttl);
  Awaitable<bool> release(std::uint64_t attempt);
  // The attempt that holds the lock; 0: nobody.
  Awaitable<std::uint64_t> holder();

  // If it is not so, that is the case's flaw: "attempt 2 gets it at 1 s".
  bool wants(bool so, std::string flaw);
  const std::string& flaw() const { return flaw_; }

 private:
  MonoTime patience() const { return self_.monotonic() + std::chrono::seconds(10); }
  static AttemptId id(std::uint64_t attempt) { return {7, attempt}; }
  LockBackend& store_;
  sim::Incarnation& self_;
  MonoTime began_;
  std::map<std::uint64_t, Token> tokens_;
  std::map<std::uint64_t, std::uint32_t> asked_;  // requests behind the first, by attempt
  std::string flaw_;
};

using Script = Awaitable<void> (*)(Direct& direct);
// What is wrong; nothing if nothing is.
std::string flaw_of(Script script, const scenarios::Subject& subject);
// A store that can be asked so: opened by a process, and not over a network.
bool can_be_asked(const scenarios::Subject& subject);

}  // namespace lockstep::properties::contract
