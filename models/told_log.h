// What clients of a history asked of its locks and were told, as a log that models/linear can judge, with all that may
// have been so allowed: a lease may end as soon as it can run out or be broken, an unknown outcome may come late, a
// refusal may be owed to somebody who may have a place in the line. Behind S3, and behind `lockstep check` on a
// history.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "models/checkers.h"
#include "models/facts.h"
#include "models/linear/log.h"

namespace lockstep::models {

struct ToldLog {
  linear::Log log;  // its holds are the history's attempts, its locks the history's locks
  // By operation of the log: the events that asked and answered, kNever where there was none.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> proofs;
  std::vector<std::uint64_t> chances;  // by lock: answers that could have been wrong
  std::vector<std::uint32_t> granted;  // by attempt: the event that first told of its grant
};

// An acquisition's requests to the store count, and not the application's whole acquisition around them; only in a
// history without any, that. The store's own events accuse nobody: they tell who cannot have been granted anything, and
// when leases and places may have begun anew. `bounds` says how clocks, messages and places in the line may differ.
// `waits_in_vain`: with the acquisitions that waited and failed, which matter only to who asks about waiting.
ToldLog told_log(const Facts& facts, const Bounds& bounds, bool waits_in_vain = false);

}  // namespace lockstep::models
