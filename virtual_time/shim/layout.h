// What a driver and the programs that it controls share: one page of memory for each simulated host, mapped from a
// file. Both clocks, a seed, and a slot for each thread, in which the thread says whether it runs or what it waits for.
// Only the owner of a slot writes its state; whoever wakes a thread counts up its `kick`.
#pragma once

#include <atomic>
#include <cstdint>

namespace lockstep::virtual_time {

inline constexpr std::uint32_t kSlots = 512;
inline constexpr std::uint64_t kMagic = 0x4c6f636b73746570;
inline constexpr std::int64_t kNever = INT64_MAX;
inline constexpr std::int32_t kReserved = -1;  // a process that is about to be born

// How the library is told which file: in the environment of the program.
inline constexpr char kFileVariable[] = "LOCKSTEP_TIME_FILE";

enum State : std::uint32_t { free_slot, running, blocked };

enum class What : std::uint32_t {
  nothing,
  descriptors,  // poll, select, epoll_wait
  input,        // read, recv, accept
  sleep,
  condition,
  semaphore,
  mutex,
  futex,
  thread,  // pthread_join
  child,   // waitpid
  signal,  // pause, sigwait
  ending,
};

inline constexpr std::uint32_t kFewPolls = 4;

struct Slot {
  std::atomic<std::int32_t> pid;  // 0: nobody's
  std::atomic<std::int32_t> tid;  // 0: the thread, or the program, has not come to life yet
  std::atomic<std::int32_t> parent;
  std::atomic<std::uint32_t> state;
  std::atomic<std::uint32_t> kick;       // counts who wakes it; a futex
  std::atomic<std::uint32_t> kick_seen;  // before it blocked: if they differ, it runs
  std::atomic<std::uint32_t> turn;       // counts how often it blocked
  std::atomic<What> what;
  std::atomic<std::uint64_t> key;     // what it waits for in its process: the address of a condition, a semaphore
  std::atomic<std::uint64_t> ticket;  // who waits longer has the lower one
  std::atomic<std::uint64_t> handle;  // pthread_t
  std::atomic<std::int64_t> monotonic_deadline;
  std::atomic<std::int64_t> wall_deadline;
  std::atomic<std::int64_t> timer;                   // ITIMER_REAL of the process, on the monotonic clock
  std::atomic<std::int64_t> timer_interval;          // 0: once
  std::atomic<std::uint64_t> signalled;              // the signal that was sent to it last, and at which turn
  std::atomic<std::uint32_t> polls;                  // 0, or one more than the descriptors it waits for: its own pipe
  std::atomic<std::uint64_t> polled;                 // address of as many pollfd in its process
  std::atomic<std::uint64_t> few_polled[kFewPolls];  // the same, if there are so few of them
};

inline constexpr std::uint32_t kTimerFiles = 64;

// A timer that is a descriptor.
struct TimerFile {
  std::atomic<std::int32_t> pid;  // 0: nobody's
  std::atomic<std::int32_t> descriptor;
  std::atomic<std::uint32_t> by_wall;  // 0: its deadline is one of the monotonic clock
  std::atomic<std::int64_t> deadline;
  std::atomic<std::int64_t> interval;  // 0: once
};

struct Page {
  std::uint64_t magic;
  std::uint64_t seed;
  std::atomic<std::int64_t> wall;       // since the Unix epoch
  std::atomic<std::int64_t> monotonic;  // since the boot of the host
  std::atomic<std::int64_t> per_read;   // by how much each look at a clock moves both
  std::atomic<std::uint32_t> change;    // counts up whenever a thread blocks or ends; a futex
  std::atomic<std::uint32_t> watched;   // somebody waits for `change`
  std::atomic<std::uint32_t> used;      // slots that were ever taken are below it
  std::atomic<std::uint32_t> births;    // processes so far
  std::atomic<std::uint64_t> tickets;
  std::atomic<std::uint32_t> uses_network;  // something of it has opened a socket of the internet
  std::atomic<std::uint64_t> reads;         // looks at a clock so far
  TimerFile timer_files[kTimerFiles];
  Slot slots[kSlots];
};

// What `signalled` says. Who sends one looks at the turn before, so that a wait which begins later is not interrupted.
inline std::uint64_t signal_at(std::uint32_t turn, int signal) {
  return std::uint64_t{turn} << 8 | static_cast<std::uint64_t>(signal);
}

inline bool runs(const Slot& slot) {
  const auto state = slot.state.load();
  return state == running || (state == blocked && slot.kick.load() != slot.kick_seen.load());
}

}  // namespace lockstep::virtual_time
