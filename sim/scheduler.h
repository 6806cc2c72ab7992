// The heart of the world: a FIFO of what is ready and a heap of what is due, on (time, order of arming). Virtual
// time moves only when nothing is ready. Knows owners (process incarnations) only as opaque marks, so that a crash
// can abandon what they wait for and a pause can set it aside.
#pragma once

#include <vector>

#include "impl/env/clock.h"
#include "sim/time.h"

namespace lockstep::sim {

// An intrusive doubly linked list of timers, in order of insertion.
class TimerList {
 public:
  bool empty() const { return head_ == nullptr; }
  Timer* front() const { return head_; }
  void push_back(Timer& timer);
  void remove(Timer& timer);

 private:
  Timer* head_ = nullptr;
  Timer* tail_ = nullptr;
};

// Who owns a timer: one incarnation of a process, or nobody (the world itself).
struct Owner {
  std::uint32_t host = 0;
  bool paused = false;
  TimerList parked;   // fell due while paused
  TimerList waiting;  // without an instant: untimed, or on a frozen clock
};

// From `at` on all noise is drawn anew; before that the run is the same as without. Zero: it is not.
struct NoiseFork {
  TrueTime at{};
  std::uint64_t salt = 0;
};

class Scheduler {
 public:
  TrueTime now() const { return now_; }
  void fork_noise(const NoiseFork& fork) { fork_ = fork; }
  // What noise of this instant is drawn with, beside the instant itself.
  std::uint64_t noise_salt() const { return now_ >= fork_.at ? fork_.salt : 0; }
  std::uint64_t steps() const { return steps_; }

  // Requires: not pending. `owner` may be null.
  void at(Timer& timer, TrueTime when, Owner* owner);
  void soon(Timer& timer, Owner* owner);
  void wait(Timer& timer, Owner& owner);
  // Moves a pending timer to the end of what is ready.
  void expedite(Timer& timer);
  void remove(Timer& timer);

  void pause(Owner& owner) { owner.paused = true; }
  // What fell due meanwhile becomes ready now, in its order.
  void resume(Owner& owner);

  // Takes every pending timer of the owner out, in a deterministic order.
  std::vector<Timer*> take_all(Owner& owner);
  // Timers in the heap that were armed on a monotonic clock (hook.monotonic), in order of arming.
  std::vector<Timer*> monotonic_timers() const;

  // For whoever runs now: the same as at(timer, when, owner) for a timer that goes on here, if nobody else would run
  // before it. Then the time is `when`, and this counts as a step; otherwise it is false and nothing has happened.
  bool pass(TrueTime when);

  // Runs until nothing is pending before `limit`; leaves now() at `limit` at the latest.
  void run_until(TrueTime limit);

 private:
  struct Due {
    TrueTime at;
    std::uint64_t order;
    Timer* timer;
    bool before(const Due& other) const { return at != other.at ? at < other.at : order < other.order; }
  };
  void set(std::size_t index, const Due& due);
  void sift_up(std::size_t index, Due due);
  void sift_down(std::size_t index, Due due);
  void remove_due(Timer& timer);
  void run(Timer& timer);

  TrueTime now_{};
  NoiseFork fork_;
  TrueTime limit_{};  // of the run in progress
  std::uint64_t order_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<Due> heap_;
  TimerList ready_;
};

}  // namespace lockstep::sim
