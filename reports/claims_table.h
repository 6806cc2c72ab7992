// What each lock can do and promises, as a table in Markdown: docs/backends.md holds it, and a test compares.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/subject.h"

namespace lockstep::reports {

std::string claims_table(const std::vector<scenarios::Subject>& subjects);
// What can be claimed or not, and whether it is: "power loss", "yes".
std::vector<std::pair<std::string, std::string>> claims_of(const Claims& claims);

}  // namespace lockstep::reports
