// Names and values as Redis has them.
#include "impl/redis/lock_commands.h"

#include <fmt/format.h>

#include <charconv>

namespace lockstep::redis {

std::string key_of(const LockName& name) { return "lock:" + storage_key(name); }

std::string value_of(AttemptId attempt) { return fmt::format("{:016x}-{:x}", attempt.session, attempt.number); }

std::string value_of(AttemptId attempt, std::uint64_t round) {
  return fmt::format("{}.{:x}", value_of(attempt), round);
}

std::optional<AttemptId> attempt_of(std::string_view value) {
  value = value.substr(0, value.find('.'));
  const auto dash = value.find('-');
  if (dash == value.npos) return std::nullopt;
  const auto read = [](std::string_view text, std::uint64_t& number) {
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number, 16);
    return error == std::errc() && stopped == end;
  };
  AttemptId attempt;
  if (!read(value.substr(0, dash), attempt.session) || !read(value.substr(dash + 1), attempt.number))
    return std::nullopt;
  return attempt;
}

std::string milliseconds(Duration ttl) {
  return fmt::format("{}", std::chrono::ceil<std::chrono::milliseconds>(ttl).count());
}

Command set_if_free(const std::string& key, const std::string& value, Duration ttl) {
  return {"SET", key, value, "NX", "GET", "PX", milliseconds(ttl)};
}

Command evaluate(std::string_view script, const std::string& key, const std::string& value) {
  return {"EVAL", std::string(script), "1", key, value};
}

Command extend_if_mine(const std::string& key, const std::string& value, Duration ttl) {
  Command command = evaluate(kExtendIfMine, key, value);
  command.push_back(milliseconds(ttl));
  return command;
}

}  // namespace lockstep::redis
