// When a violation became inevitable, as a value: how likely it is in runs that are the same up to an instant and go on
// with other noise, instant by instant.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/history.h"
#include "models/verdict.h"

namespace lockstep::scenarios {

struct Likelihood {
  models::Instant at{};  // everything that happened until then, this instant included, is as it was
  std::uint32_t runs = 0;
  std::uint32_t violations = 0;
};

struct Explanation {
  models::Property property{};
  std::vector<Likelihood> points;  // by time: from the beginning, before anything happened, to the proof
  bool complete = true;            // false: stopped from outside
};

// The first point from which on every run broke the property. Nothing if not even the last one.
std::optional<std::size_t> inevitable_from(const Explanation& explanation);

}  // namespace lockstep::scenarios
