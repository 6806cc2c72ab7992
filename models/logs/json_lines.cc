// simdjson, line by line, so that one bad line spoils no other.
#include "models/logs/json_lines.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "models/logs/builder.h"
#include "models/logs/faults.h"
#include "models/logs/own_history.h"

namespace lockstep::models {
namespace {

using simdjson::ondemand::value;

constexpr std::size_t kMostBadTold = 10;

// What is rare stands out of line: reading takes a third longer with it in its midst.
[[gnu::noinline, gnu::cold]] bool is_null(value v) { return v.raw_json_token().starts_with("null"); }

// Of a log that is one JSON array, which some tools write.
[[gnu::noinline, gnu::cold]] bool is_of_a_list(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
  return first != line.npos && (line[first] == '[' || line[first] == ']' || line[last] == ',');
}

// Of faults. They are shown and not judged, so that what is odd about them spoils nothing.
void take(WorldEvent& world, std::string_view key, value v) {
  std::int64_t number = 0;
  if (key == "fault") {
    if (v.get(number) == simdjson::SUCCESS)
      world.number = number;
    else if (v.get_string().get(world.fault) != simdjson::SUCCESS)
      world.fault = {};
  } else if (key == "until_ns") {
    if (v.get(number) == simdjson::SUCCESS) world.until = number;
  }
}

// Who has which role in a history of ours.
bool take_roles(std::vector<Process>& processes, value v) {
  simdjson::ondemand::array roles;
  if (v.get_array().get(roles) != simdjson::SUCCESS) return false;
  for (auto element : roles) {
    std::string_view role;
    if (element.get_string().get(role) != simdjson::SUCCESS) return false;
    using enum Process::Role;
    processes.push_back({.role = role == "server" ? server : role == "resource" ? resource : client});
  }
  return true;
}

// What only histories of ours have. False: it is not of the type that it has to be.
bool take(HistoryLine& line, HistoryHead& head, std::string_view key, value v) {
  const auto number = [&](auto& to) { return v.get(to) == simdjson::SUCCESS; };
  const auto duration = [&](Duration& to) {
    std::int64_t ns = 0;
    if (!number(ns) || ns < 0 || ns > kLongestTtl) return false;
    to = Duration(ns);
    return true;
  };
  std::uint64_t whole = 0;
  if (key == "request" || key == "lock_number") {
    if (!number(whole) || whole > 0xffff'ffff) return false;
    key == "request" ? line.request = static_cast<std::uint32_t>(whole)
                     : line.lock_number.emplace(static_cast<std::uint32_t>(whole));
    return true;
  }
  if (key == "wait_ns") return number(line.wait);
  if (key == "holder") return number(line.holder);
  if (key == "roles") return take_roles(head.processes, v);
  if (key == "drift_ppb")
    return number(head.bounds.max_drift_ppb) && head.bounds.max_drift_ppb >= 0 &&
           head.bounds.max_drift_ppb < 1'000'000'000;
  if (key == "place_kept_ns") return duration(head.bounds.place_kept);
  if (key == "lateness_ns") return duration(head.bounds.lateness);
  if (key == "progress_slack_ns") return duration(head.bounds.progress_slack);
  if (key == "one_store_clock") return v.get_bool().get(head.bounds.one_store_clock) == simdjson::SUCCESS;
  return true;
}

// What an acquisition takes, for how long, and why not. False: it is not of the type that it has to be.
bool take_share(LogEvent& e, std::string_view key, value v) {
  const auto number = [&](auto& to) { return v.get(to) == simdjson::SUCCESS; };
  const auto permits = [&](std::uint32_t& to, std::uint64_t least) {
    std::uint64_t whole = 0;
    if (!number(whole) || whole < least || whole > kMostPermits) return false;
    to = static_cast<std::uint32_t>(whole);
    return true;
  };
  if (key == "permits") return permits(e.permits, 1);
  if (key == "behind") return permits(e.behind, 0);
  if (key == "capacity") return number(e.capacity) && e.capacity <= kMostPermits;
  if (key == "ttl_ns") return number(e.ttl) && e.ttl > 0 && e.ttl < kLongestTtl;
  if (key == "reason") return v.get_string().get(e.reason) == simdjson::SUCCESS;
  if (key == "error" && v.get_string().get(e.reason) != simdjson::SUCCESS) e.reason = is_null(v) ? "" : "error";
  if (key == "in_line") return v.get_bool().get(e.in_line) == simdjson::SUCCESS;
  return true;
}

// Takes one field. False: it is not of the type that it has to be.
bool take(LogEvent& e, WorldEvent& world, const LogRules& rules, std::string_view key, value v) {
  const auto text = [&](std::string_view& to) { return v.get_string().get(to) == simdjson::SUCCESS; };
  const auto number = [&](auto& to) { return v.get(to) == simdjson::SUCCESS; };
  std::string_view word;
  if (key == "process") {
    if (number(e.process)) return true;
    if (!text(word)) return false;
    e.no_client = world.nemesis = word == "nemesis" || word == ":nemesis";
    if (!e.no_client) e.process_text = word;
    return true;
  }
  if (key == "type") {
    if (!text(word)) return false;
    world.type = e.type_text = word;
    e.type = type_of(word);
    return true;
  }
  if (key == "op" || key == "f") {
    if (!text(word)) return false;
    world.f = e.op_text = word;
    e.op = op_of(word, rules);
    return true;
  }
  if (key == "lock") return text(e.lock);
  if (key == "time_ns" || key == "time") {
    linear::Instant at = 0;
    if (!number(at) || at < -kLatest || at > kLatest) return false;
    e.time = at;
    return true;
  }
  if (key == "sid") {
    std::int64_t sid = 0;
    if (number(sid)) {
      e.sid = sid;
      return true;
    }
    return text(e.sid_text);
  }
  if (key == "owner") {
    std::int64_t owner = 0;
    if (number(owner)) {
      e.owner = owner;
      return true;
    }
    return text(e.owner_text);
  }
  if (key == "token") return number(e.token);
  if (key == "mode") {
    if (!text(word)) return false;
    const auto mode = mode_of(word);
    e.mode = mode.value_or(e.mode);
    e.mode_told = true;
    return mode.has_value();
  }
  if (!take_share(e, key, v)) return false;
  take(world, key, v);
  return true;
}

// With a head also the fields of histories of ours.
std::optional<std::string> read(simdjson::ondemand::parser& parser, const LogRules& rules, std::string_view line,
                                std::size_t readable, HistoryLine& told, HistoryHead* head) {
  LogEvent& e = told.event;
  WorldEvent& world = told.told;
  simdjson::ondemand::document document;
  if (const auto error = parser.iterate(line.data(), line.size(), readable).get(document))
    return fmt::format("is no JSON: {}", simdjson::error_message(error));
  simdjson::ondemand::object object;
  if (const auto error = document.get_object().get(object)) {
    if (error == simdjson::INCORRECT_TYPE) return "is no JSON object";
    return fmt::format("is no JSON: {}", simdjson::error_message(error));
  }
  for (auto field : object) {
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key))
      return fmt::format("is no JSON: {}", simdjson::error_message(error));
    value v;
    if (const auto error = field.value().get(v)) return fmt::format("is no JSON: {}", simdjson::error_message(error));
    const bool fits = take(e, world, rules, key, v) && (head == nullptr || take(told, *head, key, v));
    if (!fits && !is_null(v)) return fmt::format("\"{}\" has a value that it cannot have{}", key, what_it_may_be(key));
  }
  if (!document.current_location().error()) return "has something behind the object";
  if (e.no_client || e.type == LogEvent::Type::other) note_fault(e, world);
  return std::nullopt;
}

}  // namespace

struct JsonLines::State {
  State(const LogRules& log_rules, AfterLine after)
      : rules(log_rules), builder(log_rules), after_line(std::move(after)) {}

  void take(std::string_view line, std::size_t readable) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    HistoryLine told;
    HistoryHead head;
    const bool first = result.lines++ == 0;
    auto wrong = read(parser, rules, line, readable, told, first || own ? &head : nullptr);
    if (wrong && is_of_a_list(line))
      wrong = "is of a list; a log is one JSON object a line, as jq -c '.[]' makes them of a list";
    if (!wrong && first && told.told.type == "history" && !rules.grows) {
      own.emplace(std::move(head));
      return;
    }
    if (wrong) builder.lose(told.event);
    if (!wrong) wrong = own ? own->add(told, number) : builder.add(told.event, number);
    if (after_line && !wrong) after_line(builder);
    if (wrong && result.bad_lines++ < kMostBadTold) result.bad.push_back({number, std::move(*wrong)});
  }

  LogRules rules;
  simdjson::ondemand::parser parser;
  LogBuilder builder;
  AfterLine after_line;
  std::optional<OwnHistory> own;  // the log is one
  ReadLog result;
  std::uint32_t number = 0;  // of the last line
};

JsonLines::JsonLines(const LogRules& rules, AfterLine after_line)
    : state_(std::make_unique<State>(rules, std::move(after_line))) {}
JsonLines::~JsonLines() = default;
JsonLines::JsonLines(JsonLines&&) noexcept = default;

void JsonLines::take(std::string_view lines) {
  for (std::size_t from = 0; from < lines.size();) {
    const std::size_t to = std::min(lines.find('\n', from), lines.size());
    state_->take(lines.substr(from, to - from), lines.size() + kReadPadding - from);
    from = to + 1;
  }
}

ReadLog JsonLines::result() && {
  ReadLog result = std::move(state_->result);
  auto& own = state_->own;
  result.ignored = own ? own->ignored() : state_->builder.ignored();
  result.unknown_ops = state_->builder.unknown_ops();
  result.left_out_of_a_lock = state_->builder.left_out_of_a_lock();
  result.unknown_reasons = state_->builder.unknown_reasons();
  result.log = own ? std::move(*own).log() : std::move(state_->builder).log();
  return result;
}

}  // namespace lockstep::models
