// What a log proves about waiting: who was overtaken, who was left to wait beside a free lock, who starved, which
// processes wait for each other in a circle. docs/notes/waits-in-logs.md has the reasons. The log is taken to be one
// that a lock can have given, which judge() decides; in no order of its operations is an accusation made here wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/linear/log.h"

namespace lockstep::linear {

// An attempt waits from when it was asked for until it is answered: granted, given up, or never. Durations are
// nanoseconds.
struct WaitRules {
  // No more acquisitions that certainly came later may be granted before one that waits; 0: first come, first served.
  std::optional<std::uint32_t> most_overtaken;
  // So long after it was asked for, an acquisition has certainly reached the line.
  Instant queued_within = 0;
  // A lock that has room for all who wait has granted one of them, and told so, within this; 0: not asked.
  Instant wake_within = 0;
  // Who has waited longer is not passed over again, nor left beside a free lock for so long; 0: not asked.
  Instant longest_wait = 0;
  // Processes that wait for each other in a circle: for longer than this, or until the log ends; 0: only the latter.
  Instant deadlock_within = 0;
  // An answer is told at most so long after it was decided. Without it an answer may have been under way for as long as
  // its question was open: then nothing is certain about those who gave up, and little where leases end by themselves.
  std::optional<Instant> told_within;
  // An acquisition without an answer stands in line until the log ends, or with `told_within` until so long before.
  // False: its client may have died without a word.
  bool unanswered_wait = true;
};

// What is so, by lock. Operations are indices into Log::operations; kNone: there is none.
struct WaitFacts {
  std::uint64_t waits = 0;  // acquisitions that waited
  std::uint64_t unanswered = 0;
  Instant longest_wait = 0;  // until the answer or the end of the log
  std::uint32_t longest = kNone;
  std::uint64_t most_overtaken = 0;  // certainly
  std::uint32_t overtaken = kNone;
  Instant longest_idle = 0;  // it had room for all who waited, one of them all the time, and told nobody so
  std::uint32_t beside_idle = kNone;
  // What could have gone wrong: grants to who came after one that stood in line; stretches with room for all who
  // waited; grants to others while one waited.
  std::uint64_t later_grants = 0, chances = 0, passed_on = 0;
};

struct WaitFinding {
  enum class Kind : std::uint8_t {
    overtaken,
    lost_wake_up,
    starved,
    deadlock,
    lock_order,  // a warning: two processes took two locks in opposite orders, which may end in a deadlock
  };
  Kind kind{};
  std::uint32_t lock = 0;
  std::uint64_t times = 1;  // so many in the log; told is the worst of its kind and lock, of deadlocks the first
  std::string sentence;
  std::vector<std::uint32_t> evidence;  // operations, in the order of the log
  bool is_violation() const { return kind != Kind::lock_order; }
};

// Stable: "overtaken", "lost wake-up", "starved", "deadlock", "lock order".
std::string_view label_of(WaitFinding::Kind kind);

struct WaitReport {
  std::vector<WaitFacts> locks;
  std::vector<WaitFinding> findings;  // one at most of a kind and lock
  // Why a rule that was asked for could not have been broken in this log, in words; that is never a pass.
  std::vector<std::string> not_exercised;
};

// O(n log n) in the operations, beside the walks along chains of processes that wait for each other.
WaitReport judge_waits(const Log& log, const WaitRules& rules);

}  // namespace lockstep::linear
