// An envelope's JSON back from its file, for whoever shows it later: nothing in it is taken on trust.
#pragma once

#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace lockstep::reports {

// What envelope_json wrote: each field of its kind and no other, columns as long as what they run beside, boundaries at
// magnitudes that were tried. Errors: the end of a sentence that begins with the file's name, "is not an envelope;
// ...".
std::expected<nlohmann::ordered_json, std::string> envelope_read(const std::string& text);

}  // namespace lockstep::reports
