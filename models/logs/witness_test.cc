// Witnesses of logs of some size: every one is found, and verified.
#include "models/linear/witness.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/linear/judge.h"
#include "models/linear/replay.h"
#include "models/logs/made_log.h"

namespace lockstep::models {
namespace {

class WitnessesOfMadeLogs : public testing::TestWithParam<MadeLog::Family> {};

TEST_P(WitnessesOfMadeLogs, AreVerified) {
  LogBuilder builder;
  std::uint32_t line = 0;
  make_log({.family = GetParam(), .operations = 100'000, .unknown = 1},
           [&](const LogEvent& event) { EXPECT_FALSE(builder.add(event, ++line).has_value()); });
  const linear::Log log = std::move(builder).log();
  linear::Witnesses witnesses;
  const auto judgements = linear::judge(log, {}, &witnesses);
  ASSERT_EQ(judgements.size(), 1u);
  ASSERT_EQ(judgements[0].outcome, linear::Outcome::ok) << judgements[0].sentence;
  ASSERT_TRUE(witnesses[0].has_value());
  EXPECT_GT(witnesses[0]->points.size(), 98'000u);
  EXPECT_EQ(linear::Replay(log).objection(*witnesses[0]).value_or("none"), "none");
}

INSTANTIATE_TEST_SUITE_P(Families, WitnessesOfMadeLogs,
                         testing::Values(MadeLog::Family::try_lock, MadeLog::Family::lock,
                                         MadeLog::Family::readers_writers, MadeLog::Family::permits));

}  // namespace
}  // namespace lockstep::models
