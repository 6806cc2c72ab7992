// Reads a log that is still being written, and judges it on the way: linear::Follow fed by a LogReader, in the memory
// that open operations need.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/linear/follow.h"
#include "models/logs/log_reader.h"

namespace lockstep::models {

class GrowingLog {
 public:
  GrowingLog(LogRules rules, LogFormat format, const linear::Follow::Rules& follow);
  GrowingLog(const GrowingLog&) = delete;
  GrowingLog& operator=(const GrowingLog&) = delete;

  // Some more whole lines, with kReadPadding bytes behind the last.
  void take(std::string_view lines);

  // Nothing has come for a while: what was at the time of the last line is judged too.
  void rest();

  bool violated() const { return follow_ && follow_->violated(); }
  struct Progress {
    std::uint64_t operations = 0;  // so far
    std::uint64_t open = 0;        // that have no answer yet
    std::uint64_t kept = 0;        // most operations that were kept at a time
    std::uint64_t too_late = 0;    // answers that were of no use any more
    linear::Instant up_to = 0;     // until when everything has been judged
    linear::Instant now = 0;       // time of the last line
    // Line and time of the oldest question without an answer, which holds back what came after it; line 0: none.
    std::uint32_t waits_for = 0;
    linear::Instant waits_since = 0;
    std::uint64_t undecided = 0;  // locks that stay so: too much about them was unknown at a time
  };
  Progress progress() const;

  // Nothing more will come. What is left of the log, and the verdicts on all of it. Call once.
  struct Result {
    ReadLog read;
    std::vector<linear::Judgement> judgements;
    Progress progress;
  };
  Result finish();

 private:
  void added(LogBuilder& builder);

  linear::Follow::Rules rules_;
  std::optional<linear::Follow> follow_;
  std::uint64_t operations_ = 0;
  linear::Instant last_ = 0;
  LogReader reader_;
};

}  // namespace lockstep::models
