// The words of logs, of every form alike.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "models/logs/builder.h"

namespace lockstep::models {
namespace {

char plain(char c) {
  if (c == '_') return '-';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whatever the case of its letters, and with _ for -.
bool is_same(std::string_view word, std::string_view known) { return std::ranges::equal(word, known, {}, plain); }

}  // namespace

LogEvent::Type type_of(std::string_view word) {
  if (word == "invoke") return LogEvent::Type::invoke;
  if (word == "ok") return LogEvent::Type::ok;
  if (word == "fail") return LogEvent::Type::fail;
  if (word == "info") return LogEvent::Type::info;
  return LogEvent::Type::other;
}

LogEvent::Op op_of(std::string_view word, const LogRules& rules) {
  for (const auto& [name, op] : rules.ops)
    if (word == name) return op;
  if (word == "lock" || word == "acquire") return LogEvent::Op::lock;
  if (word == "unlock" || word == "release") return LogEvent::Op::unlock;
  if (word == "try_lock" || word == "try-lock" || word == "tryLock" || word == "try-acquire" || word == "tryAcquire")
    return LogEvent::Op::try_lock;
  if (word == "renew") return LogEvent::Op::renew;
  if (word == "break") return LogEvent::Op::break_lock;
  return LogEvent::Op::other;
}

ReasonKind reason_of(std::string_view word) {
  constexpr std::string_view answers[] = {"held",     "lock-held",      "locked",    "already-locked",   "not-acquired",
                                          "not-held", "not-lock-owner", "not-owner", "not-permit-owner", "not-locked",
                                          "refused",  "lost",           "broken"};
  constexpr std::string_view none[] = {
      "timeout",     "timed-out",    "time-out",        "cancelled",          "canceled",    "interrupted",
      "error",       "failed",       "failure",         "exception",          "unknown",     "unavailable",
      "unreachable", "no-quorum",    "crashed",         "indeterminate",      "not-reached", "overloaded",
      "closed",      "disconnected", "connection-lost", "connection-refused", "no-leader"};
  if (word.empty() || std::ranges::any_of(answers, [&](auto known) { return is_same(word, known); }))
    return ReasonKind::of_the_lock;
  return std::ranges::any_of(none, [&](auto known) { return is_same(word, known); }) ? ReasonKind::of_something_else
                                                                                     : ReasonKind::unknown;
}

std::optional<linear::Mode> mode_of(std::string_view word) {
  if (word == "exclusive" || word == "write") return linear::Mode::exclusive;
  if (word == "shared" || word == "read") return linear::Mode::shared;
  if (word == "permits") return linear::Mode::permits;
  return std::nullopt;
}

std::string what_it_may_be(std::string_view field) {
  constexpr std::string_view number_or_text = "a whole number below 2^63, or a text";
  constexpr std::string_view nanoseconds = "a whole number of nanoseconds, up to 126 years";
  constexpr std::string_view lease = "a whole number of nanoseconds, above 0 and up to 31 years";
  constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"process", number_or_text},
      {"type", "one of invoke, ok, fail and info"},
      {"op", "a text, like try_lock"},
      {"f", "a text, like try_lock"},
      {"lock", "a text"},
      {"time_ns", nanoseconds},
      {"time-ns", nanoseconds},
      {"time", nanoseconds},
      {"sid", number_or_text},
      {"owner", number_or_text},
      {"token", "a whole number, not below 0"},
      {"mode", "one of exclusive, shared and permits"},
      {"permits", "a whole number, from 1 to 4294967295"},
      {"behind", "a whole number, up to 4294967295"},
      {"capacity", "a whole number, up to 4294967295"},
      {"ttl_ns", lease},
      {"ttl-ns", lease},
      {"reason", "a text"},
      {"in_line", "true or false"}};
  for (const auto& [name, values] : known)
    if (field == name) return fmt::format("; it may be {}", values);
  return "";
}

}  // namespace lockstep::models
