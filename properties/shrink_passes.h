// The single ways of making a scenario smaller, each an enumeration by position.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "scenarios/scenario.h"

namespace lockstep::properties {

struct Tried {
  bool end = false;                              // no such position: the pass is over
  bool removed = false;                          // if accepted, the same position holds another candidate
  std::optional<scenarios::Scenario> smaller{};  // nothing: no use at this position
};
using ShrinkPass = Tried (*)(const scenarios::Scenario& scenario, std::size_t position);

// In the order in which they are tried.
const std::vector<ShrinkPass>& shrink_passes();

}  // namespace lockstep::properties
