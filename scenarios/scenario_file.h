// Scenario files on a real disk. Saving is atomic: a reader, or a power cut, sees the old file or the new one, whole.
#pragma once

#include <expected>
#include <string>

#include "scenarios/scenario.h"

namespace lockstep::scenarios {

// Errors: one line that begins with the path, then what from_json or the system says.
std::expected<Scenario, std::string> load(const std::string& path);

// Replaces a file that is there, also behind a symbolic link. What load would refuse is not written.
// Errors: one line that begins with the path; nothing has changed then.
std::expected<void, std::string> save(const Scenario& scenario, const std::string& path);

}  // namespace lockstep::scenarios
