// Short lines for tests of what logs say: "0 invoke lock 7 @5" with fields behind, read as a log would be. For tests
// only.
#pragma once

#include <fmt/format.h>

#include <sstream>
#include <string>

#include "models/dice_test.h"
#include "models/linear/judge.h"
#include "models/logs/json_lines.h"

namespace lockstep::models {

inline ReadLog read_text(std::string text, const LogRules& rules = {}) {
  JsonLines lines(rules);
  const std::size_t size = text.size();
  text.resize(size + kReadPadding);
  lines.take(std::string_view(text).substr(0, size));
  return std::move(lines).result();
}

// With one to four bytes of it changed, or pieces left out or repeated. Never empty.
inline std::string damaged(std::string text, Dice& dice) {
  for (std::uint64_t k = 1 + dice.below(4); k > 0; --k) {
    const auto at = dice.below(text.size());
    switch (dice.below(3)) {
      case 0: text[at] = static_cast<char>(dice.below(256)); break;
      case 1: text.erase(at, 1 + dice.below(5)); break;
      default: text.insert(at, text.substr(dice.below(text.size()), dice.below(9))); break;
    }
    if (text.empty()) text = "x";
  }
  return text;
}

// A line is "process type op sid time", and then further fields as JSON. A sid of - is none.
inline std::string lines_of(const std::string& story, const std::string& head = "") {
  std::string text = head.empty() ? "" : head + "\n";
  std::istringstream in(story);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string process, type, op, sid, time, rest;
    if (!(words >> process >> type >> op >> sid >> time)) continue;
    std::getline(words >> std::ws, rest);
    text += fmt::format(R"({{"process":{},"type":"{}","op":"{}","lock":"L","time_ns":{})", process, type, op, time);
    if (sid != "-") text += fmt::format(R"(,"sid":{})", sid);
    text += (rest.empty() ? "" : "," + rest) + "}\n";
  }
  return text;
}

// What is wrong with the first bad line, "2: ..."; or else the verdict on the only lock, "ok", "undecided" or a
// violation's shape.
inline std::string said_of(const ReadLog& read) {
  if (!read.bad.empty()) return std::to_string(read.bad.front().number) + ": " + read.bad.front().what;
  const auto judgements = linear::judge(read.log);
  if (judgements.size() != 1) return fmt::format("{} locks", judgements.size());
  switch (judgements.front().outcome) {
    case linear::Outcome::ok: return "ok";
    case linear::Outcome::violation: return judgements.front().shape;
    case linear::Outcome::undecided: return "undecided";
  }
  return "";
}

}  // namespace lockstep::models
