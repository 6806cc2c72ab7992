// What the search remembers, where hashes collide: nothing else may be taken for what was remembered.
#include "models/general/dead_ends.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "models/general/register_specification.h"

namespace lockstep::general {
namespace {

TEST(DeadEnds, AreToldApartWhateverTheirHashes) {
  DeadEnds dead_ends(2);
  const std::vector<std::uint64_t> open{1, 2}, other{1, 3};
  const Configuration first{.passed = 5, .state = 7, .open = open, .hash = 42};
  EXPECT_FALSE(dead_ends.contains(first));
  dead_ends.add(first);
  EXPECT_TRUE(dead_ends.contains(first));
  EXPECT_FALSE(dead_ends.contains({.passed = 6, .state = 7, .open = open, .hash = 42}));
  EXPECT_FALSE(dead_ends.contains({.passed = 5, .state = 8, .open = open, .hash = 42}));
  EXPECT_FALSE(dead_ends.contains({.passed = 5, .state = 7, .open = other, .hash = 42}));
  dead_ends.add({.passed = 5, .state = 7, .open = other, .hash = 42});
  EXPECT_TRUE(dead_ends.contains(first));
  EXPECT_TRUE(dead_ends.contains({.passed = 5, .state = 7, .open = other, .hash = 42}));
  EXPECT_EQ(dead_ends.size(), 2u);
}

TEST(DeadEnds, AreAllFoundAgain) {
  DeadEnds dead_ends(1);
  std::vector<std::vector<std::uint64_t>> open;
  for (std::uint64_t i = 0; i < 5'000; ++i) open.push_back({i});
  // Few hashes, of which many lie side by side and around the end of the table.
  const auto at = [&](std::uint64_t i) { return Configuration{.open = open[i], .hash = i % 700 - 350}; };
  for (std::uint64_t i = 0; i < open.size(); i += 2) dead_ends.add(at(i));
  for (std::uint64_t i = 0; i < open.size(); ++i) EXPECT_EQ(dead_ends.contains(at(i)), i % 2 == 0) << i;
}

TEST(StateNumbers, AreTheSameForEqualStatesOnly) {
  const RegisterSpecification spec(0);
  StateNumbers<RegisterSpecification> numbers(spec);
  EXPECT_EQ(numbers.find(3), kNone);
  EXPECT_EQ(numbers.add(3), 0u);
  EXPECT_EQ(numbers.add(-3), 1u);
  EXPECT_EQ(numbers.add(3), 0u);
  EXPECT_EQ(numbers.find(-3), 1u);
  EXPECT_EQ(numbers.find(4), kNone);
}

}  // namespace
}  // namespace lockstep::general
