// From when to when each attempt of a log certainly holds its lock, and by when it certainly holds it no more. What the
// judges of waiting stand on; inspections are not used, so that less is certain than might be.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/linear/log.h"

namespace lockstep::linear {

// `at + by`, or kNever.
constexpr Instant later(Instant at, Instant by) {
  return at == kNever || by == kNever || (by > 0 && at > kNever - by) ? kNever : at + by;
}

struct Stay {
  std::uint32_t first = kNone;     // the acquisition, or the first one where it was tried again
  std::uint32_t acquired = kNone;  // the one that was told first that it was granted, or else the first
  bool again = false;              // it was tried again: then none of its answers need tell what happened just then
  bool is_turn = false;            // it waited, or may have been granted
  Instant from = kNever;           // it was granted no earlier
  Instant told = kNever;           // it was granted by then; kNever: not for certain
  // It certainly holds at all instants of [told, sure_to), and all that it took: no release, break, change of a writer
  // to a reader or end of its lease may have taken effect before. Of an attempt that may have been granted: if it was,
  // it holds from its grant up to this at least.
  Instant sure_to = kNever;
  Instant over_by = kNever;    // it certainly holds no more from then on: released, broken, told not to hold
  std::uint32_t over = kNone;  // the operation that proves this
  bool asked_back = false;     // a release of it may have taken effect

  bool is_sure() const { return told < sure_to; }
};

// By hold. `told_within`: no acquisition is answered later than so long after it was decided; without it, it may have
// been decided as soon as it was asked for. O(n log n) in the breaks, linear in all else.
std::vector<Stay> stays_of(const Log& log, std::optional<Instant> told_within);

// The instant of the last event.
Instant end_of(const Log& log);

}  // namespace lockstep::linear
