// One worker of a stress run: a process of its own that uses locks, through the real client library and the real store
// on the real clock, until it is told to stop or is killed.
#pragma once

#include <array>
#include <atomic>
#include <string>

#include "cli/real_store.h"
#include "cli/stress_record.h"
#include "impl/client/belief.h"

namespace lockstep::cli {

inline constexpr std::uint32_t kMostWorkers = 64;

enum class Phase : int { faults, healed, stop };

// In memory that parent and workers share.
struct StressBoard {
  std::atomic<Phase> phase{Phase::faults};
  std::array<std::atomic<int>, kMostWorkers> holding{};  // how many locks each holds alone
};

struct WorkerTask {
  StorePlace store;
  std::string space = "stress";   // of the locks' names
  std::uint32_t worker = 0;       // and process in the history
  std::uint32_t workers = 0;      // the resource is the process after them
  std::uint32_t incarnation = 0;  // which one of this worker
  std::uint32_t locks = 1;
  std::uint64_t seed = 1;
  Duration ttl{};
  Duration probe_wait{};  // wait limit after healing
  BeliefRule belief = believe_from_sending;
  StressBoard* board = nullptr;
  Journal journal{-1};
};

// Lives the worker's life, and ends the process with exit code 0.
void live(const WorkerTask& task);

}  // namespace lockstep::cli
