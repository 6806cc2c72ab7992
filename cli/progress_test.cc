// What somebody who waits wants to know, in the room that a terminal has.
#include "cli/progress.h"

#include <gtest/gtest.h>

namespace lockstep::cli {
namespace {

using namespace std::chrono_literals;
using properties::CampaignProgress;

const CampaignProgress kHalfWay{.done = 5'000,
                                .wanted = 10'000,
                                .failures = 0,
                                .elapsed = 10s,
                                .virtual_ns = 7'200'000'000'000,
                                .doing = "running"};

TEST(Progress, TellsHowFarWhatBrokeWhenItEndsAndHowFast) {
  EXPECT_EQ(progress_line(kHalfWay, Duration::max(), 120),
            "running: 5 000 of 10 000 runs, no violation, about 10 s left, 500 a second, 2 h 0 min simulated");
}

TEST(Progress, CountsFailures) {
  CampaignProgress p = kHalfWay;
  p.failures = 3;
  EXPECT_NE(progress_line(p, Duration::max(), 120).find("3 violations"), std::string::npos);
}

TEST(Progress, LeavesOutWholePartsOnANarrowTerminal) {
  EXPECT_EQ(progress_line(kHalfWay, Duration::max(), 79),
            "running: 5 000 of 10 000 runs, no violation, about 10 s left, 500 a second");
  EXPECT_EQ(progress_line(kHalfWay, Duration::max(), 40), "running: 5 000 of 10 000 runs");
  EXPECT_EQ(progress_line(kHalfWay, Duration::max(), 10), "running: 5");
}

TEST(Progress, EndsWithTheTimeThatWasGiven) {
  EXPECT_NE(progress_line(kHalfWay, 12s, 120).find("about 2 s left"), std::string::npos);
  EXPECT_NE(progress_line(kHalfWay, 5s, 120).find("about 1 s left"), std::string::npos);
}

TEST(Progress, EstimatesNothingFromNothing) {
  CampaignProgress p = kHalfWay;
  p.done = 0;
  EXPECT_EQ(progress_line(p, Duration::max(), 120), "running: 0 of 10 000 runs, no violation");
  p = kHalfWay;
  p.doing = "shrinking seed 17";
  EXPECT_EQ(progress_line(p, Duration::max(), 120).find("left"), std::string::npos);
}

}  // namespace
}  // namespace lockstep::cli
