// "First" is meant literally: what breaks at 3, is kept at 5 and breaks at 9 first breaks at 3.
#include "properties/bisect.h"

#include <algorithm>

#include "impl/env/check.h"
#include "impl/env/wide.h"

namespace lockstep::properties {
namespace {

// Rounded down.
std::int64_t root_of(UnsignedWide square) {
  UnsignedWide low = 0, high = UnsignedWide{1} << 63;
  while (high - low > 1) {
    const UnsignedWide middle = low + (high - low) / 2;
    (middle * middle <= square ? low : high) = middle;
  }
  return static_cast<std::int64_t>(low);
}

}  // namespace

Bracket bracket_of(std::span<const Trial> trials) {
  Bracket bracket;
  for (const Trial& trial : trials) {
    if (bracket.broken) {
      bracket.returns = bracket.returns || (trial.exercised && !trial.broken);
    } else if (trial.broken) {
      bracket.broken = trial.value;
    } else {
      bracket.kept = trial.value;
    }
  }
  return bracket;
}

std::optional<std::int64_t> between(const Bracket& bracket, std::uint32_t resolution_ppm) {
  if (!bracket.kept || !bracket.broken) return std::nullopt;
  const auto [low, high] = std::minmax(*bracket.kept, *bracket.broken);
  CHECK(low > 0);
  const Wide near = static_cast<Wide>(low) * resolution_ppm / 1'000'000;
  if (high - low <= std::max<Wide>(near, 1)) return std::nullopt;
  return std::clamp(root_of(static_cast<UnsignedWide>(low) * static_cast<UnsignedWide>(high)), low + 1, high - 1);
}

std::vector<std::int64_t> round_steps(std::int64_t from, std::int64_t to) {
  const auto [low, high] = std::minmax(from, to);
  CHECK(low > 0);
  std::vector<std::int64_t> steps{low};
  for (Wide decade = 1; decade < high; decade *= 10) {
    for (const int digit : {1, 2, 5}) {
      if (decade * digit > low && decade * digit < high) steps.push_back(static_cast<std::int64_t>(decade * digit));
    }
  }
  if (high > low) steps.push_back(high);
  if (from > to) std::ranges::reverse(steps);
  return steps;
}

}  // namespace lockstep::properties
