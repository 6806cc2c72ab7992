// Small sets of numbers as vectors in rising order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace lockstep::linear {

// Without effect if it is there already.
inline void insert(std::vector<std::uint32_t>& sorted, std::uint32_t value) {
  const auto at = std::ranges::lower_bound(sorted, value);
  if (at == sorted.end() || *at != value) sorted.insert(at, value);
}

inline void erase(std::vector<std::uint32_t>& sorted, std::uint32_t value) {
  const auto found = std::ranges::lower_bound(sorted, value);
  if (found != sorted.end() && *found == value) sorted.erase(found);
}

}  // namespace lockstep::linear
