// Fields are told apart by their length and then their letters, which is what most of the time goes into.
#include "models/logs/edn_event.h"

#include <algorithm>

namespace lockstep::models {
namespace {

using Kind = EdnForm::Kind;

bool is_word(const EdnForm& form) { return form.kind == Kind::word || form.kind == Kind::text; }

bool take_bounded(const EdnForm& value, std::uint64_t least, std::uint64_t& to) {
  if (value.kind != Kind::integer || value.number < static_cast<std::int64_t>(least) ||
      value.number > static_cast<std::int64_t>(kMostPermits))
    return false;
  to = static_cast<std::uint64_t>(value.number);
  return true;
}

bool take_time(const EdnForm& value, std::optional<linear::Instant>& to) {
  if (value.kind != Kind::integer || value.number < -kLatest || value.number > kLatest) return false;
  to = value.number;
  return true;
}

bool take_mode(const EdnForm& value, linear::Mode& to) {
  const auto mode = is_word(value) ? mode_of(value.as_written) : std::nullopt;
  to = mode.value_or(to);
  return mode.has_value();
}

bool take_permits(const EdnForm& value, std::uint32_t& to) {
  std::uint64_t permits = 0;
  if (!take_bounded(value, 1, permits)) return false;
  to = static_cast<std::uint32_t>(permits);
  return true;
}

bool take_ttl(const EdnForm& value, linear::Instant& to) {
  to = value.number;
  return value.kind == Kind::integer && to > 0 && to < kLongestTtl;
}

// A token or a fence that is not above zero is none.
bool take_token(const EdnForm& value, std::uint64_t& to) {
  to = value.number > 0 ? static_cast<std::uint64_t>(value.number) : 0;
  return value.kind == Kind::integer;
}

}  // namespace

void EdnEvent::begin() {
  event_ = {};
  world_ = {};
  value_ = {};
  used_ = 0;
}

// As it is written, but for the escapes. Texts beyond the room keep theirs.
std::string_view EdnEvent::text_of(const EdnForm& form) {
  if (!form.has_escapes || used_ == unescaped_.size()) return form.as_written;
  std::string& text = unescaped_[used_++];
  unescape(form.as_written, text);
  return text;
}

bool EdnEvent::take_process(const EdnForm& value) {
  event_.no_client = value.kind != Kind::integer;
  world_.nemesis = event_.no_client;
  if (!event_.no_client) event_.process = value.number;
  return !event_.no_client || is_word(value);
}

bool EdnEvent::take_type(const EdnForm& value) {
  world_.type = event_.type_text = value.as_written;
  event_.type = type_of(value.as_written);
  return is_word(value);
}

bool EdnEvent::take_operation(const EdnForm& value) {
  if (is_word(value)) world_.f = event_.op_text = value.as_written;
  event_.op = op_of(world_.f, rules_);
  return true;
}

// A word, or a vector that begins with one.
bool EdnEvent::take_error(const EdnForm& value) {
  EdnForm first = value;
  if (value.kind == Kind::sequence) {
    EdnReader inside(value.as_written.substr(1), 1);
    if (!inside.skip_space() || inside.at == inside.end || *inside.at == ']' || *inside.at == ')' ||
        !inside.read(first))
      first = {};
  }
  event_.reason = is_word(first) ? text_of(first) : "failed";
  return true;
}

// Faults are shown and not judged, so that what is odd about them spoils nothing.
void EdnEvent::take_fault(const EdnForm& value) {
  if (value.kind == Kind::integer) {
    world_.number = value.number;
  } else if (is_word(value)) {
    world_.fault = text_of(value);
  }
}

bool EdnEvent::take(std::string_view key, const EdnForm& value) {
  if (value.kind == Kind::nil) return true;
  const auto words = [&](std::string_view& to) {
    to = text_of(value);
    return is_word(value);
  };
  const auto is = [&](std::string_view name) { return key == name; };
  switch (key.size()) {
    case 1: return is("f") ? take_operation(value) : true;
    case 2: return is("op") ? take_operation(value) : true;
    case 3:
      if (!is("sid")) return true;
      if (value.kind != Kind::integer) return words(event_.sid_text);
      event_.sid = value.number;
      return true;
    case 4:
      if (is("type")) return take_type(value);
      if (is("time")) return take_time(value, event_.time);
      if (is("lock")) event_.lock = text_of(value);
      if (!is("mode")) return true;
      event_.mode_told = true;
      return take_mode(value, event_.mode);
    case 5:
      if (is("value")) value_ = value;
      if (is("token")) return take_token(value, event_.token);
      if (is("error")) return take_error(value);
      if (is("fault")) take_fault(value);
      if (is("owner") && value.kind == Kind::integer) event_.owner = value.number;
      return true;
    case 6:
      if (is("reason")) return words(event_.reason);
      return is("ttl_ns") || is("ttl-ns") ? take_ttl(value, event_.ttl) : true;
    case 7:
      if (is("process")) return take_process(value);
      if (is("time_ns") || is("time-ns")) return take_time(value, event_.time);
      return is("permits") ? take_permits(value, event_.permits) : true;
    case 8:
      if ((is("until_ns") || is("until-ns")) && value.kind == Kind::integer) world_.until = value.number;
      return is("capacity") ? take_bounded(value, 0, event_.capacity) : true;
    default: return true;
  }
}

void EdnEvent::take_inner(const EdnForm& value) {
  if (value.kind == Kind::sequence) return take_pair(value.as_written);
  const bool granted =
      event_.type == LogEvent::Type::ok && (event_.op == LogEvent::Op::lock || event_.op == LogEvent::Op::try_lock);
  if (value.kind == Kind::integer && rules_.value == LogRules::Value::token && granted) {
    take_token(value, event_.token);
  } else if (value.kind == Kind::map) {
    EdnReader inside(value.as_written, 1);
    inside.read_map([&](const EdnForm& key, const EdnForm& inner) {
      if (!is_word(key)) return;
      const LogEvent before = event_;
      const std::string_view name = key.as_written;
      bool right = true;
      if (name == "fence" || name == "fencing-token") {
        right = inner.kind == Kind::nil || take_token(inner, event_.token);
      } else if (name == "name" || name == "lock-name") {
        right = take("lock", inner);
      } else if (name == "lock" || name == "token" || name == "sid" || name == "owner" || name == "mode" ||
                 name == "permits" || name == "capacity" || name == "ttl_ns" || name == "ttl-ns") {
        right = take(name, inner);
      }
      if (!right) event_ = before;
    });
  }
}

// The name of a lock, and then its value, as jepsen.independent writes them.
void EdnEvent::take_pair(std::string_view written) {
  EdnReader inside(written.substr(1, written.size() - 2), 1);
  EdnForm name, rest;
  if (!inside.skip_space() || inside.at == inside.end || !inside.read(name)) return;
  if (!inside.skip_space() || inside.at == inside.end || !inside.read(rest)) return;
  if (!inside.skip_space() || inside.at != inside.end || name.kind == Kind::nil) return;
  if (event_.lock.empty()) event_.lock = text_of(name);
  if (rest.kind != Kind::sequence) take_inner(rest);
}

const LogEvent& EdnEvent::end() {
  if (event_.no_client || event_.type == LogEvent::Type::other) note_fault(event_, world_);
  const bool counts = event_.type != LogEvent::Type::other && event_.op != LogEvent::Op::other && !event_.no_client;
  if (value_.kind == Kind::nil || rules_.value == LogRules::Value::nothing || !counts) return event_;
  const std::string_view lock = event_.lock;
  const bool scalar = is_word(value_) || value_.kind == Kind::integer;
  if (scalar && rules_.value == LogRules::Value::lock) {
    event_.lock = text_of(value_);
  } else {
    take_inner(value_);
  }
  if (!lock.empty()) event_.lock = lock;
  return event_;
}

}  // namespace lockstep::models
