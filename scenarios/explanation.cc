// A sample: "every run" is every one that was tried.
#include "scenarios/explanation.h"

namespace lockstep::scenarios {

std::optional<std::size_t> inevitable_from(const Explanation& explanation) {
  std::optional<std::size_t> from;
  for (std::size_t i = explanation.points.size(); i-- > 0;) {
    const Likelihood& point = explanation.points[i];
    if (point.runs == 0 || point.violations < point.runs) break;
    from = i;
  }
  return from;
}

}  // namespace lockstep::scenarios
