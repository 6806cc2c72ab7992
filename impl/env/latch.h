// Latch: something that happens once, and any number of waiters for it. Where a Signal has one waiter and is used up,
// a Latch stays set.
#pragma once

#include <algorithm>
#include <vector>

#include "impl/env/signal.h"

namespace lockstep {

// Single-threaded, as its executor is.
class Latch {
 public:
  explicit Latch(Clock& clock) : clock_(clock) {}
  Latch(const Latch&) = delete;
  Latch& operator=(const Latch&) = delete;
  // Whoever still waits is told `cancelled`.
  ~Latch() {
    for (Entry* entry : waiting_) {
      entry->latch = nullptr;
      entry->signal.set();
    }
  }

  bool is_set() const { return set_; }
  // Wakes all waiters through their executor, never from within this call. Setting it again does nothing.
  void set() {
    set_ = true;
    for (Entry* entry : waiting_) entry->signal.set();
  }

  // Ends at once if it is set. Units: as for Signal. The latch may go before its waiters.
  Awaitable<Wake> wait_until(MonoTime deadline) {
    if (set_) co_return Wake::signalled;
    Entry entry(*this);
    const Wake wake = co_await entry.signal.wait_until(deadline);
    co_return wake == Wake::signalled&& entry.latch == nullptr ? Wake::cancelled : wake;
  }
  Awaitable<Wake> wait() { return wait_until(MonoTime::max()); }

 private:
  struct Entry {
    explicit Entry(Latch& l) : latch(&l), signal(l.clock_) { l.waiting_.push_back(this); }
    Entry(const Entry&) = delete;
    ~Entry() {
      if (latch != nullptr) std::erase(latch->waiting_, this);
    }
    Latch* latch;  // null once it is gone
    Signal signal;
  };
  Clock& clock_;
  bool set_ = false;
  std::vector<Entry*> waiting_;  // in the order of their coming
};

}  // namespace lockstep
