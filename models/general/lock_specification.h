// The sequential lock: what a mutex, a lock of readers and writers or a semaphore answers if it does one thing after
// the other. Without leases, since time is not part of a sequential specification.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/linear/log.h"

namespace lockstep::general {

// What the whole log says of an attempt.
struct AttemptFacts {
  std::uint64_t weight = 0;          // of the lock's capacity
  std::uint64_t token = 0;           // 0: nobody was told one
  std::uint32_t acquisitions = 0;    // that may find it holding or over: tried again, and not refused before
  std::uint32_t releases_acked = 0;  // releases that said yes
  bool writes = false;               // takes it all, until it becomes a reader
  bool leased = false;               // a grant that may have taken effect ends by itself
};

// By attempt, of all locks of the log.
std::vector<AttemptFacts> attempt_facts(const linear::Log& log);

// A grant needs room beside those who hold, and a token above all before it. An attempt that is tried again holds once,
// and is told so again; when it is over it may be told either. A release that said yes needs the attempt to hold, or to
// have held: a second one says yes once over. A refusal needs no room, and the one that it names to hold; "not
// released", "not renewed" need that it does not hold. A writer's renewal as a reader makes it one. A break ends all
// holds. An outcome that is unknown happens with its effect or not at all.
class LockSpecification {
 public:
  using Operation = linear::Operation;

  enum class Stage : std::uint8_t { writes, reads, over };  // reads: also whoever takes permits

  struct Attempt {
    std::uint32_t hold = 0;
    Stage stage{};
    // Over: how many releases will still say yes. Who will be told nothing more is forgotten.
    std::uint32_t releases_left = 0;
    bool operator==(const Attempt&) const = default;
  };

  struct State {
    std::vector<Attempt> attempts;  // in rising order of `hold`
    std::uint64_t held = 0;         // weights
    std::uint64_t token = 0;        // the highest so far
    std::uint64_t print = 0;        // of the attempts: a hash, kept up with each change
    bool operator==(const State&) const = default;
  };

  // `attempts` must outlive it, and know every attempt that the operations name.
  LockSpecification(std::uint64_t capacity, const std::vector<AttemptFacts>& attempts)
      : capacity_(capacity), attempts_(attempts) {}

  State initial() const { return {}; }
  bool step(State& state, const Operation& op) const;
  bool observes(const Operation& op) const;
  // Tokens only rise.
  bool rules_out(const State& state, const Operation& op) const;
  std::uint64_t hash(const State& state) const { return state.print ^ state.token; }
  std::size_t bytes(const State& state) const { return state.attempts.capacity() * sizeof(Attempt); }

 private:
  bool acquire(State& state, const Operation& op) const;
  bool refuses(const State& state, const Operation& op) const;
  bool release(State& state, const Operation& op) const;
  bool renew(State& state, const Operation& op) const;
  void break_all(State& state) const;
  bool becomes_reader(const Operation& renewal) const;
  std::uint64_t weight(const Attempt& attempt) const;
  bool is_remembered(const Attempt& over) const;

  std::uint64_t capacity_;
  const std::vector<AttemptFacts>& attempts_;
};

}  // namespace lockstep::general
