// What came of trying everything in small scopes, for people and for machines.
#pragma once

#include <string>

#include "reports/text_style.h"
#include "scenarios/exhaustion.h"

namespace lockstep::reports {

// The first sentence is the answer. ASCII, ends with a line break.
std::string exhaust_text(const scenarios::Exhaustion& exhaustion, const TextStyle& style);
std::string exhaust_json(const scenarios::Exhaustion& exhaustion);

}  // namespace lockstep::reports
