// One order in which a lock can have done what its log tells, with an instant for each operation: what an "ok" of the
// judge rests on. Made of the steps that the sweep kept; models/linear/replay.h says whether it is one, without them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/linear/log.h"
#include "models/linear/sweep.h"

namespace lockstep::linear {

struct Point {
  enum class Kind : std::uint8_t {
    operation,  // it took effect, or was answered what was so
    lease_end,  // `hold` ended by itself
  };
  Kind kind = Kind::operation;
  Instant at = 0;
  std::uint32_t operation = kNone;  // index into Log::operations
  std::uint32_t hold = kNone;       // the attempt, or of an inspection who was seen; kNone: none
};

struct Witness {
  std::uint32_t lock = 0;
  // In the order in which it happened, also at equal times. Every operation of the lock that was answered yes or no is
  // among them, and of those of unknown outcome the ones that took effect.
  std::vector<Point> points;
};

// Of a sweep over the whole log that kept its steps and found every answer explained; `operations` are those of its
// lock. Nothing: none was found, although the sweep says that there is one. That happens only where leases count from
// their grant and somebody was told who else holds, or tried again, where the sweep is known to be too lenient.
// O(n log n) while no answer was under way for much longer than others.
std::optional<Witness> witness_of(const Log& log, const Holds& holds, const Sweep& sweep, std::uint32_t lock,
                                  std::span<const std::uint32_t> operations);

}  // namespace lockstep::linear
