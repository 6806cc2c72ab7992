// Finds where events begin, keeps what a piece ends in the middle of, and goes on behind what is broken.
#include "models/logs/edn.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/logs/edn_event.h"
#include "models/logs/edn_text.h"

namespace lockstep::models {
namespace {

constexpr std::size_t kMostBadTold = 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '\f' || c == '\v'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

// A line that begins with its level, or with a date, as those of jepsen.log do.
bool begins_log_line(std::string_view line) {
  for (const std::string_view level : {"INFO", "WARN", "ERROR", "DEBUG", "TRACE"})
    if (line.starts_with(level) && line.size() > level.size() && is_blank(line[level.size()])) return true;
  return line.size() > 10 && std::ranges::all_of(line.substr(0, 4), is_digit) && line[4] == '-' && line[7] == '-';
}

// A process, :invoke or the like, and more.
bool begins_text_event(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && !is_blank(line[at])) ++at;
  if (at == 0 || !(is_digit(line[0]) || line[0] == '-' || line[0] == ':')) return false;
  const std::string_view rest = trimmed(line.substr(at));
  for (const std::string_view type : {":invoke", ":ok", ":fail", ":info"})
    if (rest.starts_with(type) && rest.size() > type.size() && is_blank(rest[type.size()])) return true;
  return false;
}

// What a line of jepsen.log has to say about an operation; empty if nothing.
std::string_view logged_event(std::string_view line) {
  constexpr std::string_view logger = "jepsen.util";
  const auto at = line.find(logger);
  if (at == line.npos) return begins_text_event(line) ? line : "";
  std::string_view rest = trimmed(line.substr(at + logger.size()));
  if (rest.starts_with("- ") || rest.starts_with(": ")) rest = trimmed(rest.substr(2));
  const bool process = !rest.empty() && (is_digit(rest[0]) || rest[0] == ':' || rest[0] == '-');
  return process ? rest : "";
}

}  // namespace

struct Edn::State {
  State(const LogRules& log_rules, AfterLine after)
      : rules(log_rules), builder(log_rules), after_line(std::move(after)), event(rules) {}

  // Reads what is whole, and says how much that was.
  std::size_t read(std::string_view text, bool is_last);
  // Reads what begins here. False: it is not all there, and nothing was read.
  bool read_one(EdnReader& reader, bool is_last);
  bool read_map(EdnReader& reader);
  bool read_aside(EdnReader& reader);
  void read_bracket(EdnReader& reader);
  void read_line(EdnReader& reader);
  std::optional<std::string> read_text_event(std::string_view line);
  bool find_next(EdnReader& reader);
  std::optional<std::string> add();
  void note(std::uint32_t at, std::string what) {
    if (result.bad_lines++ < kMostBadTold) result.bad.push_back({at, std::move(what)});
  }

  LogRules rules;
  LogBuilder builder;
  AfterLine after_line;
  EdnEvent event;
  ReadLog result;
  std::string rest;                                  // begun, and not ended in the pieces so far
  std::uint32_t line = 1;                            // of the next byte, or the first of `rest`
  std::uint64_t unlogged = 0;                        // lines of jepsen.log that tell no operation
  linear::Instant events = 0;                        // so far: where the next one stands
  std::vector<std::pair<char, std::uint32_t>> open;  // vectors and lists around the events, and their lines
  bool in_log = false;                               // lines of jepsen.log
  bool given_up = false;                             // nothing is read any more, in later pieces either
  bool lost = false;                                 // looking for the next event, after broken ones
  bool was_lost = false;
  char last = '\n';  // that was passed over in looking, other than blanks
};

std::optional<std::string> Edn::State::add() {
  LogEvent found = event.end();
  found.place = ++events;
  auto wrong = builder.add(found, line);
  if (after_line && !wrong) after_line(builder);
  return wrong;
}

// At its brace.
bool Edn::State::read_map(EdnReader& reader) {
  std::string wrong;
  event.begin();
  const bool whole = reader.read_map([&](const EdnForm& key, const EdnForm& value) {
    if (key.kind != EdnForm::Kind::word && key.kind != EdnForm::Kind::text) return;
    if (!event.take(key.as_written, value) && wrong.empty())
      wrong = fmt::format(":{} has a value that it cannot have{}", key.as_written, what_it_may_be(key.as_written));
  });
  if (!whole) return false;
  if (!wrong.empty()) {
    builder.lose(event.end());
    note(line, std::move(wrong));
  } else if (auto objection = add()) {
    note(line, std::move(*objection));
  }
  return true;
}

// Metadata, a discarded form, a tag, or what is no event.
bool Edn::State::read_aside(EdnReader& reader) {
  if (reader.at + 1 == reader.end) return false;
  const char next = reader.at[1];
  const bool discards = *reader.at == '#' && next == '_';
  EdnForm form;
  if (discards || *reader.at == '^') {
    reader.at += discards ? 2 : 1;
    return reader.skip_space() && reader.at != reader.end && reader.read(form);
  }
  if (*reader.at == '#' && (is_letter(next) || next == ':')) {  // what it is a tag of comes next
    ++reader.at;
    return reader.read(form);
  }
  if (!reader.read(form)) return false;
  ++result.lines;
  note(line, "is no map");
  return true;
}

void Edn::State::read_bracket(EdnReader& reader) {
  const char c = *reader.at++;
  if (c == '[' || c == '(') {
    if (open.size() == kDeepestEdn) {
      note(line, "is nested deeper than 200 times, and nothing behind it is read");
      reader.at = reader.end;
      given_up = true;
      return;
    }
    open.emplace_back(c, line);
  } else if (open.empty() || open.back().first != (c == ']' ? '[' : '(')) {
    note(line, "a bracket closes that was not opened");
  } else {
    open.pop_back();
  }
}

std::optional<std::string> Edn::State::read_text_event(std::string_view text) {
  EdnReader reader(text, line);
  EdnForm form;
  const auto next = [&] {
    form = {};
    return reader.skip_space() && reader.at != reader.end && reader.read(form);
  };
  event.begin();
  if (!next() || !event.take_process(form)) return "is no event";
  if (!next() || form.kind != EdnForm::Kind::word || type_of(form.as_written) == LogEvent::Type::other)
    return "is no event";
  event.take_type(form);
  if (!next() || !event.take_operation(form)) return "is no event";
  if (!reader.skip_space()) return "is no event";
  if (reader.at != reader.end) {
    if (!reader.read(form)) return "has a value that is not whole";
    event.take_value(form);
  }
  // An error is written as it is, and need not be EDN: only one word says how the lock stood.
  const bool readable = reader.skip_space();
  if (readable && reader.at == reader.end) return add();
  const bool word = readable && reader.read(form) && reader.skip_space() && reader.at == reader.end;
  if (!word) form = {.kind = EdnForm::Kind::other};
  if (form.kind != EdnForm::Kind::nil) event.take_error(form);
  return add();
}

void Edn::State::read_line(EdnReader& reader) {
  const char* const from = reader.at;
  reader.at = std::find(from, reader.end, '\n');
  std::string_view text(from, static_cast<std::size_t>(reader.at - from));
  in_log = in_log || begins_log_line(text);
  if (in_log) text = logged_event(text);
  if (text.empty()) {
    ++unlogged;
    return;
  }
  ++result.lines;
  if (auto objection = read_text_event(text)) note(line, std::move(*objection));
}

bool Edn::State::read_one(EdnReader& reader, bool is_last) {
  const EdnReader before = reader;
  const char c = *reader.at;
  line = reader.line_number;
  if (open.empty() && (in_log || is_digit(c) || is_letter(c) || c == ':' || c == '-')) {
    read_line(reader);
    return true;
  }
  if (c == '[' || c == '(' || c == ']' || c == ')') {
    read_bracket(reader);
    return true;
  }
  const bool too_long = static_cast<std::size_t>(reader.end - reader.at) > kLongestEdn;
  if (too_long) reader.end = reader.at + kLongestEdn;
  const bool whole = c == '{' ? read_map(reader) : read_aside(reader);
  reader.end = before.end;
  if (whole) {
    result.lines += c == '{' ? 1 : 0;
    return true;
  }
  if (reader.wrong == nullptr && !too_long && !is_last) {
    reader = before;
    return false;
  }
  ++result.lines;
  const std::uint32_t at = reader.line_number;
  std::string what = reader.wrong != nullptr ? reader.wrong : too_long ? "is longer than a megabyte" : "is cut short";
  if (reader.wrong != nullptr && at != line) what += fmt::format(", in line {}", at);
  note(line, std::move(what));
  builder.lose({});
  reader = before;
  lost = was_lost = true;
  last = c;
  ++reader.at;
  return true;
}

// To where an event may begin: behind the end of a map, or at the beginning of a line.
bool Edn::State::find_next(EdnReader& reader) {
  for (; reader.at != reader.end; ++reader.at) {
    const char c = *reader.at;
    if (c == '\n') ++reader.line_number;
    if (is_blank(c)) continue;
    const bool first = last == '\n';
    if ((c == '{' || c == '#') && (first || last == '}')) return true;
    if (first && (c == '[' || c == '(' || c == ']' || c == ')')) return true;
    if (first && open.empty() && (is_digit(c) || is_letter(c))) return true;
    last = c;
  }
  return false;
}

std::size_t Edn::State::read(std::string_view text, bool is_last) {
  if (given_up) return text.size();
  EdnReader reader(text, line);
  while (true) {
    if (lost) lost = !find_next(reader);
    // Not by skip_space, for which what is discarded has to be there as a whole.
    while (reader.at != reader.end && (is_blank(*reader.at) || *reader.at == '\n')) {
      if (*reader.at == '\n') ++reader.line_number;
      ++reader.at;
    }
    if (reader.at == reader.end) break;
    if (*reader.at == ';' && !in_log) {
      reader.at = std::find(reader.at, reader.end, '\n');
    } else if (!read_one(reader, is_last)) {
      break;
    }
  }
  line = reader.line_number;
  return static_cast<std::size_t>(reader.at - text.data());
}

Edn::Edn(const LogRules& rules, AfterLine after_line) : state_(std::make_unique<State>(rules, std::move(after_line))) {}
Edn::~Edn() = default;
Edn::Edn(Edn&&) noexcept = default;

void Edn::take(std::string_view lines) {
  State& s = *state_;
  if (s.rest.empty()) {
    s.rest = lines.substr(s.read(lines, false));
  } else {
    s.rest += lines;
    s.rest.erase(0, s.read(s.rest, false));
  }
}

ReadLog Edn::result() && {
  State& s = *state_;
  s.read(s.rest, true);
  if (!s.open.empty() && !s.was_lost && !s.given_up)
    s.note(s.open.back().second, "opens a bracket that is not closed, so the log is cut short");
  ReadLog result = std::move(s.result);
  result.ignored = s.builder.ignored() + s.unlogged;
  result.unknown_ops = s.builder.unknown_ops();
  result.left_out_of_a_lock = s.builder.left_out_of_a_lock();
  result.unknown_reasons = s.builder.unknown_reasons();
  result.log = std::move(s.builder).log();
  return result;
}

bool looks_like_edn(std::string_view beginning) {
  const auto skip = [&] {
    while (!beginning.empty() && (is_blank(beginning.front()) || beginning.front() == '\n')) beginning.remove_prefix(1);
  };
  skip();
  if (beginning.empty()) return false;
  const std::string_view line = beginning.substr(0, beginning.find('\n'));
  if (begins_log_line(line) || begins_text_event(line)) return true;
  for (std::size_t depth = 0; depth < kDeepestEdn && beginning.front() == '['; ++depth) {
    beginning.remove_prefix(1);
    skip();
    if (beginning.empty()) return false;
  }
  const char c = beginning.front();
  if (c == '#' || c == '(' || c == ';' || c == '^') return true;
  if (c != '{') return c == '[';
  beginning.remove_prefix(1);
  skip();
  if (beginning.empty()) return false;
  return beginning.front() != '"' && beginning.front() != '}';
}

}  // namespace lockstep::models
