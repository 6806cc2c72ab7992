// The words for a budget that ran out.
#include "models/general/result.h"

#include <fmt/format.h>

namespace lockstep::general {

std::string out_of_budget(const Budget& budget, std::uint64_t steps) {
  if (steps >= budget.steps) return fmt::format("more than {} steps would be needed to try all orders", budget.steps);
  return fmt::format("more than {} bytes would be needed to remember the orders that were tried", budget.bytes);
}

}  // namespace lockstep::general
