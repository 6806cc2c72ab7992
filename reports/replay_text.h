// One run for people: the answer first, then what was tried, what happened, and what each promise came to.
#pragma once

#include <cstdint>
#include <string>

#include "reports/ladder.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::reports {

struct ReplayOptions {
  TextStyle style;
  bool all = false;  // every event of the story
};

// ASCII, ends with a line break. The messages are part of the story if the run has told them
// (RunOptions::tell_messages).
std::string replay_text(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                        const scenarios::Subject& subject, const ReplayOptions& options);

// What one run says about the lock. A run that exercised no property, or left one undecided, says neither yes nor no.
enum class RunOutcome : std::uint8_t { kept, violation, inconclusive };
RunOutcome outcome_of(const scenarios::RunResult& result);

// One sentence: was a promise broken, which one, and how?
std::string replay_answer(const scenarios::RunResult& result, const scenarios::Scenario& scenario);

}  // namespace lockstep::reports
