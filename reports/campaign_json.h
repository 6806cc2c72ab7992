// A campaign for machines: everything in the summary and nothing else, keys in a fixed order. "lockstep_report" is
// the version of the format; a key is only ever added to it. 64-bit hashes are strings of 16 hex digits, since
// readers of JSON keep 53 bits of a number.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/summary.h"

namespace lockstep::reports {

inline constexpr int kReportVersion = 1;

// One JSON object, indented by two blanks, with a line break at its end.
std::string campaign_json(const scenarios::CampaignSummary& summary);

// "non-deterministic".
std::string_view name_of(scenarios::CampaignOutcome outcome);

}  // namespace lockstep::reports
