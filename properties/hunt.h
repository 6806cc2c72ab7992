// Hunting planted bugs: how soon does each way of searching find each of them?
#pragma once

#include <atomic>

#include "properties/search.h"
#include "properties/zoo/planted.h"
#include "scenarios/zoo_table.h"

namespace lockstep::properties {

struct HuntOptions {
  std::vector<zoo::Planted> bugs;
  std::vector<Strategy> strategies;
  std::uint32_t bases = 20;                   // hunts for each bug and strategy
  Duration limit = std::chrono::seconds(60);  // of real time, for one hunt
  unsigned jobs = 1;
  bool shrink = true;
  Duration shrink_limit = std::chrono::seconds(20);
  std::string directory = "lockstep-out";  // for the shrunk scenarios
};

// Hunt `base` begins at this seed, so that no two run the same scenarios.
constexpr std::uint64_t first_seed_of(std::uint32_t base) { return 1 + std::uint64_t{base} * 10'000'000; }

using HuntProgress = std::function<void(std::size_t done, std::size_t wanted, const std::string& doing)>;

// In forked workers. Errors: throws CampaignError.
scenarios::ZooTable hunt(const HuntOptions& options, const HuntProgress& progress, const std::atomic<bool>& stop);

}  // namespace lockstep::properties
