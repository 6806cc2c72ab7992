// The bounds of a binomial share are quantiles of beta distributions.
#include "reports/exact_interval.h"

#include <boost/math/distributions/beta.hpp>

#include "impl/env/check.h"

namespace lockstep::reports {

Interval exact_interval(std::uint64_t count, std::uint64_t runs, double confidence) {
  CHECK(count <= runs && confidence > 0 && confidence < 1);
  Interval interval;
  const double tail = (1 - confidence) / 2;
  const auto seen = static_cast<double>(count), all = static_cast<double>(runs);
  if (count > 0) interval.lower = quantile(boost::math::beta_distribution<>(seen, all - seen + 1), tail);
  if (count < runs) interval.upper = quantile(complement(boost::math::beta_distribution<>(seen + 1, all - seen), tail));
  return interval;
}

}  // namespace lockstep::reports
