// Instants and durations in words, by integer arithmetic only.
#pragma once

#include <chrono>
#include <string>

namespace lockstep::models {

// "12.304 s", with six or nine decimals only when they say something.
std::string seconds(std::chrono::nanoseconds instant);
// "256 ms", "1.5 s", "40 us".
std::string length(std::chrono::nanoseconds duration);

}  // namespace lockstep::models
