// Reads a log as Jepsen and Knossos print it: maps of EDN, one a line, or over several lines, or in one vector or list;
// tagged or not; or Jepsen's lines of text, alone (history.txt) or among others (jepsen.log):
//
//   {:type :invoke, :f :acquire, :value nil, :process 0, :time 12345, :index 0}
//   #jepsen.history.Op{:index 1, :time 23456, :type :ok, :process 0, :f :acquire, :value ["lock" 17]}
//   0	:invoke	:release	nil
//
// docs/notes/log-formats.md explains the fields. What is wrong with an event is told by the number of its first line;
// the events beside it are read all the same.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "models/logs/builder.h"
#include "models/logs/json_lines.h"

namespace lockstep::models {

// An event is no longer than this; one that is has a bracket or a quote too few.
inline constexpr std::size_t kLongestEdn = 1 << 20;

class Edn {
 public:
  // As of JsonLines.
  explicit Edn(const LogRules& rules = {}, AfterLine after_line = {});
  ~Edn();
  Edn(Edn&&) noexcept;

  // Some more whole lines; what begins in them may end in the next ones.
  void take(std::string_view lines);

  // What has been read. Call once, after all.
  ReadLog result() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether a log that begins like this is one for Edn rather than for JsonLines.
bool looks_like_edn(std::string_view beginning);

}  // namespace lockstep::models
