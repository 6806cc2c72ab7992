// The seam for time. A Clock is one process's view of its host's two clocks and the only way to be woken later.
// Everything that waits in this project waits as a Timer on a Clock; a crash finds and abandons it there.
#pragma once

#include <cstdint>

#include "impl/env/time.h"

namespace lockstep {

// Something to be called once. Owned by whoever waits; linked into a Clock while it is pending.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  // The deadline was reached, or somebody expedited it. The timer is no longer pending and may destroy itself.
  virtual void fire() = 0;
  // The process is gone: release what is held, run nothing. No longer pending; may destroy itself.
  virtual void abandon() = 0;
  bool pending() const { return hook.place != Hook::Place::idle; }

  // For implementations of Clock only.
  struct Hook {
    enum class Place : std::uint8_t { idle, waiting, timed, ready };
    Timer* previous = nullptr;
    Timer* next = nullptr;
    void* owner = nullptr;
    MonoTime deadline = MonoTime::max();
    std::uint64_t order = 0;
    std::uint32_t slot = 0;
    Place place = Place::idle;
    bool monotonic = false;  // armed on a monotonic clock, whose rate may change
  };
  Hook hook;

 protected:
  ~Timer() = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  // Counts time suspended (CLOCK_BOOTTIME), never steps back, starts again with a new boot() at a host reboot.
  virtual MonoTime monotonic() const = 0;
  // May be wrong, and may step either way. For people to read; never decides anything about a lease.
  virtual WallTime wall() const = 0;
  virtual BootId boot() const = 0;

  // Calls timer.fire() once monotonic() >= deadline, on the process's executor, never from within arm.
  // MonoTime::max() waits for expedite() alone. Requires: the timer is not pending.
  virtual void arm(Timer& timer, MonoTime deadline) = 0;
  // Fires a pending timer as soon as what is ready now has run. No effect if it is about to fire already.
  virtual void expedite(Timer& timer) = 0;
  // The timer will neither fire nor be abandoned. No effect on one that is not pending.
  virtual void disarm(Timer& timer) = 0;
};

}  // namespace lockstep
