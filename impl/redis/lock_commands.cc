// Names and values as Redis has them.
#include "impl/redis/lock_commands.h"

#include <fmt/format.h>

#include "impl/lock/attempt_text.h"

namespace lockstep::redis {

std::string key_of(const LockName& name) { return "lock:" + storage_key(name); }

std::string value_of(AttemptId attempt) { return text_of(attempt); }

std::string value_of(AttemptId attempt, std::uint64_t round) {
  return fmt::format("{}.{:x}", value_of(attempt), round);
}

std::optional<AttemptId> attempt_of(std::string_view value) {
  return attempt_of_text(value.substr(0, value.find('.')));
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
