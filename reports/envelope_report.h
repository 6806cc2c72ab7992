// The report of an envelope in each of its forms.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/text_style.h"
#include "scenarios/envelope.h"

namespace lockstep::reports {

// For people: what is safe up to where, axis by axis what broke and how likely, and the maps as blocks of characters.
std::string envelope_text(const scenarios::Envelope& envelope, const TextStyle& style);

// All there is to draw and to quote. The same options give the same bytes, on every machine and for any number of jobs,
// but for the object `machine`. Arrays named after properties run beside `values`.
inline constexpr int kEnvelopeVersion = 1;
nlohmann::ordered_json envelope_told(const scenarios::Envelope& envelope, const std::string& version);
// `--quick`: boundaries to so much of them.
inline constexpr std::uint32_t kQuickResolution = 100'000;  // ppm
std::string envelope_json(const scenarios::Envelope& envelope, const std::string& version);

// A line for each property at each point, of axes and maps, for a spreadsheet.
std::string envelope_csv(const scenarios::Envelope& envelope);

}  // namespace lockstep::reports
