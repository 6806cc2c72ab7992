// A violation as prose: who did what, what struck, and why that is wrong. What a bug report begins with.
#pragma once

#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

// Of the violation that the scenario expects, or the first. One paragraph, printable ASCII; empty if nothing is
// violated. Times as people say them: to the millisecond.
std::string account_of(const scenarios::RunResult& result, const scenarios::Scenario& scenario);

}  // namespace lockstep::reports
