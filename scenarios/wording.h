// How scenario files and their errors put things: durations as people write them, quotations that stay on one line,
// and suggestions for a misspelt word. Pure functions of text.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "impl/env/time.h"

namespace lockstep::scenarios {

// A whole number and the largest unit that divides it: "3 s", "1500 us", "-17 ns", "0 s".
std::string duration_text(Duration duration);

// The inverse, for every whole number, one space or none, and ns, us, ms or s.
// Errors: one sentence that quotes the text and says what to write instead.
std::expected<Duration, std::string> parse_duration(std::string_view text);

// As a JSON string on one line, shortened when long; bytes that are not UTF-8 are replaced.
std::string in_quotes(std::string_view text);

// The known word that was probably meant; empty when none is near.
std::string_view nearest(std::string_view text, std::span<const std::string_view> known);

// `did you mean "ttl"?`, or else `write one of at, client, ttl`, or where these are too many what is said `otherwise`.
std::string suggestion(std::string_view text, std::span<const std::string_view> known);
std::string suggestion(std::string_view text, const std::vector<std::string>& known, std::string_view otherwise);

}  // namespace lockstep::scenarios
