// Against values that are printed in tables, and against what the interval promises.
#include "reports/exact_interval.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lockstep::reports {
namespace {

// Of so many runs with this share, how likely are `count` or fewer?
double up_to(std::uint64_t count, std::uint64_t runs, double share) {
  double sum = 0;
  for (std::uint64_t i = 0; i <= count; ++i) {
    const auto n = static_cast<double>(runs), k = static_cast<double>(i);
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(share) +
                    (n - k) * std::log1p(-share));
  }
  return sum;
}

// Geigy's scientific tables (1982), exact confidence limits of binomial shares.
TEST(ExactInterval, IsThatOfTheTables) {
  EXPECT_NEAR(exact_interval(0, 10).upper, 0.3085, 5e-5);
  EXPECT_NEAR(exact_interval(1, 10).lower, 0.0025, 5e-5);
  EXPECT_NEAR(exact_interval(1, 10).upper, 0.4450, 5e-5);
  EXPECT_NEAR(exact_interval(5, 10).lower, 0.1871, 5e-5);
  EXPECT_NEAR(exact_interval(5, 10).upper, 0.8129, 5e-5);
  EXPECT_NEAR(exact_interval(10, 10).lower, 0.6915, 5e-5);
}

// 59 tests without a failure show with 95 % confidence, one-sided, that fewer than 5 % fail (Wilks 1941).
TEST(ExactInterval, OfNothingIn59IsFivePercentToOneSide) {
  EXPECT_NEAR(exact_interval(0, 59, 0.90).upper, 0.0495, 5e-5);
  EXPECT_NEAR(exact_interval(0, 59).upper, 1 - std::pow(0.025, 1.0 / 59), 1e-9);
  EXPECT_NEAR(exact_interval(0, 59).upper, 0.0606, 5e-5);
}

TEST(ExactInterval, OfNothingAndOfEverythingReachesTheEnd) {
  EXPECT_EQ(exact_interval(0, 500).lower, 0);
  EXPECT_EQ(exact_interval(500, 500).upper, 1);
  EXPECT_EQ(exact_interval(0, 0).lower, 0);
  EXPECT_EQ(exact_interval(0, 0).upper, 1);
}

// Its bounds are where what was seen becomes as unlikely as half of what is left of certainty.
TEST(ExactInterval, LeavesTwoAndAHalfPercentToEachSide) {
  for (const std::uint64_t runs : {3, 20, 137}) {
    for (std::uint64_t count = 1; count < runs; ++count) {
      const Interval interval = exact_interval(count, runs);
      EXPECT_NEAR(up_to(count, runs, interval.upper), 0.025, 1e-6) << count << " of " << runs;
      EXPECT_NEAR(1 - up_to(count - 1, runs, interval.lower), 0.025, 1e-6) << count << " of " << runs;
    }
  }
}

}  // namespace
}  // namespace lockstep::reports
