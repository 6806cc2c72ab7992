// Waiting in logs of some size: an honest line under load is not accused, and how long that takes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "models/linear/waits.h"
#include "models/logs/made_log.h"

namespace lockstep::models {
namespace {

linear::Log log_of(const MadeLog& recipe) {
  LogBuilder builder;
  std::uint32_t line = 0;
  make_log(recipe, [&](const LogEvent& event) { EXPECT_FALSE(builder.add(event, ++line).has_value()); });
  return std::move(builder).log();
}

// No message is under way for longer.
constexpr linear::Instant kDelay = 2'500'000;
constexpr linear::WaitRules kHonest{.most_overtaken = 0, .queued_within = kDelay, .wake_within = kDelay};

TEST(WaitsInLogs, AnHonestLineUnderLoadIsNotAccused) {
  for (const std::uint32_t clients : {2u, 16u, 64u}) {
    const auto log = log_of({.family = MadeLog::Family::lock, .operations = 20'000, .clients = clients});
    const auto report = linear::judge_waits(log, kHonest);
    EXPECT_TRUE(report.findings.empty()) << report.findings[0].sentence;
    EXPECT_TRUE(report.not_exercised.empty()) << report.not_exercised[0];
  }
}

TEST(WaitsInLogs, WhoseRequestsAreUnderWayAreOvertaken) {
  const auto log = log_of({.family = MadeLog::Family::lock, .operations = 20'000});
  const auto report = linear::judge_waits(log, {.most_overtaken = 0});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_GT(report.findings[0].times, 10u) << "who asked first does not reach the line first";
}

TEST(WaitsInLogs, TakeTimeInProportion) {
  using enum MadeLog::Family;
  for (const auto& [family, name] : {std::pair(lock, "lock"), std::pair(readers_writers, "readers-writers"),
                                     std::pair(permits, "permits"), std::pair(try_lock, "try-lock")})
    for (const std::uint64_t operations : {100'000u, 1'000'000u}) {
      auto log = log_of({.family = family, .operations = operations, .clients = 64});
      // Whatever was granted has waited.
      for (auto& op : log.operations)
        op.waits = op.action == linear::Action::acquire && op.answer == linear::Answer::yes;
      linear::WaitRules rules = kHonest;
      rules.longest_wait = 100 * kDelay;
      rules.deadlock_within = kDelay;
      const auto start = std::clock();
      const auto report = linear::judge_waits(log, rules);
      const auto took = 1000 * (std::clock() - start) / CLOCKS_PER_SEC;
      fmt::print("{:>16} {:>9} operations, {:>7} waits: {:4} ms of processor time, {} findings\n", name,
                 log.operations.size(), report.locks[0].waits, took, report.findings.size());
    }
}

}  // namespace
}  // namespace lockstep::models
