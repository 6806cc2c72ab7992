// Smaller scenarios: what RapidCheck searches when one fails. Removal first (faults, steps, clients, servers, locks,
// hosts), then simpler surroundings (quiet network, exact clocks) and simpler faults, then bisected and rounded
// numbers. Each candidate is less complex than what it is made of (complexity.h). A scenario that was accepted goes on
// being shrunk from where it was found, not from the beginning.
#pragma once

#include <rapidcheck/Shrinkable.h>

#include <functional>
#include <optional>
#include <string>

#include "models/checkers.h"
#include "models/verdict.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::properties {

// The tree of smaller scenarios, made as it is searched.
rc::Shrinkable<scenarios::Scenario> shrinkable(scenarios::Scenario scenario);

struct ShrinkBudget {
  std::uint64_t runs = 4000;
  // Asked before each run; true ends the search with what has been found. For time limits and interrupts.
  std::function<bool()> enough = [] { return false; };
  // Whose breach is told of too, if it turns up in something simpler.
  models::PropertySet others = 0;
};

struct Shrunk {
  scenarios::Scenario scenario;
  std::uint64_t runs = 0;
  // Simpler than that, but broken otherwise: another property, or the same one in another shape. The simplest one met.
  struct Other {
    scenarios::Scenario scenario;
    models::Property property{};
    std::string shape;
  };
  std::optional<Other> other;
};

// A local minimum that still violates `property` in the same shape, by RapidCheck's search. Requires: `scenario`
// violates it.
Shrunk shrink(const scenarios::Scenario& scenario, const scenarios::Subject& subject, models::Property property,
              const ShrinkBudget& budget = {});

}  // namespace lockstep::properties
