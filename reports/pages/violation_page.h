// One run as the document of a page: the verdict, the story, and all that its picture is drawn from.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::reports {

// Of the kind "violation", for page(). The messages are part of the picture if the run has told them
// (RunOptions::tell_messages). `replay_line` is what to paste to see the run again.
nlohmann::ordered_json violation_document(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                                          const scenarios::Subject& subject, const std::string& replay_line);
// The page of that document.
std::string violation_page(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                           const scenarios::Subject& subject, const std::string& replay_line);

}  // namespace lockstep::reports
