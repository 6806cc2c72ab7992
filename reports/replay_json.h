// One run for machines: the verdicts, the hash that says whether two runs are the same, and the whole history with
// names. Keys in a fixed order; 64-bit hashes are strings of 16 hex digits.
#pragma once

#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::reports {

inline constexpr int kReplayVersion = 1;

// One JSON object with a line break at its end; "lockstep_replay" is the version of the format. Events are objects
// as of history_jsonl.h, with names in place of indices for `process` and `owner`; `evidence` of a verdict counts them
// from 0, and so does `fault` the scenario's faults.
std::string replay_json(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                        const scenarios::Subject& subject);

}  // namespace lockstep::reports
