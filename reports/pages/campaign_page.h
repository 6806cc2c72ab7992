// Campaigns as the document of a page: what they found, and as plainly what they did not look at.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "scenarios/summary.h"

namespace lockstep::reports {

// What is told of a failure beside its sentence.
struct FailureTold {
  std::string account;  // its story as prose; may be empty
  std::string page;     // the address of its own page, relative to the campaign's; empty: there is none
};
using FailuresTold = std::map<std::string, FailureTold>;  // by the scenario's file

// Of the kind "campaign", for page(); at least one. All that depends on this machine and this time is in `machine` of
// each of `campaigns`: without that, the same campaign is the same document.
nlohmann::ordered_json campaign_document(const std::vector<scenarios::CampaignSummary>& campaigns,
                                         const FailuresTold& told);

// One of `campaigns`.
nlohmann::ordered_json campaign_told(const scenarios::CampaignSummary& summary, const FailuresTold& told);

// What a campaign did not cover, a sentence each. Never empty: what is simulated is not a machine.
std::vector<std::string> not_covered(const scenarios::CampaignSummary& summary);

}  // namespace lockstep::reports
