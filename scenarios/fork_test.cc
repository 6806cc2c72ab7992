// Another ending: up to the instant of the fork a run is the same, and from there on its noise is another.
#include <gtest/gtest.h>

#include "scenarios/run.h"

namespace lockstep::scenarios {
namespace {

using namespace std::chrono_literals;
using sim::NoiseFork;
using sim::TrueTime;

Scenario busy() {
  Scenario s;
  s.backend = "memory";
  s.seed = 3;
  s.hosts.resize(3);
  s.clients = {1, 1};
  s.heal_at = TrueTime(5s);
  for (int i = 0; i < 20; ++i)
    s.steps.push_back(
        {.at = TrueTime(i * 200ms), .client = static_cast<std::uint32_t>(i % 2), .ttl = 1s, .wait = 1s, .hold = 100ms});
  return s;
}

TEST(NoiseFork, LeavesARunAsItIsUpToItsInstant) {
  const Scenario scenario = busy();
  const auto one = run(scenario, memory_subject());
  const auto other = run(scenario, memory_subject(), {.fork = {TrueTime(2s), 77}});
  EXPECT_NE(one.trace_hash, other.trace_hash);
  std::size_t same = 0;
  for (const auto& event : one.history.events) {
    if (event.at >= 2s) break;
    ASSERT_LT(same, other.history.events.size());
    EXPECT_EQ(event.at, other.history.events[same].at);
    EXPECT_EQ(event.type, other.history.events[same].type);
    ++same;
  }
  EXPECT_GT(same, 20u);
}

TEST(NoiseFork, IsAFunctionOfItsSalt) {
  const Scenario scenario = busy();
  const auto hash = [&](NoiseFork fork) { return run(scenario, memory_subject(), {.fork = fork}).trace_hash; };
  EXPECT_EQ(hash({TrueTime(2s), 77}), hash({TrueTime(2s), 77}));
  EXPECT_NE(hash({TrueTime(2s), 77}), hash({TrueTime(2s), 78}));
  EXPECT_EQ(hash({TrueTime(2s), 0}), hash({})) << "zero: none";
}

}  // namespace
}  // namespace lockstep::scenarios
