// Explaining a violation: at which events did it become likely, and from when on was it inevitable? The scenario's
// steps and faults stay; what is drawn anew after an instant is the noise: delays, losses, latencies, jitter. Source:
// Antithesis' reports of bugs show a bug's likelihood over the time of its run in this way.
#pragma once

#include <atomic>
#include <functional>

#include "scenarios/explanation.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::properties {

struct ExplainOptions {
  std::uint32_t runs = 100;   // for each instant
  std::uint32_t points = 40;  // instants at most: more where the likelihood changes
  unsigned jobs = 1;
};

using ExplainProgress = std::function<void(std::uint32_t done, std::uint32_t wanted)>;

// Requires: the scenario violates the property. In forked workers; a run whose worker dies counts as none. Errors:
// throws CampaignError.
scenarios::Explanation explain(const scenarios::Scenario& scenario, const scenarios::Subject& subject,
                               models::Property property, const ExplainOptions& options,
                               const ExplainProgress& progress, const std::atomic<bool>& stop);

}  // namespace lockstep::properties
