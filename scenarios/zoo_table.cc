// Runs and times have medians of their own: a quick hunt need not be a short one.
#include "scenarios/zoo_table.h"

#include <algorithm>

namespace lockstep::scenarios {

Hunt median_of(const Hunts& hunts) {
  if (hunts.hunts.empty()) return {};
  std::vector<Hunt> sorted = hunts.hunts;
  std::ranges::sort(sorted, [](const Hunt& a, const Hunt& b) {
    if (a.caught != b.caught) return a.caught;
    return a.runs != b.runs ? a.runs < b.runs : a.took < b.took;
  });
  Hunt middle = sorted[sorted.size() / 2];
  std::ranges::sort(sorted, {}, [](const Hunt& hunt) { return std::pair(!hunt.caught, hunt.took); });
  middle.took = sorted[sorted.size() / 2].took;
  return middle;
}

bool is_caught(const BugHunted& bug) { return !bug.by_strategy.empty() && median_of(bug.by_strategy.front()).caught; }

}  // namespace lockstep::scenarios
