// Instants and durations in words, by integer arithmetic only.
#pragma once

#include <chrono>
#include <string>

#include "models/linear/log.h"

namespace lockstep::models {

// "12.304 s", with six or nine decimals only when they say something.
std::string seconds(std::chrono::nanoseconds instant);
// "256 ms", "1.5 s", "40 us".
std::string length(std::chrono::nanoseconds duration);

}  // namespace lockstep::models

namespace lockstep::linear {

// The same of what a log tells.
inline std::string seconds(Instant at) { return models::seconds(std::chrono::nanoseconds(at)); }
inline std::string length(Instant span) { return models::length(std::chrono::nanoseconds(span)); }

}  // namespace lockstep::linear
