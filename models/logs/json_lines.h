// Reads a log written as JSON Lines, one event a line:
//
//   {"process":0,"type":"invoke","op":"try_lock","lock":"L","owner":0,"sid":17,"time_ns":178852}
//   {"process":0,"type":"ok","op":"try_lock","lock":"L","owner":0,"sid":17,"token":101,"time_ns":473191}
//
// or a history that Lockstep wrote, which its first line says (own_history.h); then the rules given here are not asked.
// docs/notes/log-formats.md explains the fields. What is wrong with a line is told by its number.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/linear/log.h"
#include "models/logs/builder.h"

namespace lockstep::models {

struct BadLine {
  std::uint32_t number = 0;  // from 1
  std::string what;
};

struct ReadLog {
  linear::Log log;
  std::uint64_t lines = 0;    // that are not empty
  std::uint64_t ignored = 0;  // events of kinds that no verdict needs
  // Of clients' events among these: what they call their operations, and how many there were.
  std::map<std::string, std::uint64_t, std::less<>> unknown_ops;
  bool left_out_of_a_lock = false;  // some of these named one
  // Likewise of failures: reasons that are not known, and so taken to say nothing about the lock.
  std::map<std::string, std::uint64_t, std::less<>> unknown_reasons;
  std::uint64_t bad_lines = 0;  // left out
  std::vector<BadLine> bad;     // the first of them
};

// Bytes behind a text that must be readable, whatever they are.
inline constexpr std::size_t kReadPadding = 64;

using AfterLine = std::function<void(LogBuilder&)>;

class JsonLines {
 public:
  // `after_line`, if there is one, is called after each line that was added.
  explicit JsonLines(const LogRules& rules = {}, AfterLine after_line = {});
  ~JsonLines();
  JsonLines(JsonLines&&) noexcept;

  // Some more whole lines, with kReadPadding bytes behind the last.
  void take(std::string_view lines);

  // What has been read. Call once, after all.
  ReadLog result() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep::models
