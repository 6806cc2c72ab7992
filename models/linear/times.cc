// Formatting by hand in integers: a sentence is part of a run's result and has to be the same on every
// machine.
#include "models/linear/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace lockstep::models {
namespace {

using Duration = std::chrono::nanoseconds;

// `value` in units of `unit` nanoseconds, with as many groups of three decimals as say something.
std::string decimal(std::int64_t value, std::int64_t unit, int least_groups) {
  std::string text = fmt::format("{}", value / unit);
  std::int64_t rest = value % unit;
  for (int group = 0; unit > 1 && (group < least_groups || rest != 0); ++group) {
    unit /= 1000;
    text += fmt::format("{}{:03}", group == 0 ? "." : "", rest / unit);
    rest %= unit;
  }
  return text;
}

void trim_zeros(std::string& text) {
  if (text.find('.') == std::string::npos) return;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
}

std::string sign(Duration d) { return d < Duration::zero() ? "-" : ""; }
// Of the one that has no opposite, a nanosecond less.
std::int64_t magnitude(Duration d) {
  return d >= Duration::zero() ? d.count() : -std::max(d, -Duration::max()).count();
}

}  // namespace

std::string seconds(Duration instant) { return sign(instant) + decimal(magnitude(instant), 1'000'000'000, 1) + " s"; }

std::string length(Duration duration) {
  struct Unit {
    std::int64_t nanoseconds;
    std::string_view name;
  };
  constexpr std::array<Unit, 4> kUnits{{{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}}};
  const std::int64_t value = magnitude(duration);
  for (const Unit& unit : kUnits) {
    if (value < unit.nanoseconds && unit.nanoseconds > 1) continue;
    std::string text = decimal(value, unit.nanoseconds, 0);
    trim_zeros(text);
    return fmt::format("{}{} {}", sign(duration), text, unit.name);
  }
  return "0 ns";
}

}  // namespace lockstep::models
