// Measures the envelope of a lock: duels along each axis at round magnitudes, then bisection between the last that was
// kept and the first that broke, for each property, then the maps. What comes out depends on the options but for jobs
// and the time limit, and on nothing else.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "properties/trouble.h"
#include "scenarios/run.h"

namespace lockstep::properties {

struct EnvelopeOptions {
  scenarios::Subject subject;
  std::vector<std::string> axes = {};  // by name; none: all
  bool maps = true;
  Duration ttl = std::chrono::seconds(2);
  std::uint64_t first_seed = 1;
  std::uint32_t runs = 100;        // behind each point of an axis
  std::uint32_t runs_of_map = 20;  // behind each cell of a map
  std::uint32_t resolution_ppm = 20'000;
  Duration time_limit = Duration::max();  // of real time
  unsigned jobs = 1;
  std::string directory = "lockstep-out/envelope";  // for an example of each boundary; empty: none are written
};

struct EnvelopeProgress {
  std::string doing;  // "sweeping", "bisecting, round 2"
  std::uint64_t done = 0;
  std::uint64_t about = 0;  // in all; how many bisection needs is a guess until it has been done
};

// `stop` from outside leaves what is done by then. Errors: throws CampaignError, also for an axis that there is none
// of.
scenarios::Envelope measure_envelope(const EnvelopeOptions& options,
                                     const std::function<void(const EnvelopeProgress&)>& progress,
                                     const std::atomic<bool>& stop);

// One run more behind a point.
void count(scenarios::EnvelopePoint& point, const scenarios::RunResult& result, std::uint64_t seed);

}  // namespace lockstep::properties
