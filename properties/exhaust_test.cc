// Small scopes: what they are made of, that planted bugs are found in them without dice, and that honest locks come
// through.
#include "properties/exhaust.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "properties/zoo/planted.h"
#include "scenarios/run.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

using scenarios::Exhaustion;

struct Exhausting : testing::Test {
  Exhausting() {
    std::string pattern = testing::TempDir() + "exhaust_XXXXXX";
    options.directory = ::mkdtemp(pattern.data());
    options.jobs = 2;
    options.depth = 1;
  }
  ~Exhausting() override { std::filesystem::remove_all(options.directory); }
  Exhaustion exhausts(const std::string& backend) {
    options.subject = *zoo::subject_named(backend);
    return exhaust(
        options, [](auto, auto) {}, stop);
  }
  ExhaustOptions options;
  std::atomic<bool> stop = false;
};

TEST(SmallScopes, AreWellFormedQuietAndBreakNothingByThemselves) {
  for (const auto& subject : scenarios::honest_subjects()) {
    std::set<std::string> names;
    for (const auto& scope : small_scopes(subject)) {
      SCOPED_TRACE(subject.name + ": " + scope.about);
      EXPECT_TRUE(names.insert(scope.about).second);
      ASSERT_FALSE(find_flaw(scope));
      EXPECT_TRUE(scope.faults.empty());
      EXPECT_EQ(scenarios::violated(scenarios::run(scope, subject)), 0u);
    }
    EXPECT_GE(names.size(), 9u);
  }
}

TEST_F(Exhausting, FindsBugsWithoutDice) {
  for (const std::string bug : {"memory+stale-release", "memory+belief-from-answer", "filesystem+unsynced-directory",
                                "memory+any-order", "sqlite+barging"}) {
    const Exhaustion found = exhausts(bug);
    EXPECT_TRUE(found.violated) << bug;
    const auto scenario = scenarios::load(found.file);
    ASSERT_TRUE(scenario) << bug;
    EXPECT_LE(scenario->faults.size(), 1u);
    EXPECT_EQ(scenario->expect, found.property);
  }
}

TEST_F(Exhausting, AnHonestLockComesThrough) {
  const Exhaustion all = exhausts("memory");
  EXPECT_FALSE(all.violated) << all.sentence;
  for (const auto& scope : all.scopes) {
    EXPECT_TRUE(scope.exhausted) << scope.about;
    EXPECT_GT(scope.states, 1u) << scope.about;
    EXPECT_GE(scope.runs, scope.states) << scope.about;
  }
}

// A lock whose store was never open in time would come through too.
TEST_F(Exhausting, EveryPromiseOfAnHonestLockIsExercised) {
  for (const std::string lock : {"memory", "sqlite", "filesystem", "filesystem-shared", "redis"}) {
    const Exhaustion all = exhausts(lock);
    EXPECT_FALSE(all.violated) << lock << ": " << all.sentence;
    EXPECT_EQ(all.asserted & ~all.exercised, 0u) << lock;
  }
}

TEST_F(Exhausting, SaysWhatItLeftOut) {
  options.limit = std::chrono::milliseconds(1);
  const Exhaustion cut = exhausts("sqlite");
  EXPECT_FALSE(cut.violated);
  EXPECT_FALSE(std::ranges::all_of(cut.scopes, &scenarios::ScopeExhausted::exhausted));
}

TEST_F(Exhausting, CountsTheSameHoweverManyWorkersThereAre) {
  const Exhaustion two = exhausts("memory");
  options.jobs = 1;
  const Exhaustion one = exhausts("memory");
  for (std::size_t i = 0; i < one.scopes.size(); ++i) {
    EXPECT_EQ(one.scopes[i].runs, two.scopes[i].runs);
    EXPECT_EQ(one.scopes[i].states, two.scopes[i].states);
  }
}

}  // namespace
}  // namespace lockstep::properties
