// A campaign for machines: everything in the summary and nothing else, keys in a fixed order. "lockstep_report" is
// the version of the format: docs/json.md says what makes a new one. 64-bit hashes are strings of 16 hex digits, since
// readers of JSON keep 53 bits of a number.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "scenarios/summary.h"

namespace lockstep::reports {

inline constexpr int kReportVersion = 1;

// One JSON object, indented by two blanks, with a line break at its end.
std::string campaign_json(const scenarios::CampaignSummary& summary);

// What the campaign's runs came to for one property: also a part of its page.
nlohmann::ordered_json property_json(const scenarios::CampaignSummary& summary, models::Property property);

// "non-deterministic".
std::string_view name_of(scenarios::CampaignOutcome outcome);

}  // namespace lockstep::reports
