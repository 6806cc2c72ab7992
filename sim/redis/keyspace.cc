// Redis's rules, command by command; errors in its words.
#include "sim/redis/keyspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
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

// As Redis has them: no sign but a minus, no zero in front.
std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, value);
  const bool whole = failed == std::errc() && stopped == end;
  return whole && fmt::format("{}", value) == text ? std::optional(value) : std::nullopt;
}

// As C reads it.
std::string_view up_to_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

// One line, whatever has been asked.
Reply error_line(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  std::ranges::replace_if(
      text, [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return error(std::move(text));
}
Reply no_integer() { return error("ERR value is not an integer or out of range"); }
Reply syntax_error() { return error("ERR syntax error"); }
Reply bad_expiry(std::string_view command) {
  return error(fmt::format("ERR invalid expire time in '{}' command", command));
}
Reply no_argument_of_lua() { return error("ERR Lua redis lib command arguments must be strings or integers"); }

// What is left of a number that Lua has had in its hands: 53 bits of it, rounded to the nearest, to an even one of two.
Reply through_lua(Reply reply) {
  constexpr int kept = 53;
  if (reply.kind != Reply::Kind::integer || reply.integer < 0) return reply;
  const auto whole = static_cast<std::uint64_t>(reply.integer);
  const int lost = std::max(static_cast<int>(std::bit_width(whole)) - kept, 0);
  const std::uint64_t unit = 1ull << lost, rest = whole % unit;
  const bool up = rest * 2 > unit || (rest * 2 == unit && lost > 0 && whole / unit % 2 == 1);
  const std::uint64_t rounded = (whole / unit + (up ? 1 : 0)) * unit;
  constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();
  reply.integer = static_cast<std::int64_t>(std::min(rounded, longest));
  return reply;
}

constexpr std::size_t kShownOfUnknown = 128;

Reply unknown(const Command& command) {
  std::string words;
  for (std::size_t i = 1; i < command.size() && words.size() < kShownOfUnknown; ++i) {
    words += fmt::format("'{}' ", up_to_nul(command[i]).substr(0, kShownOfUnknown - words.size()));
  }
  return error_line(fmt::format("ERR unknown command '{}', with args beginning with: {}",
                                up_to_nul(command[0]).substr(0, kShownOfUnknown), words));
}

// The words behind SET key value.
struct SetOptions {
  bool if_free = false, if_there = false, get = false, keep = false;
  std::string unit;                   // PX, EX, PXAT or EXAT
  const std::string* time = nullptr;  // behind it
  std::optional<UnixMs> expires;
};

// The last of several times of one unit counts. What is wrong with the time is said after what is wrong elsewhere.
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
    } else if (word == "KEEPTTL" && options.unit.empty()) {
      options.keep = true;
    } else if (timed && (options.unit.empty() || options.unit == word) && !options.keep && i + 1 < command.size()) {
      options.unit = word;
      options.time = &command[++i];
    } else {
      return syntax_error();
    }
  }
  if (options.unit.empty()) return std::nullopt;
  const auto value = number(*options.time);
  if (!value) return no_integer();
  constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max();
  const std::int64_t scale = options.unit[0] == 'P' ? 1 : 1000, from = options.unit.ends_with("AT") ? 0 : now;
  if (*value <= 0 || *value > longest / scale || *value * scale > longest - from) return bad_expiry("set");
  options.expires = *value * scale + from;
  return std::nullopt;
}

// The words behind PEXPIRE key time.
struct ExpireOptions {
  bool nx = false, xx = false, gt = false, lt = false;

  // Whether a time that is `current` now may become `when`.
  bool allow(UnixMs when, const std::optional<UnixMs>& current) const {
    if (nx && current) return false;
    if (xx && !current) return false;
    if (gt && (!current || when <= *current)) return false;
    return !lt || !current || when < *current;
  }
};

std::optional<Reply> read_options(const Command& command, ExpireOptions& options) {
  for (std::size_t i = 3; i < command.size(); ++i) {
    const std::string word = upper(up_to_nul(command[i]));
    bool* const option = word == "NX"   ? &options.nx
                         : word == "XX" ? &options.xx
                         : word == "GT" ? &options.gt
                         : word == "LT" ? &options.lt
                                        : nullptr;
    if (option == nullptr) return error_line(fmt::format("ERR Unsupported option {}", up_to_nul(command[i])));
    *option = true;
  }
  if (options.nx && (options.xx || options.gt || options.lt)) {
    return error("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (options.gt && options.lt) return error("ERR GT and LT options at the same time are not compatible");
  return std::nullopt;
}

}  // namespace

const std::map<std::string, Keyspace::Known, std::less<>>& Keyspace::known() {
  static const std::map<std::string, Known, std::less<>> all = {
      {"SET", {&Keyspace::set, 3, kAny}},   {"GET", {&Keyspace::get, 2, 2}},
      {"DEL", {&Keyspace::del, 2, kAny}},   {"EXISTS", {&Keyspace::exists, 2, kAny}},
      {"PTTL", {&Keyspace::pttl, 2, 2}},    {"PEXPIRE", {&Keyspace::pexpire, 3, kAny}},
      {"PING", {&Keyspace::ping, 1, 2}},    {"PEXPIREAT", {&Keyspace::pexpireat, 3, kAny}},
      {"EVAL", {&Keyspace::eval, 3, kAny}}, {"FLUSHALL", {&Keyspace::flushall, 1, kAny}},
  };
  return all;
}

Reply Keyspace::execute(const Command& command, UnixMs now) {
  if (command.empty()) return error("ERR unknown command ''");
  const std::string name = upper(command[0]);
  const auto found = known().find(name);
  if (found == known().end()) return unknown(command);
  if (command.size() < found->second.least || command.size() > found->second.most) {
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
  // Also with a time that has passed already: then whoever looks next removes it, unless the clock has stepped back.
  values_[key] = std::move(value);
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

Reply Keyspace::expire_at(const Command& command, UnixMs from, std::string_view name, UnixMs now) {
  ExpireOptions options;
  if (auto failed = read_options(command, options)) return *failed;
  const std::string& key = command[1];
  const auto time = number(command[2]);
  if (!time) return no_integer();
  if (*time > std::numeric_limits<std::int64_t>::max() - from) return bad_expiry(name);
  const UnixMs when = *time + from;
  Value* value = find(key, now);
  if (value == nullptr || !options.allow(when, value->expires)) return integer(0);
  if (when <= now) {
    remove(key);
    return integer(1);
  }
  value->expires = when;
  effects_.push_back({"PEXPIREAT", key, fmt::format("{}", when)});
  return integer(1);
}

Reply Keyspace::pexpire(const Command& command, UnixMs now) { return expire_at(command, now, "pexpire", now); }
Reply Keyspace::pexpireat(const Command& command, UnixMs now) { return expire_at(command, 0, "pexpireat", now); }

Reply Keyspace::ping(const Command& command, UnixMs) { return command.size() > 1 ? bulk(command[1]) : status("PONG"); }

Reply Keyspace::flushall(const Command& command, UnixMs) {
  const std::string how = command.size() == 2 ? upper(command[1]) : "";
  if (command.size() > 2 || (command.size() == 2 && how != "SYNC" && how != "ASYNC")) return syntax_error();
  values_.clear();
  effects_.push_back({"FLUSHALL"});
  return status("OK");
}

// The scripts by their texts: what Lua would do, told in C++.
Reply Keyspace::eval(const Command& command, UnixMs now) {
  const auto keys = number(command[2]);
  if (!keys) return no_integer();
  const auto words = static_cast<std::int64_t>(command.size()) - 3;
  if (*keys > words) return error("ERR Number of keys can't be greater than number of args");
  if (*keys < 0) return error("ERR Number of keys can't be negative");
  if (*keys == 0) return no_argument_of_lua();  // all our scripts begin by getting the value of the first
  const auto argument = [&](std::int64_t number) {
    return *keys + number < words ? &command[static_cast<std::size_t>(3 + *keys + number)] : nullptr;
  };
  const std::string &script = command[1], &key = command[3];
  const std::string* mine = argument(0);
  const Value* value = find(key, now);
  const bool is_mine = value != nullptr && mine != nullptr && value->text == *mine;
  if (script == lockstep::redis::kDeleteIfMine) return integer(is_mine && remove(key) ? 1 : 0);
  if (script == lockstep::redis::kDeleteIfBegins) {
    if (value == nullptr) return integer(0);
    if (mine == nullptr) return error("ERR user_script:1: bad argument #1 to 'len' (string expected, got nil)");
    return integer(value->text.starts_with(*mine) && remove(key) ? 1 : 0);
  }
  if (script == lockstep::redis::kLeftIfMine) return is_mine ? through_lua(pttl({"PTTL", key}, now)) : integer(-2);
  if (script == lockstep::redis::kExtendIfMine) {
    if (!is_mine) return integer(0);
    const std::string* time = argument(1);
    return time == nullptr ? no_argument_of_lua() : pexpire({"PEXPIRE", key, *time}, now);
  }
  if (script == lockstep::redis::kLook) {
    if (value == nullptr) return {};
    Reply text = bulk(value->text);
    return array({std::move(text), through_lua(pttl({"PTTL", key}, now))});
  }
  return error("ERR the model does not know this script");
}

}  // namespace lockstep::sim::redis
