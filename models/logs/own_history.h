// Histories that Lockstep itself wrote (reports/history_jsonl.h), read back and told as a log: requests of the library
// within an acquisition of the application, beliefs, what the store did, restarts. A first line of its own says what
// the run was held to, so that nobody has to tell:
//
//   {"type":"history","leases_from":"asking","drift_ppb":..,"place_kept_ns":..,"lateness_ns":..,
//    "progress_slack_ns":..,"one_store_clock":true,"roles":["server","client","resource"]}
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkers.h"
#include "models/history.h"
#include "models/logs/builder.h"
#include "models/logs/faults.h"

namespace lockstep::models {

// The first line.
struct HistoryHead {
  Bounds bounds;
  std::vector<Process> processes;  // only their roles
};

// A line as far as it was understood; text points into what was read.
struct HistoryLine {
  LogEvent event;
  WorldEvent told;  // `type` and `f` are its words for what happened and what was asked
  std::uint32_t request = 0;
  linear::Instant wait = 0;
  std::int64_t holder = 0;
  std::optional<std::uint32_t> lock_number;  // where its name alone does not tell
};

class OwnHistory {
 public:
  explicit OwnHistory(HistoryHead head);

  // Says what is wrong with the line, in words. Lines come in the order of their times; `line` counts from 1.
  std::optional<std::string> add(const HistoryLine& told, std::uint32_t line);

  // How many events were no question to a lock and no answer.
  std::uint64_t ignored() const { return ignored_; }
  // Its attempts are named by their sids, its operations by the lines that answered, or else asked. Call once.
  linear::Log log() &&;

 private:
  std::optional<std::string> fill(Event& event, const HistoryLine& told);
  std::uint32_t lock_of(const HistoryLine& told);
  std::uint32_t attempt_of(std::int64_t sid);

  Bounds bounds_;
  History history_;
  LogBuilder world_;  // keeps the faults
  std::map<std::string, std::uint32_t, std::less<>> locks_;
  std::map<std::int64_t, std::uint32_t> attempts_;
  std::vector<std::int64_t> sids_;    // by attempt
  std::vector<std::uint32_t> lines_;  // by event
  std::uint64_t ignored_ = 0;
};

}  // namespace lockstep::models
