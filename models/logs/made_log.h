// Makes logs of any size: what clients of one lock would see who ask, hold, and ask again, with delays on the way. For
// measuring checkers, and to try them on. The same recipe gives the same log everywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "models/logs/builder.h"

namespace lockstep::models {

struct MadeLog {
  enum class Family : std::uint8_t { try_lock, lock, readers_writers, permits };
  Family family = Family::try_lock;
  std::uint64_t operations = 1000;
  std::uint32_t clients = 16;
  std::uint32_t capacity = 4;  // permits
  std::uint32_t unknown = 0;   // outcomes, of a hundred
  bool tokens = false;
  bool wrong = false;  // one grant too many, in the last quarter of the log
  std::uint64_t seed = 1;
};

// Gives the events in the order of their times, which are all different. An attempt of unknown outcome is released by
// the client's next process, who is told whether it held.
void make_log(const MadeLog& recipe, const std::function<void(const LogEvent&)>& take);

// The event as a line of JSON, with its end.
std::string json_line(const LogEvent& event);

}  // namespace lockstep::models
