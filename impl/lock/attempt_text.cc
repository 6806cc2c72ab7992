// Session and number, in hexadecimal.
#include "impl/lock/attempt_text.h"

#include <fmt/format.h>

#include <charconv>

namespace lockstep {
namespace {

bool read(std::string_view text, std::uint64_t& number) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, 16);
  return error == std::errc() && stopped == end;
}

}  // namespace

std::string text_of(AttemptId attempt) { return fmt::format("{:016x}-{:x}", attempt.session, attempt.number); }

std::optional<AttemptId> attempt_of_text(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  AttemptId attempt;
  if (!read(text.substr(0, dash), attempt.session) || !read(text.substr(dash + 1), attempt.number)) return std::nullopt;
  return attempt;
}

}  // namespace lockstep
