// Canaries: a few planted bugs that every campaign hunts first. If one of them is not caught, whatever kept it hidden
// could have hidden a bug of the lock on trial as well, and the campaign is inconclusive.
#pragma once

#include <atomic>
#include <vector>

#include "properties/zoo/planted.h"
#include "scenarios/summary.h"

namespace lockstep::properties {

// One of beliefs, one of durability, one of time. Each is caught within a few runs.
std::vector<zoo::Planted> default_canaries();

// In a forked worker. A canary whose worker dies or hangs is not caught, nor is one that `stop` was quicker than.
// Errors: throws CampaignError.
std::vector<scenarios::Canary> hunt_canaries(const std::vector<zoo::Planted>& canaries, const std::atomic<bool>& stop);

}  // namespace lockstep::properties
