// `lockstep report`: what a campaign left behind, or envelopes, told again. Nothing is run.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/app.h"
#include "cli/campaign_pages.h"
#include "cli/commands.h"
#include "cli/stored_envelopes.h"
#include "cli/terminal.h"
#include "properties/campaign_summary.h"
#include "reports/campaign_json.h"
#include "reports/campaign_text.h"

namespace lockstep::cli {

int report(const ReportArguments& a) {
  require_page(a.html);
  if (const auto files = envelope_files(a.state); !files.empty()) return report_envelopes(a, files);
  std::vector<scenarios::CampaignSummary> campaigns;
  for (const std::string& file : properties::state_files(a.state))
    campaigns.push_back(properties::stored_summary(file));
  for (std::size_t i = 0; i < campaigns.size(); ++i)
    fmt::print("{}{}", i == 0 ? "" : "\n", reports::campaign_text(campaigns[i], style_of_output()));
  if (!a.html.empty() && write_page(a.html, document_for(a.html, campaigns))) fmt::print("\nThe page: {}\n", a.html);
  // The worst of them: a violation before runs that do not repeat, and that before what is left open.
  int code = kClean;
  if (!std::ranges::all_of(campaigns, &scenarios::CampaignSummary::finished)) code = kInconclusive;
  for (const int worse : {kInconclusive, kNonDeterministic, kViolation}) {
    if (std::ranges::any_of(campaigns, [&](const auto& s) { return code_of(s.outcome) == worse; })) code = worse;
  }
  return code;
}

}  // namespace lockstep::cli
