// Every duel can be run, strikes as it says, and is the same for the same seed.
#include "properties/trouble.h"

#include <gtest/gtest.h>

#include <set>

#include "properties/bisect.h"
#include "properties/zoo/planted.h"
#include "scenarios/run.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;

TEST(ADuel, IsWellFormedForEveryLockAtBothEndsOfEveryAxis) {
  for (const scenarios::Subject& subject : scenarios::honest_subjects()) {
    for (const Trouble& trouble : troubles()) {
      if (!trouble.lacks(subject).empty()) continue;
      for (const Duration ttl : {1ms, 2000ms, 20'000ms}) {
        for (const std::int64_t value : {trouble.mildest, trouble.worst}) {
          for (std::uint64_t seed = 1; seed <= 4 * trouble.variants; ++seed) {
            const auto scenario = duel_with(trouble, value, subject, ttl, seed);
            const auto flaw = find_flaw(scenario);
            EXPECT_FALSE(flaw) << subject.name << " " << trouble.name << " " << flaw->place << " " << flaw->what;
            EXPECT_EQ(scenario, duel_with(trouble, value, subject, ttl, seed));
          }
        }
      }
    }
  }
}

// A boundary is one of the lock only if what is not struck keeps everything.
TEST(ADuel, InTheCalmBreaksNothing) {
  for (const scenarios::Subject& subject : scenarios::honest_subjects()) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const auto result = scenarios::run(calm_duel(subject, 2s, seed), subject);
      EXPECT_EQ(scenarios::violated(result), 0u) << subject.name << " seed " << seed;
      EXPECT_GT(result.verdicts[static_cast<std::size_t>(models::Property::belief_exclusion)].exercised, 0u);
    }
  }
}

TEST(ADuel, IsStruckInAnotherPlaceBySomeSeeds) {
  const scenarios::Subject sqlite = scenarios::sqlite_subject();
  for (const Trouble& trouble : troubles()) {
    if (trouble.is_ttl) continue;
    std::set<std::string> places;
    for (std::uint64_t seed = 1; seed <= trouble.variants; ++seed) {
      const auto s = duel_with(trouble, trouble.worst, sqlite, 2s, seed);
      std::string place;
      for (const auto& fault : s.faults) {
        place += std::to_string(fault.target) + "/" + std::to_string(fault.other) + (fault.amount < 0 ? "-" : "+");
      }
      for (const auto& host : s.hosts) place += host.drift_ppb == 0 ? "." : "!";
      places.insert(place + (trouble.name == "power" || trouble.name == "fsync" || trouble.name == "lies"
                                 ? std::to_string(s.faults.back().at.time_since_epoch().count())
                                 : ""));
    }
    EXPECT_GE(places.size(), 2u) << trouble.name;
  }
}

TEST(Troubles, AreKnownByTheirNames) {
  std::set<std::string_view> names;
  for (const Trouble& trouble : troubles()) {
    EXPECT_EQ(trouble_named(trouble.name), &trouble);
    EXPECT_TRUE(names.insert(trouble.name).second) << trouble.name;
  }
  EXPECT_EQ(trouble_named("weather"), nullptr);
}

}  // namespace
}  // namespace lockstep::properties
