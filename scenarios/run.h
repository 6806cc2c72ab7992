// run(scenario): the one function of the project. Builds the world, lets the faults strike, heals it, checks every
// property, and returns everything there is to know. Same scenario, same result, byte for byte.
#pragma once

#include <string>
#include <vector>

#include "models/checkers.h"
#include "models/history.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"
#include "sim/scheduler.h"
#include "sim/trace.h"

namespace lockstep::scenarios {

// A message as a story tells it.
struct MessageStory {
  sim::TrueTime sent;
  sim::TrueTime arrived;        // the first copy
  sim::TrueTime arrived_again;  // the second, if it was sent twice
  std::uint32_t from = 0;       // processes
  std::uint32_t to = 0;
  bool lost = false;
  bool has_arrived = false;
  bool has_arrived_again = false;
  std::string words;
};

struct RunResult {
  models::History history;
  models::Bounds bounds;
  std::vector<models::Verdict> verdicts;  // one per property, in their order
  std::uint64_t trace_hash = 0;
  std::uint64_t trace_events = 0;
  std::uint64_t steps = 0;  // of the scheduler
  Duration virtual_time{};
  std::vector<std::uint64_t> fault_activations;  // by kind
  std::uint64_t messages = 0;
  std::uint64_t messages_lost = 0;
  std::uint64_t messages_duplicated = 0;
  std::vector<sim::TraceRecord> trace;      // if kept
  std::vector<MessageStory> messages_told;  // if kept
};

struct RunOptions {
  bool keep_trace = false;
  bool tell_messages = false;
  models::PropertySet properties = models::kAllProperties;
  sim::NoiseFork fork{};  // the run goes on with other noise from there on
};

// Requires: find_flaw(scenario) finds none. The subject is the one that scenario.backend names.
RunResult run(const Scenario& scenario, const Subject& subject, const RunOptions& options = {});

// The violated properties of a result, as a set.
models::PropertySet violated(const RunResult& result);

}  // namespace lockstep::scenarios
