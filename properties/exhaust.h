// Small scopes, without dice: two or three clients, one or two locks, a handful of uses, and a network that is always
// the same. Every fault that is allowed is thrown at every step of every process, and at every step of each run that
// comes of it once more. Source: Jackson's small scope hypothesis (Software Abstractions, 2006); Emmi et al. 2011
// (delay-bounded scheduling): most bugs need few things to go wrong, if they go wrong at the right moment.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "properties/generate.h"
#include "scenarios/exhaustion.h"

namespace lockstep::properties {

struct ExhaustOptions {
  scenarios::Subject subject;
  int depth = 2;                               // faults at most, 1 or 2
  Duration limit = std::chrono::seconds(600);  // of real time
  unsigned jobs = 1;
  std::string directory = "lockstep-out";  // for the first violation
};

// Little stories with all that the subject claims, without a fault. The first word of `about` is a name.
std::vector<scenarios::Scenario> small_scopes(const scenarios::Subject& subject);

using ExhaustProgress = std::function<void(std::size_t done, std::size_t wanted)>;

// Ends at the first violation of what the subject claims. A state is a history without its times: two runs in which the
// same happened in the same order are one, and only one of them is gone on with. Errors: throws CampaignError.
scenarios::Exhaustion exhaust(const ExhaustOptions& options, const ExhaustProgress& progress,
                              const std::atomic<bool>& stop);

}  // namespace lockstep::properties
