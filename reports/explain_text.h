// When a violation became inevitable, for people and for machines.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/text_style.h"
#include "scenarios/explanation.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

// The first sentence is the answer; then the likelihood over time, with the events at which it changed. `result` is the
// run that is explained. ASCII, ends with a line break.
std::string explain_text(const scenarios::Explanation& explanation, const scenarios::RunResult& result,
                         const scenarios::Scenario& scenario, const TextStyle& style);
nlohmann::ordered_json explanation_value(const scenarios::Explanation& explanation, const scenarios::RunResult& result,
                                         const scenarios::Scenario& scenario);
// The same as text, with a line break at its end.
std::string explain_json(const scenarios::Explanation& explanation, const scenarios::RunResult& result,
                         const scenarios::Scenario& scenario);

}  // namespace lockstep::reports
