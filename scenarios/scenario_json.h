// The scenario file format: a scenario as JSON that people read and edit, and back, with nothing lost. Every step and
// every fault is one line; what has its default value is left out. The page about it is docs/notes/scenario-format.md.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "scenarios/scenario.h"

namespace lockstep::scenarios {

// The same scenario gives the same bytes, ending in a newline.
// A well-formed scenario comes back equal from from_json if it fits into 16 MiB and its texts are UTF-8 (other bytes
// are replaced); one that is not well formed can be written and looked at, but not read.
std::string to_json(const Scenario& scenario);

// Strict: a field that is unknown, missing, given twice, of another type or out of range is refused, as is a fraction,
// text that is not UTF-8, or a scenario that is not well formed (find_flaw). Throws nothing.
// Errors: one line that names the place and says what to do:
//   steps[3].ttl: "10 sec" is not a duration; write a number and ns, us, ms or s, like "250 ms"
//   line 12, column 7: unexpected ']'; expected a value
std::expected<Scenario, std::string> from_json(std::string_view text);

}  // namespace lockstep::scenarios
