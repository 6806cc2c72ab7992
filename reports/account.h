// A violation as prose: who did what, what struck, and why that is wrong. What a bug report begins with.
#pragma once

#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

// Of the violation that the scenario expects, or the first: its plain story as one paragraph, printable ASCII, with
// what the verdict says. Empty if nothing is violated.
std::string account_of(const scenarios::RunResult& result, const scenarios::Scenario& scenario);

// What the scenario tells of itself beside its account, which a page need not tell twice.
std::string about_without_account(const scenarios::Scenario& scenario, const std::string& account);

}  // namespace lockstep::reports
