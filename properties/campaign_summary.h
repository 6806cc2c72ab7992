// What a campaign's state comes to. The same for a campaign at its end as for whoever looks at its state later.
#pragma once

#include "properties/campaign_state.h"
#include "scenarios/summary.h"

namespace lockstep::properties {

// `in_time`: the time that it was given is over. Its failures are as they were found; see CampaignEnd.
scenarios::CampaignSummary summary_of(const CampaignState& state, bool in_time);

// Of the state in a file, as far as the campaign has come. Errors: throws CampaignError.
scenarios::CampaignSummary stored_summary(const std::string& state_file);
// The files in `directory`, or the file itself. Errors: throws CampaignError, also if there is none.
std::vector<std::string> state_files(const std::string& directory);

}  // namespace lockstep::properties
