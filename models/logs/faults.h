// What a log says of faults, in its own words: ours, Jepsen's nemesis, and whoever writes "type":"fault". No verdict
// needs them, so what is not understood is nothing to complain of.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "models/logs/builder.h"

namespace lockstep::models {

// The event as it was written, beside what LogEvent keeps of it. What it does not have is empty.
struct WorldEvent {
  std::string_view type, f, fault;
  std::optional<std::int64_t> number;  // of the fault
  linear::Instant until = linear::kNever;
  bool nemesis = false;  // told by one who is no client
};

// Fills the event's `fault` and `phase`, or leaves them empty.
void note_fault(LogEvent& event, const WorldEvent& told);

}  // namespace lockstep::models
