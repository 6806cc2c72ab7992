// Whether a lock does what it says, and up to where: the contract in plain sequence and in small races, then campaigns
// in each of which more goes wrong than in the one before, as far as the lock claims to survive it.
#pragma once

#include "properties/campaign.h"
#include "scenarios/validation.h"

namespace lockstep::properties {

struct ValidateOptions {
  scenarios::Subject subject;
  std::vector<std::string> only = {};     // cases of the contract, and no campaigns; empty: everything
  std::uint64_t noises = 3;               // runs of each case
  std::uint64_t seeds = 200;              // of each campaign
  bool beyond = false;                    // also what the lock does not claim to survive
  Duration time_limit = Duration::max();  // of real time, for each campaign
  unsigned jobs = 1;
  std::string directory = "lockstep-out/validate";
  std::string version;
};

// Told what is being done, "contract", "campaign with crashes", and how far it is.
using ValidateProgress = std::function<void(const std::string& doing, std::uint64_t done, std::uint64_t wanted)>;

// Errors: throws CampaignError, also for a case that there is none of.
scenarios::Validation validate(const ValidateOptions& options, const ValidateProgress& progress,
                               const std::atomic<bool>& stop);

// What follows from cases and campaigns.
std::vector<scenarios::Level> levels_of(const scenarios::Validation& validation, const scenarios::Subject& subject);

}  // namespace lockstep::properties
