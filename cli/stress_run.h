// A run of `lockstep stress`: real processes on one real store, killed and stopped at random by their parent, then left
// alone; and what their journals say about it, judged by the same checkers as a simulated run.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "cli/real_store.h"
#include "impl/client/belief.h"
#include "models/checkers.h"
#include "models/history.h"

namespace lockstep::cli {

struct StressOptions {
  StorePlace store;  // its directory exists and is empty, whatever the backend
  std::uint32_t processes = 8;
  std::uint32_t locks = 2;
  std::uint64_t seed = 1;
  Duration ttl{};
  Duration lasts{};                          // the last fifth of it after healing
  BeliefRule belief = believe_from_sending;  // another one is a planted bug
};

struct StressResult {
  models::History history;
  models::Bounds bounds;
  std::vector<models::Verdict> verdicts;
  std::uint64_t kills = 0;
  std::uint64_t stops = 0;
  Duration took{};
  bool interrupted = false;
  // Workers that ended otherwise than by our signals: how, each a sentence. A mistake of ours.
  std::vector<std::string> died;
  // Workers that had to be killed because they did not end after the last phase.
  std::uint64_t stuck = 0;
};

// What is judged of this store.
models::PropertySet judged_in_stress(const std::string& backend);

// Calls `progress` now and then with the seconds gone by. Throws std::system_error. No worker is left when it returns
// or throws; and none when the process itself is killed.
StressResult run_stress(const StressOptions& options, const std::atomic<bool>& stop,
                        const std::function<void(Duration)>& progress);

}  // namespace lockstep::cli
