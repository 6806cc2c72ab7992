// A campaign as a comment on a pull request: the answer in its first line, the verdict on each property, how each
// failure is replayed; the rest is folded up.
#pragma once

#include <cstddef>
#include <string>

#include "reports/markdown.h"
#include "scenarios/summary.h"

namespace lockstep::reports {

// `version`: of Lockstep. No longer than `longest` bytes, which is at least half of that: ways to fail that have no
// room are left out, and how many is said.
std::string campaign_markdown(const scenarios::CampaignSummary& summary, const std::string& version,
                              std::size_t longest = kLongestComment);

}  // namespace lockstep::reports
