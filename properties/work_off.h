// Requests worked off by forked workers side by side: what a lock does to its process is no harm to the others.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "properties/worker.h"

namespace lockstep::properties {

struct WorkOrder {
  WorkerFunction function;
  std::vector<std::string> requests;
  unsigned jobs = 1;
  // Of real time, for one request: a worker that takes longer is killed.
  Duration hung_after = std::chrono::seconds(120);
};

struct Ended {
  std::size_t request = 0;  // index
  std::string answer;
  std::string death;       // how its worker ended instead, in words that follow "its worker"; empty: it answered
  std::uint64_t mark = 0;  // the last one that the worker set
};

// `ended` is told of each request, in the order in which they end; `tick` is called ten times a second and ends the
// work if it is false, as `stop` does: what is under way then is killed and not told of. Errors: throws the
// CampaignError of a worker.
void work_off(
    const WorkOrder& order, const std::function<void(const Ended&)>& ended, const std::atomic<bool>& stop,
    const std::function<bool()>& tick = [] { return true; });

}  // namespace lockstep::properties
