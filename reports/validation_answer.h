// What the forms of a validation's report have to say alike.
#pragma once

#include <string>
#include <vector>

#include "scenarios/validation.h"

namespace lockstep::reports {

enum class ValidationOutcome : std::uint8_t { holds, broken, open };
// Broken: a level that the lock claims has failed, or a case went wrong. Open: something was not tried, or not enough.
ValidationOutcome outcome_of(const scenarios::Validation& validation);

// The first sentence: what the lock is, and what it is not.
std::string answer(const scenarios::Validation& validation);

std::string_view name_of(scenarios::Level::State state);
// For machines: "not-claimed", "absent".
std::string_view word_of(ValidationOutcome outcome);
std::string_view word_of(scenarios::Level::State state);
std::string_view word_of(const scenarios::CaseResult& result);
// A line to paste that shows what went wrong in a case.
std::string line_of(const scenarios::CaseResult& result);
// "41 cases right, 1 wrong, 12 not asked".
std::string contract_counts(const scenarios::Validation& validation);

}  // namespace lockstep::reports
