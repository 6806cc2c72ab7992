// The pages that a campaign leaves: its own, and one of each way in which the lock failed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "reports/pages/campaign_page.h"
#include "scenarios/subject.h"
#include "scenarios/summary.h"

namespace lockstep::cli {

// Writes a page. False: it could not be written, which is told in one line on standard error; a verdict is never lost
// for a page.
bool write_page(const std::string& file, const nlohmann::ordered_json& document);

// Beside the scenario of each group's smallest failure its own page, of eight groups at most, each made in a worker of
// its own: a lock may die of being run. What cannot be made is left out.
void write_failure_pages(const scenarios::CampaignSummary& summary, const scenarios::Subject& subject);

// What a page that will be `file` tells of failures beside their sentences: the accounts in the scenarios' files, and
// links to the failures' pages that are there.
reports::FailuresTold told_for(const std::string& file, const std::vector<scenarios::CampaignSummary>& campaigns);
// The document of a page that will be `file`.
nlohmann::ordered_json document_for(const std::string& file, const std::vector<scenarios::CampaignSummary>& campaigns);

}  // namespace lockstep::cli
