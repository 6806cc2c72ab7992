// What somebody outside saw of some locks: operations with the time between which each took effect, and what was
// answered. The form in which any log, ours or another's, is judged without the simulator's knowledge. Knows no file.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace lockstep::linear {

// Nanoseconds on the one clock of the log.
using Instant = std::int64_t;
inline constexpr Instant kNever = std::numeric_limits<Instant>::max();
inline constexpr std::uint32_t kNone = ~std::uint32_t{0};
inline constexpr std::int64_t kNoNumber = std::numeric_limits<std::int64_t>::min();

enum class Action : std::uint8_t { acquire, release, renew, break_all, inspect };

enum class Answer : std::uint8_t {
  yes,      // granted; released; renewed; broken; inspect: `hold` held it, or with kNone nobody did
  no,       // refused since something was in the way at that time; not released, not renewed, since it did not hold
  nothing,  // no effect, and says nothing about the lock: timed out, cancelled, an error before anything was done
  unknown,  // may take effect at any time from the invocation on, or never
};

enum class Mode : std::uint8_t { exclusive, shared, permits };

// Took effect at one instant of [invoked, returned], both ends included: what touches may be in either order.
struct Operation {
  Instant invoked = 0;
  Instant returned = kNever;  // kNever: unknown
  std::uint64_t token = 0;    // of a granted acquisition; 0: none was told
  // Of a grant or renewal: the lease ends by itself, at some time, but not before so long after this took effect, or
  // where Log::leases_from_asking after it was asked for. 0: never.
  Instant ttl = 0;
  std::uint32_t lock = 0;  // index into Log::locks
  // The attempt: an acquisition and its releases have the same, and so has one that is tried again because it was
  // refused or its outcome is unknown. It holds once. Below Log::holds.
  std::uint32_t hold = kNone;
  std::uint32_t process = 0;
  std::uint32_t permits = 1;
  // Refused: the attempt that the answer named as holding the lock at that time.
  std::uint32_t named = kNone;
  // Refused permits: so many more may have been in its way, of those who waited for theirs.
  std::uint32_t in_line = 0;
  std::uint32_t line = 0;  // where it was read, from 1
  Action action{};
  Answer answer = Answer::unknown;
  Mode mode{};  // of an acquisition; of a renewal: shared makes a reader of a writer
  // Of an acquisition: it stands in line until it is answered. Not of one whose client stopped waiting without knowing
  // what became of it.
  bool waits = false;
};

// What struck while the log was written, in the log's own words: it explains nothing, but is shown.
struct Fault {
  Instant at = 0;
  Instant until = kNever;  // kNever: the log tells no end
  std::string what;
  std::uint32_t line = 0;
};

struct Log {
  struct Lock {
    std::string name;
    std::uint64_t capacity = 0;  // of a semaphore; 0: a lock of readers and writers
  };
  std::vector<Lock> locks;
  std::vector<Operation> operations;
  std::uint32_t holds = 0;
  bool leases_from_asking = false;
  // What the log calls the attempts: by a number, or where that is kNoNumber by a text. May be shorter than `holds`.
  std::vector<std::int64_t> sids;
  std::map<std::uint32_t, std::string> names;
  // Attempts from this one on are nobody's that the log knows: they may have held something when it began.
  std::uint32_t strangers = kNone;
  std::vector<Fault> faults;  // the first of them, in the order of their lines
  // 2 x operation for its invocation, 2 x operation + 1 for its return if it has one. By time, at equal times
  // invocations first.
  std::vector<std::uint32_t> events;
};

// The capacity of a lock of readers and writers: a writer takes it all, a reader one.
inline constexpr std::uint64_t kWhole = std::uint64_t{1} << 40;

inline std::uint64_t capacity_of(const Log& log, std::uint32_t lock) {
  return log.locks[lock].capacity == 0 ? kWhole : log.locks[lock].capacity;
}

// What an acquisition takes of its lock's capacity.
inline std::uint64_t weight_of(const Log& log, const Operation& op) {
  return op.mode == Mode::exclusive ? capacity_of(log, op.lock) : op.mode == Mode::shared ? 1 : op.permits;
}

// What has to be free of it for a refused one not to be refused.
inline std::uint64_t refused_weight_of(const Log& log, const Operation& op) { return weight_of(log, op) + op.in_line; }

// "sid 41", "attempt 7 of the log" or "somebody from before the log".
std::string name_of(const Log& log, std::uint32_t hold);

// When an event of Log::events was.
inline Instant instant_of(const Log& log, std::uint32_t event) {
  const Operation& op = log.operations[event / 2];
  return event % 2 == 0 ? op.invoked : op.returned;
}

// Fills Log::events from the operations.
void put_in_order(Log& log);

}  // namespace lockstep::linear
