// Replays a witness: one pass over its points, on a lock of a few lines. Shares nothing with the judge but what a log
// and a witness are, and is kept so simple that it can be read in one go: an "ok" is as sure as this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/linear/log.h"
#include "models/linear/witness.h"

namespace lockstep::linear {

class Replay {
 public:
  // `log` must outlive it.
  explicit Replay(const Log& log);

  // What is wrong with the witness, in words; nothing: each of its points lies within its operation, none before the
  // one before it; every operation of its lock that was answered yes or no has exactly one, every other at most one;
  // and one lock that does and answers this, one point after the other, keeps its promise.
  std::optional<std::string> objection(const Witness& witness) const;

 private:
  struct Attempt {
    Mode mode{};
    std::uint32_t permits = 1;
    std::uint64_t token = 0;
    Instant asked = kNever;  // first
    Instant ttl = 0;
  };

  const Log& log_;
  std::vector<Attempt> attempts_;                       // by hold
  std::vector<std::vector<std::uint32_t>> operations_;  // by lock, those that must have a point

  class Lock;
};

}  // namespace lockstep::linear
