// One run as the document of a page: the verdict, the story, and all that its picture is drawn from.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "scenarios/explanation.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::reports {

// Of the kind "violation", for page(); also of a run that violates nothing. The messages are part of the picture if the
// run has told them (RunOptions::tell_messages). `replay_line` is what to paste to see the run again. `explanation`
// is of the same run; without one the page has no likelihood over time. The fields are those of web/run_document.ts:
// every index is valid, and instants lie between zero and `until`.
nlohmann::ordered_json violation_document(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                                          const scenarios::Subject& subject, const std::string& replay_line,
                                          const scenarios::Explanation* explanation = nullptr);

}  // namespace lockstep::reports
