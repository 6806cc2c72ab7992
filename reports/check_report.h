// The verdict on somebody's log, for people and for machines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/general/result.h"
#include "models/linear/judge.h"
#include "models/linear/waits.h"
#include "models/logs/json_lines.h"
#include "reports/text_style.h"

namespace lockstep::reports {

struct CheckedLog {
  std::string name;        // of the file
  std::string unreadable;  // why it could not be read: a sentence; then there is nothing else
  models::ReadLog read;
  std::vector<linear::Judgement> judgements;  // by lock
  std::vector<general::Result> general;       // a second opinion, by lock, if it was asked for
  std::optional<linear::WaitReport> waits;    // if it was asked for
  // Of how many locks an order of all that they did was replayed by an independent check, if that was asked for.
  std::optional<std::uint64_t> replayed;
  double read_seconds = 0, judge_seconds = 0;
  // Of a log that was judged while it grew, of which only a part is left.
  struct Followed {
    std::uint64_t operations = 0;  // in all
    std::uint64_t kept = 0;        // most at a time
    std::uint64_t too_late = 0;    // answers that could not be used any more
  };
  std::optional<Followed> followed;
};

// Of all locks. A log that could not be read is undecided, and so is one with nothing to judge, with a line left out,
// with a second opinion that disagrees, whatever the rest says, or with a rule for waiting that it did not exercise.
linear::Outcome outcome_of(const CheckedLog& log);

// With `windows`, beneath each violation the time around it as a picture.
std::string check_text(const CheckedLog& log, const TextStyle& style, bool windows = false);

// "3 logs: 1 wrong, 2 right": for beneath the verdicts on several.
std::string check_summary(const std::vector<CheckedLog>& logs, const TextStyle& style);

// One object with "verdict" (the worst: "violation", "unreadable", "undecided" or "ok"), "peak_memory_bytes" of the
// program that judged, as it is told, and "logs".
std::string check_json(const std::vector<CheckedLog>& logs, std::uint64_t peak_memory_bytes);

}  // namespace lockstep::reports
