// How large a share can be of which a count was seen: the exact interval of Clopper and Pearson, two-sided, at 95 %.
// It is never too narrow, and says of nothing seen in few runs that this is little.
// Source: Clopper and Pearson 1934.
#pragma once

#include <cstdint>

namespace lockstep::reports {

struct Interval {
  double lower = 0;
  double upper = 1;
};

// Of `count` in `runs`. Of no runs: everything is possible. Requires: count <= runs.
Interval exact_interval(std::uint64_t count, std::uint64_t runs, double confidence = 0.95);

}  // namespace lockstep::reports
