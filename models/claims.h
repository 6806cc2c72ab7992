// What clients take for their own, and in which mode, cut down to what nobody may dispute: a belief ends for these
// purposes when an administrator may have broken the lease, and is a reader's as soon as a downgrade was asked for.
// Pure; gathered from Facts::beliefs.
#pragma once

#include <vector>

#include "models/facts.h"

namespace lockstep::models {

// A stretch of true time, half open: [from, to).
struct Claim {
  std::uint32_t attempt = 0;
  std::uint32_t process = 0;
  std::uint32_t belief = 0;  // index into Facts::beliefs
  bool first = true;         // the beginning of that belief
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;
  Instant from{};
  Instant to = Instant::max();
};

// In the order in which they begin. One for each belief at least, although it may last no time.
std::vector<Claim> claims_of(const Facts& facts);

}  // namespace lockstep::models
