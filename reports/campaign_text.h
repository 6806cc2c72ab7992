// A campaign for people. The first sentence is the answer; then what each promise was put through, which faults
// struck, what failed and the line to paste for it, and last how fast it was.
#pragma once

#include <string>

#include "reports/text_style.h"
#include "scenarios/summary.h"

namespace lockstep::reports {

// Printable, ends with a line break. Depends on the summary and the style only.
std::string campaign_text(const scenarios::CampaignSummary& summary, const TextStyle& style);

}  // namespace lockstep::reports
