// How likely a violation was, and from when on it was inevitable.
#include "properties/explain.h"

#include <gtest/gtest.h>

#include "properties/zoo/planted.h"
#include "scenarios/run.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Explanation;
using scenarios::Scenario;

// The power goes when a grant may just have been answered, or be still on its way.
Scenario power_cut() {
  Scenario s;
  s.backend = "sqlite+wal-normal";
  s.seed = 1;
  s.hosts.resize(3);
  s.clients = {1};
  s.heal_at = sim::TrueTime(2s);
  s.steps.push_back({.at = sim::TrueTime(100ms), .client = 0, .ttl = 1s});
  s.steps.push_back({.at = sim::TrueTime(1500ms), .client = 0, .ttl = 1s});
  s.faults.push_back({.kind = sim::FaultKind::reboot_host, .at = sim::TrueTime(101ms), .lasts = 10ms, .target = 0});
  s.expect = models::Property::durability;
  return s;
}

Explanation explained(const Scenario& scenario, models::Property property, const ExplainOptions& options) {
  const auto subject = zoo::subject_named(scenario.backend);
  const std::atomic<bool> stop = false;
  return explain(
      scenario, *subject, property, options, [](auto, auto) {}, stop);
}

// A seed at which the power cut takes the grant back.
Scenario unlucky() {
  Scenario scenario = power_cut();
  const auto subject = *zoo::subject_named(scenario.backend);
  while ((scenarios::violated(scenarios::run(scenario, subject)) & models::bit(models::Property::durability)) == 0)
    ++scenario.seed;
  return scenario;
}

TEST(Explain, FindsTheMomentFromWhichOnTheViolationIsInevitable) {
  const Explanation e = explained(unlucky(), models::Property::durability, {.runs = 40, .points = 40, .jobs = 2});
  ASSERT_GE(e.points.size(), 3u);
  EXPECT_TRUE(e.complete);
  EXPECT_EQ(e.points.back().violations, e.points.back().runs) << "after the proof nothing can change it";
  EXPECT_LT(e.points.front().violations, e.points.front().runs) << "at the beginning it was chance";
  const auto from = scenarios::inevitable_from(e);
  ASSERT_TRUE(from);
  EXPECT_LE(e.points[*from].at, 101ms) << "when the power went";
  EXPECT_GE(e.points[*from].at, 100ms) << "not before the lock was asked for";
}

TEST(Explain, TellsTheSameHoweverManyWorkersThereAre) {
  const Scenario scenario = unlucky();
  const Explanation one = explained(scenario, models::Property::durability, {.runs = 10, .points = 10, .jobs = 1});
  const Explanation three = explained(scenario, models::Property::durability, {.runs = 10, .points = 10, .jobs = 3});
  ASSERT_EQ(one.points.size(), three.points.size());
  for (std::size_t i = 0; i < one.points.size(); ++i) {
    EXPECT_EQ(one.points[i].at, three.points[i].at);
    EXPECT_EQ(one.points[i].violations, three.points[i].violations);
  }
}

TEST(Explain, StopsWhenItIsToldTo) {
  const Scenario scenario = unlucky();
  const auto subject = *zoo::subject_named(scenario.backend);
  const std::atomic<bool> stop = true;
  EXPECT_FALSE(explain(
                   scenario, subject, models::Property::durability, {}, [](auto, auto) {}, stop)
                   .complete);
}

TEST(InevitableFrom, IsTheFirstOfAllThatBreakItEveryTime) {
  Explanation e{.points = {{0s, 10, 10}, {1s, 10, 9}, {2s, 10, 10}, {3s, 10, 10}}};
  EXPECT_EQ(scenarios::inevitable_from(e), 2u);
  e.points.push_back({4s, 10, 0});
  EXPECT_FALSE(scenarios::inevitable_from(e));
  EXPECT_FALSE(scenarios::inevitable_from({}));
}

}  // namespace
}  // namespace lockstep::properties
