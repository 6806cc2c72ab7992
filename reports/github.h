// What went wrong as annotations of GitHub's Actions: workflow commands among the lines that a step prints, a group of
// lines for each way of failing. Nothing at all if nothing went wrong.
// Source: "Workflow commands for GitHub Actions"; escapes as actions/toolkit makes them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "scenarios/summary.h"
#include "scenarios/validation.h"

namespace lockstep::reports {

// GitHub keeps no more errors of one step, and says nothing of the others: where there are more, the last that it keeps
// says how many.
inline constexpr std::size_t kMostAnnotations = 10;

// A broken property, a run that did not repeat and a worker that died are errors, with the line to paste in the message
// and the scenario as their file. A campaign that came to no verdict is a warning.
std::string campaign_annotations(const scenarios::CampaignSummary& summary);
// A case of the contract that went wrong and a level that is claimed and not kept are errors.
std::string validation_annotations(const scenarios::Validation& validation);

// Behind a command's "::", and as the value of one of its properties. No control character goes out.
std::string annotation_message(std::string_view text);
std::string annotation_property(std::string_view text);

}  // namespace lockstep::reports
