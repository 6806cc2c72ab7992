// Hunting bugs, and the canaries of a campaign: what is caught, what is not, and what a dead worker means.
#include "properties/hunt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "properties/canaries.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::ZooTable;

zoo::Planted bug_named(std::string_view name) {
  for (zoo::Planted& bug : zoo::planted_bugs()) {
    if (bug.subject.name == name) return std::move(bug);
  }
  throw std::runtime_error("no such bug");
}

// A lock that is not wrong at all.
zoo::Planted harmless() { return {scenarios::memory_subject(), 99, "", models::kAllProperties}; }

zoo::Planted deadly() {
  zoo::Planted bug = harmless();
  bug.subject.open = [](scenarios::StoreParts) -> Awaitable<Result<scenarios::OpenedStore>> {
    std::raise(SIGKILL);
    co_return definite(ErrorKind::storage);
  };
  return bug;
}

struct Hunting : testing::Test {
  Hunting() {
    options.strategies = {strategies().front()};
    options.bases = 3;
    options.limit = 300ms;
    options.jobs = 2;
    std::string pattern = testing::TempDir() + "hunt_XXXXXX";
    options.directory = ::mkdtemp(pattern.data());
  }
  ~Hunting() override { std::filesystem::remove_all(options.directory); }
  ZooTable hunts() {
    return hunt(
        options, [](auto, auto, const auto&) {}, stop);
  }
  HuntOptions options;
  std::atomic<bool> stop = false;
};

TEST_F(Hunting, CatchesABugFromEachBaseAndShrinksTheFirst) {
  options.bugs = {bug_named("memory+ignored-limit")};
  const ZooTable table = hunts();
  ASSERT_EQ(table.bugs.size(), 1u);
  const auto& bug = table.bugs[0];
  EXPECT_TRUE(table.complete);
  EXPECT_TRUE(is_caught(bug));
  EXPECT_EQ(bug.by_strategy[0].hunts.size(), 3u);
  for (const auto& hunt : bug.by_strategy[0].hunts) EXPECT_TRUE(hunt.caught);
  EXPECT_NE(bug.caught_by & options.bugs[0].caught_by, 0u);
  EXPECT_FALSE(bug.sentence.empty());
  const auto shrunk = scenarios::load(bug.file);
  ASSERT_TRUE(shrunk);
  EXPECT_EQ(shrunk->steps.size(), bug.steps);
  EXPECT_EQ(shrunk->expect, bug.property);
}

TEST_F(Hunting, FindsTheSameHoweverManyWorkersThereAre) {
  options.bugs = {bug_named("memory+stale-release"), bug_named("memory+case-of-names")};
  options.limit = 20s;
  options.shrink = false;
  const ZooTable two = hunts();
  options.jobs = 1;
  const ZooTable one = hunts();
  for (std::size_t bug = 0; bug < 2; ++bug) {
    for (std::size_t base = 0; base < 3; ++base)
      EXPECT_EQ(one.bugs[bug].by_strategy[0].hunts[base].runs, two.bugs[bug].by_strategy[0].hunts[base].runs);
  }
}

TEST_F(Hunting, GivesUpWhereThereIsNothingToCatch) {
  options.bugs = {harmless()};
  const ZooTable table = hunts();
  EXPECT_FALSE(is_caught(table.bugs[0]));
  EXPECT_TRUE(table.bugs[0].file.empty());
  EXPECT_GT(table.bugs[0].by_strategy[0].hunts[0].runs, 1u);
}

TEST_F(Hunting, SaysWhenAWorkerDied) {
  options.bugs = {deadly()};
  const ZooTable table = hunts();
  EXPECT_FALSE(is_caught(table.bugs[0]));
  ASSERT_EQ(table.deaths.size(), 3u);
  EXPECT_NE(table.deaths[0].find("killed by signal 9"), std::string::npos) << table.deaths[0];
}

TEST_F(Hunting, StopsWhenItIsToldTo) {
  options.bugs = {harmless()};
  options.limit = 60s;
  stop = true;
  EXPECT_FALSE(hunts().complete);
}

TEST(MedianOfHunts, IsTheWorseOfTwoAndNothingIfThatWasGivenUp) {
  scenarios::Hunts hunts{"swarm", {{5, 5ms, true}, {1, 1ms, true}}};
  EXPECT_EQ(median_of(hunts).runs, 5u);
  hunts.hunts.push_back({9, 9ms, false});
  EXPECT_EQ(median_of(hunts).runs, 5u);
  hunts.hunts.push_back({9, 9ms, false});
  EXPECT_FALSE(median_of(hunts).caught);
}

TEST(Canaries, AreCaughtWithinAFewRuns) {
  const std::atomic<bool> stop = false;
  const auto canaries = hunt_canaries(default_canaries(), stop);
  ASSERT_EQ(canaries.size(), 3u);
  for (const auto& canary : canaries) {
    EXPECT_TRUE(canary.caught) << canary.name;
    EXPECT_LE(canary.runs, 10u) << canary.name;
  }
}

TEST(Canaries, ThatDieOrAreHarmlessAreNotCaught) {
  const std::atomic<bool> stop = false;
  for (const auto& canary : hunt_canaries({harmless(), deadly()}, stop)) EXPECT_FALSE(canary.caught);
}

}  // namespace
}  // namespace lockstep::properties
