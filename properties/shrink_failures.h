// After the search: one failure of each kind (property and shape) is made small, in a forked worker with a time limit.
#pragma once

#include "properties/campaign.h"

namespace lockstep::properties {

// Fills in what has become of the failures it shrank.
void shrink_failures(const CampaignOptions& options, scenarios::CampaignSummary& summary,
                     const std::function<void(const std::string& doing)>& report, const std::atomic<bool>& stop);

}  // namespace lockstep::properties
