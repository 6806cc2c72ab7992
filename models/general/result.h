// What a search is allowed, and what it answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/general/specification.h"

namespace lockstep::general {

struct Budget {
  std::uint64_t steps = 20'000'000;          // of the specification: some seconds
  std::size_t bytes = std::size_t{1} << 30;  // beside the log itself
};

enum class Verdict : std::uint8_t { ok, violation, undecided };

struct Result {
  Verdict verdict = Verdict::undecided;
  // ok: the calls in an order that explains them, by their indices; those of unknown outcome that are not in it never
  // took effect. Else: the order that gets farthest, and ...
  std::vector<std::uint32_t> order;
  // ... the call whose return it could not pass. kNone when ok, and where nothing was tried.
  std::uint32_t stuck = kNone;
  std::string reason;  // why it is undecided
  std::uint64_t steps = 0;
  std::size_t dead_ends = 0;  // configurations that were remembered
  std::size_t bytes = 0;      // at most, beside the log itself
};

// What a result that ran out of its budget says.
std::string out_of_budget(const Budget& budget, std::uint64_t steps);

}  // namespace lockstep::general
