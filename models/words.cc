// Formatting by hand in integers: a sentence is part of a run's result and has to be the same on every
// machine.
#include "models/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace lockstep::models {
namespace {

constexpr std::size_t kLongestName = 80;  // of at most 512 bytes; a sentence is one line

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

std::string lock_name(const History& history, std::uint32_t lock) {
  if (lock >= history.locks.size()) return fmt::format("lock {}", lock);
  std::string text;
  for (const char c : history.locks[lock]) {
    if (text.size() >= kLongestName) return text + "...";
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '\\') {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string process_name(const History& history, std::uint32_t process) {
  if (process >= history.processes.size()) return fmt::format("process {}", process);
  return history.processes[process].name;
}

std::string client_name(const Facts& facts, std::uint32_t attempt) {
  if (attempt >= facts.attempts.size() || facts.attempts[attempt].client == kNever)
    return fmt::format("attempt {}", attempt);
  return process_name(*facts.history, facts.attempts[attempt].client);
}

std::pair<std::string, std::string> client_names(const Facts& facts, std::uint32_t a, std::uint32_t b) {
  std::string first = client_name(facts, a), second = client_name(facts, b);
  if (first == second) {
    first += fmt::format(" (attempt {})", a);
    second += fmt::format(" (attempt {})", b);
  }
  return {std::move(first), std::move(second)};
}

}  // namespace lockstep::models
