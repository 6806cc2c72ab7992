// Faults as absolute facts: what goes wrong, where, from when, for how long. A generator draws them, the nemesis does
// exactly what they say, and nothing in a run throws dice about them. The prose is docs/notes/fault-model.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/time.h"

namespace lockstep::sim {

enum class FaultKind : std::uint8_t {
  crash_process,     // target: process; down for `lasts`, then started again
  pause_process,     // target: process; runs nothing for `lasts`, then goes on as if nothing had been
  reboot_host,       // target: host; power loss: processes die, unsynced data is at risk, clocks start a new boot
  cut_link,          // target, other: hosts; nothing passes either way
  cut_one_way,       // from host target to host other
  isolate_host,      // target: host; nothing passes to or from any other
  lossy_link,        // target, other: hosts, both ways; amount: parts per million lost in addition
  duplicating_link,  // likewise; amount: parts per million sent twice
  slow_link,         // likewise; amount: ns, each message is late by up to so much in addition
  step_wall,         // target: host; amount: ns, either way, at once (lasts is ignored)
  freeze_wall,       // target: host
  drift_monotonic,   // target: host; amount: parts per billion added to its rate
  freeze_monotonic,  // target: host; beyond any honest claim
  slow_disk,         // target: host; amount: ns added to every sync
  full_disk,         // target: host; nothing on its disk may grow
  failing_writes,    // target: host; amount: parts per million of the writes to its disk that fail
  failing_syncs,     // likewise, of the syncs, which are never made good for
  failing_reads,     // likewise, of the reads
  lying_syncs,       // likewise, of the syncs: answered as if they were done; beyond any honest claim
};
inline constexpr int kFaultKinds = 19;

enum class FaultSubject : std::uint8_t { process, host, link };

struct FaultFacts {
  std::string_view name;  // "crash-process"
  FaultSubject subject;
  std::string_view amount;   // unit of `amount`: "ns", "ppm", "ppb", or empty
  std::string_view meaning;  // one sentence
};
const FaultFacts& facts_of(FaultKind kind);
std::optional<FaultKind> fault_named(std::string_view name);

struct Fault {
  FaultKind kind{};
  TrueTime at;
  Duration lasts{};
  std::uint32_t target = 0;
  std::uint32_t other = 0;
  std::int64_t amount = 0;
  friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace lockstep::sim
