// Envelopes as documents of pages: one alone, and several side by side. Both are made of what envelope_told gives or
// envelope_read has read, so that a page can be made long after the runs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace lockstep::reports {

// Of the kind "envelope", for page(): all that is told, and beside it `command`, which measures it again, and `absent`,
// sentences on what was not exercised.
nlohmann::ordered_json envelope_document(const nlohmann::ordered_json& told);

// "./lockstep envelope NAME --axes drift,step --runs 40 --seed 1 --ttl '2 s'".
std::string measure_again(const nlohmann::ordered_json& told);

struct EnvelopeBeside {
  const nlohmann::ordered_json* told = nullptr;
  std::string sentence;  // on where it breaks and why; or none
  std::string page;      // a link to its own; or none
};
// Of the kind "envelopes": each lock against each axis, where it first breaks. `command` makes the page again.
nlohmann::ordered_json envelopes_document(const std::vector<EnvelopeBeside>& envelopes, const std::string& command);

}  // namespace lockstep::reports
