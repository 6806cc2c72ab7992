// The verdict on a log: whether each of its locks answered as one sequential lock could have, and if not, which
// operations prove it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/linear/log.h"
#include "models/linear/sweep.h"

namespace lockstep::linear {

enum class Outcome : std::uint8_t { ok, violation, undecided };

struct Judgement {
  std::uint32_t lock = 0;
  Outcome outcome = Outcome::ok;
  std::uint64_t operations = 0;
  std::size_t most_states = 1;  // that were possible at one time
  // Violation: what is wrong, as a stable label, and in a sentence with names and times.
  std::string shape, sentence;
  // The operations that prove it, in the order of the log: those of one attempt follow each other.
  std::vector<std::uint32_t> evidence;
  // The one whose answer no order explains, and the attempts that hold the lock then in an explanation of all before.
  std::uint32_t unexplained = kNone;
  std::vector<std::uint32_t> holding;
};

// One per lock, in their order. The log is taken to be whole: who is told of a release was granted in it.
std::vector<Judgement> judge(const Log& log, const SweepBudget& budget = {});

}  // namespace lockstep::linear
