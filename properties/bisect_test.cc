// Bisection against thresholds that are known: it ends beside them, asks little, and says so when there is none, when
// it lies before the axis, and when what broke is kept again.
#include "properties/bisect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace lockstep::properties {
namespace {

using Breaks = std::function<bool(std::int64_t)>;

struct Found {
  Bracket bracket;
  std::vector<Trial> trials;
};

// As the survey of an envelope does it, for one property.
Found search(std::int64_t from, std::int64_t to, std::uint32_t resolution_ppm, const Breaks& breaks) {
  Found found;
  for (const std::int64_t value : round_steps(from, to)) found.trials.push_back({value, true, breaks(value)});
  for (;;) {
    found.bracket = bracket_of(found.trials);
    const auto middle = between(found.bracket, resolution_ppm);
    if (!middle) return found;
    const auto place = std::ranges::find_if(
        found.trials, [&](const Trial& t) { return from < to ? t.value > *middle : t.value < *middle; });
    found.trials.insert(place, {*middle, true, breaks(*middle)});
  }
}

TEST(Bisection, EndsBesideAThresholdAsNearAsWasAskedFor) {
  for (const std::int64_t threshold : {1'001, 123'456, 2'004'008, 99'999'999}) {
    const auto [bracket, trials] = search(1'000, 100'000'000, 10'000, [&](auto v) { return v >= threshold; });
    ASSERT_TRUE(bracket.kept && bracket.broken) << threshold;
    EXPECT_LT(*bracket.kept, threshold);
    EXPECT_GE(*bracket.broken, threshold);
    EXPECT_LE(*bracket.broken - *bracket.kept, std::max<std::int64_t>(1, *bracket.kept / 100));
    EXPECT_FALSE(bracket.returns);
    EXPECT_LE(trials.size(), 16u + 7u) << "the round magnitudes, and seven more to get from 150 % to 1 %";
  }
}

TEST(Bisection, GoesDownwardsWhereLessIsWorse) {
  const auto [bracket, trials] = search(10'000, 10, 10'000, [](auto v) { return v <= 77; });
  EXPECT_EQ(bracket.kept, 78);
  EXPECT_EQ(bracket.broken, 77);
}

TEST(Bisection, OfWhatNeverBreaksAsksNothingMore) {
  const auto [bracket, trials] = search(1, 1000, 10'000, [](auto) { return false; });
  EXPECT_EQ(bracket.broken, std::nullopt);
  EXPECT_EQ(bracket.kept, 1000);
  EXPECT_EQ(trials.size(), round_steps(1, 1000).size());
}

TEST(Bisection, OfWhatBreaksAtOnceKnowsNothingThatIsKept) {
  const auto [bracket, trials] = search(5, 1000, 10'000, [](auto) { return true; });
  EXPECT_EQ(bracket.kept, std::nullopt);
  EXPECT_EQ(bracket.broken, 5);
  EXPECT_FALSE(bracket.returns);
}

// A crash that is shorter than the lease breaks a lock that forgets; one that is longer does not.
TEST(Bisection, FindsTheFirstOfSeveralThresholdsAndSaysThatMoreIsKeptAgain) {
  const auto [bracket, trials] = search(1, 10'000, 10'000, [](auto v) { return v >= 30 && v < 700; });
  EXPECT_EQ(bracket.kept, 29);
  EXPECT_EQ(bracket.broken, 30);
  EXPECT_TRUE(bracket.returns);
}

TEST(Bisection, DoesNotCallKeptWhatWasNotExercised) {
  const std::vector<Trial> trials{{1, true, false}, {2, true, true}, {5, false, false}};
  EXPECT_FALSE(bracket_of(trials).returns);
}

TEST(RoundSteps, AreOneTwoFiveWithBothEnds) {
  EXPECT_EQ(round_steps(1, 20), (std::vector<std::int64_t>{1, 2, 5, 10, 20}));
  EXPECT_EQ(round_steps(30, 700), (std::vector<std::int64_t>{30, 50, 100, 200, 500, 700}));
  EXPECT_EQ(round_steps(100, 10), (std::vector<std::int64_t>{100, 50, 20, 10}));
  EXPECT_EQ(round_steps(7, 7), (std::vector<std::int64_t>{7}));
}

}  // namespace
}  // namespace lockstep::properties
