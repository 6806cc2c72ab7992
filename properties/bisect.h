// Where along an axis something first breaks: magnitudes that were tried, the bracket they leave, and what to try next
// to make it narrower. Knows nothing of locks; integers only, so that every machine asks the same questions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lockstep::properties {

struct Trial {
  std::int64_t value = 0;
  bool exercised = false;  // it could have been broken there
  bool broken = false;
};

struct Bracket {
  std::optional<std::int64_t> kept;    // the last that was tried before the first broken one, or of all
  std::optional<std::int64_t> broken;  // nothing: none was broken
  bool returns = false;                // exercised and kept at some magnitude behind the first broken one
};
// Requires: from mild to bad.
Bracket bracket_of(std::span<const Trial> trials);

// What lies between the two, as their geometric mean: magnitudes of an axis span decades. Nothing if they are as near
// to each other as `resolution_ppm` of the nearer to zero, if nothing lies between, or if either is missing. Requires:
// both above zero.
std::optional<std::int64_t> between(const Bracket& bracket, std::uint32_t resolution_ppm);

// 1, 2, 5, 10, ... times a power of ten, with both ends, from the first to the second, which may be the less.
// Requires: both above zero.
std::vector<std::int64_t> round_steps(std::int64_t from, std::int64_t to);

}  // namespace lockstep::properties
