// A validation for people, for machines, for a build server, and for the README of whoever wrote the lock.
#pragma once

#include <string>

#include "reports/text_style.h"
#include "scenarios/validation.h"

namespace lockstep::reports {

// The first sentence is the answer. Ends with a line break.
std::string validation_text(const scenarios::Validation& validation, const TextStyle& style);
// One JSON object; "lockstep_validation" is the version of the format.
std::string validation_json(const scenarios::Validation& validation);
// A suite for the contract, a suite for the levels.
std::string validation_junit(const scenarios::Validation& validation);
// To be pasted. `command`: what was run; `version`: of Lockstep.
std::string validation_markdown(const scenarios::Validation& validation, const std::string& command,
                                const std::string& version);

}  // namespace lockstep::reports
