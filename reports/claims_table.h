// What each lock can do and promises, as a table in Markdown: docs/backends.md holds it, and a test compares.
#pragma once

#include <string>
#include <vector>

#include "scenarios/subject.h"

namespace lockstep::reports {

std::string claims_table(const std::vector<scenarios::Subject>& subjects);

}  // namespace lockstep::reports
