// Redis's rules, command by command; errors in its words.
#include "sim/redis/keyspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "impl/redis/lock_commands.h"

namespace lockstep::sim::redis {
namespace {

using lockstep::redis::array;
using lockstep::redis::bulk;
using lockstep::redis::error;
using lockstep::redis::integer;
using lockstep::redis::status;

std::string upper(std::string_view word) {
  std::string text(word);
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, value);
  return failed == std::errc() && stopped == end ? std::optional(value) : std::nullopt;
}

Reply no_integer() { return error("ERR value is not an integer or out of range"); }
Reply syntax_error() { return error("ERR syntax error"); }
Reply bad_expiry(const char* command) { return error(fmt::format("ERR invalid expire time in '{}' command", command)); }

// The words behind SET key value.
struct SetOptions {
  bool if_free = false, if_there = false, get = false, keep = false;
  std::optional<UnixMs> expires;
};

std::optional<Reply> read_options(const Command& command, UnixMs now, SetOptions& options) {
  for (std::size_t i = 3; i < command.size(); ++i) {
    const std::string word = upper(command[i]);
    const bool timed = word == "PX" || word == "EX" || word == "PXAT" || word == "EXAT";
    if (word == "NX" && !options.if_there) {
      options.if_free = true;
    } else if (word == "XX" && !options.if_free) {
      options.if_there = true;
    } else if (word == "GET") {
      options.get = true;
    } else if (word == "KEEPTTL" && !options.expires) {
      options.keep = true;
    } else if (timed && !options.expires && !options.keep && i + 1 < command.size()) {
      const auto value = number(command[++i]);
      if (!value) return no_integer();
      constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max() / 1000 / 1000;
      if (*value <= 0 || *value > longest * (word[0] == 'P' ? 1000 : 1)) return bad_expiry("set");
      options.expires = (word[0] == 'P' ? *value : *value * 1000) + (word.ends_with("AT") ? 0 : now);
    } else {
      return syntax_error();
    }
  }
  return std::nullopt;
}

}  // namespace

const std::map<std::string, Keyspace::Known, std::less<>>& Keyspace::known() {
  static const std::map<std::string, Known, std::less<>> all = {
      {"SET", {&Keyspace::set, 3}},   {"GET", {&Keyspace::get, 2}},
      {"DEL", {&Keyspace::del, 2}},   {"EXISTS", {&Keyspace::exists, 2}},
      {"PTTL", {&Keyspace::pttl, 2}}, {"PEXPIRE", {&Keyspace::pexpire, 3}},
      {"PING", {&Keyspace::ping, 1}}, {"PEXPIREAT", {&Keyspace::pexpireat, 3}},
      {"EVAL", {&Keyspace::eval, 3}}, {"FLUSHALL", {&Keyspace::flushall, 1}},
  };
  return all;
}

Reply Keyspace::execute(const Command& command, UnixMs now) {
  if (command.empty()) return error("ERR unknown command ''");
  const std::string name = upper(command[0]);
  const auto found = known().find(name);
  if (found == known().end()) {
    std::string words = fmt::format("ERR unknown command '{}', with args beginning with: ", command[0]);
    for (std::size_t i = 1; i < command.size(); ++i) words += fmt::format("'{}' ", command[i]);
    return error(words);
  }
  if (command.size() < found->second.least) {
    std::string lower = command[0];
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return error(fmt::format("ERR wrong number of arguments for '{}' command", lower));
  }
  return (this->*found->second.what)(command, now);
}

std::vector<Command> Keyspace::take_effects() { return std::exchange(effects_, {}); }

bool Keyspace::has_deadlines() const {
  return std::ranges::any_of(values_, [](const auto& value) { return value.second.expires.has_value(); });
}

std::vector<Command> Keyspace::contents() const {
  std::vector<Command> all;
  for (const auto& [key, value] : values_) {
    Command& command = all.emplace_back(Command{"SET", key, value.text});
    if (value.expires) command.insert(command.end(), {"PXAT", fmt::format("{}", *value.expires)});
  }
  return all;
}

void Keyspace::expire(UnixMs now) {
  for (auto at = values_.begin(); at != values_.end();) {
    const auto next = std::next(at);
    if (at->second.expires && now > *at->second.expires) {
      const std::string key = at->first;
      remove(key);
    }
    at = next;
  }
}

Keyspace::Value* Keyspace::find(const std::string& key, UnixMs now) {
  const auto found = values_.find(key);
  if (found == values_.end()) return nullptr;
  if (!found->second.expires || now <= *found->second.expires) return &found->second;
  remove(key);
  return nullptr;
}

bool Keyspace::remove(const std::string& key) {
  if (values_.erase(key) == 0) return false;
  effects_.push_back({"DEL", key});
  return true;
}

Reply Keyspace::set(const Command& command, UnixMs now) {
  SetOptions options;
  if (auto failed = read_options(command, now, options)) return *failed;
  const std::string& key = command[1];
  Value* old = find(key, now);
  const Reply before = old != nullptr ? bulk(old->text) : Reply{};
  const bool sets = options.if_free ? old == nullptr : !options.if_there || old != nullptr;
  if (!sets) return options.get ? before : Reply{};
  Value value{command[2], options.expires};
  if (options.keep && old != nullptr) value.expires = old->expires;
  Command effect{"SET", key, value.text};
  if (value.expires) effect.insert(effect.end(), {"PXAT", fmt::format("{}", *value.expires)});
  effects_.push_back(std::move(effect));
  values_[key] = std::move(value);
  // A time that has passed already.
  find(key, now);
  return options.get ? before : status("OK");
}

Reply Keyspace::get(const Command& command, UnixMs now) {
  const Value* value = find(command[1], now);
  return value != nullptr ? bulk(value->text) : Reply{};
}

Reply Keyspace::del(const Command& command, UnixMs now) {
  std::int64_t removed = 0;
  for (std::size_t i = 1; i < command.size(); ++i) removed += find(command[i], now) != nullptr && remove(command[i]);
  return integer(removed);
}

Reply Keyspace::exists(const Command& command, UnixMs now) {
  std::int64_t there = 0;
  for (std::size_t i = 1; i < command.size(); ++i) there += find(command[i], now) != nullptr;
  return integer(there);
}

Reply Keyspace::pttl(const Command& command, UnixMs now) {
  const Value* value = find(command[1], now);
  if (value == nullptr) return integer(-2);
  return integer(value->expires ? std::max<std::int64_t>(*value->expires - now, 0) : -1);
}

Reply Keyspace::expire_at(const std::string& key, UnixMs when, UnixMs now) {
  Value* value = find(key, now);
  if (value == nullptr) return integer(0);
  if (when <= now) {
    remove(key);
    return integer(1);
  }
  value->expires = when;
  effects_.push_back({"PEXPIREAT", key, fmt::format("{}", when)});
  return integer(1);
}

Reply Keyspace::pexpire(const Command& command, UnixMs now) {
  const auto time = number(command[2]);
  if (!time) return no_integer();
  if (*time > std::numeric_limits<std::int64_t>::max() - now) return bad_expiry("pexpire");
  return expire_at(command[1], now + *time, now);
}

Reply Keyspace::pexpireat(const Command& command, UnixMs now) {
  const auto time = number(command[2]);
  return time ? expire_at(command[1], *time, now) : no_integer();
}

Reply Keyspace::ping(const Command& command, UnixMs) {
  if (command.size() > 2) return error("ERR wrong number of arguments for 'ping' command");
  return command.size() > 1 ? bulk(command[1]) : status("PONG");
}

Reply Keyspace::flushall(const Command&, UnixMs) {
  values_.clear();
  effects_.push_back({"FLUSHALL"});
  return status("OK");
}

// The scripts by their texts: what Lua would do, told in C++.
Reply Keyspace::eval(const Command& command, UnixMs now) {
  const auto keys = number(command[2]);
  if (!keys || *keys != 1 || command.size() < 5) return error("ERR the model knows scripts of one key and its value");
  const std::string &script = command[1], &key = command[3], &mine = command[4];
  const Value* value = find(key, now);
  const bool is_mine = value != nullptr && value->text == mine;
  if (script == lockstep::redis::kDeleteIfMine) return integer(is_mine && remove(key) ? 1 : 0);
  if (script == lockstep::redis::kDeleteIfBegins) {
    return integer(value != nullptr && value->text.starts_with(mine) && remove(key) ? 1 : 0);
  }
  if (script == lockstep::redis::kLeftIfMine) return is_mine ? pttl({"PTTL", key}, now) : integer(-2);
  if (script == lockstep::redis::kExtendIfMine) {
    if (command.size() < 6) return error("ERR the script wants the time to live");
    return is_mine ? pexpire({"PEXPIRE", key, command[5]}, now) : integer(0);
  }
  if (script == lockstep::redis::kLook) {
    if (value == nullptr) return {};
    Reply text = bulk(value->text);
    return array({std::move(text), pttl({"PTTL", key}, now)});
  }
  return error("ERR the model does not know this script");
}

}  // namespace lockstep::sim::redis
