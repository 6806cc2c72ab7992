// Clocks that are not what a lease may be timed by, under an honest store.
#pragma once

#include "properties/zoo/forwarding.h"

namespace lockstep::zoo {

// The host's wall clock where the monotonic one belongs. valkey#2651
class WallAsMonotonic : public ForwardingClock {
 public:
  using ForwardingClock::ForwardingClock;
  MonoTime monotonic() const override { return MonoTime(inner_.wall().time_since_epoch()); }
  // What the store reckoned by this clock it waits for as long as that is now. What others have told it to wait for was
  // reckoned by theirs, which has counted for days and not since 1970.
  void arm(Timer& timer, MonoTime deadline) override {
    const MonoTime since_1970 = monotonic() - std::chrono::years(1);
    const bool own = deadline != MonoTime::max() && deadline > since_1970;
    inner_.arm(timer, own ? inner_.monotonic() + (deadline - monotonic()) : deadline);
  }
};

// One boot id for all hosts: their clocks are taken for one clock. client-go#448
class OneBootForAll : public ForwardingClock {
 public:
  using ForwardingClock::ForwardingClock;
  BootId boot() const override { return {1, 1}; }
};

// The same with their wall clocks. fluo#1394
class OneWallForAll final : public WallAsMonotonic {
 public:
  using WallAsMonotonic::WallAsMonotonic;
  BootId boot() const override { return {1, 1}; }
};

// A boot id for each process: every restart gives all leases their full ttl again. etcd#9395
class BootOfProcess final : public ForwardingClock {
 public:
  BootOfProcess(Clock& inner, BootId own) : ForwardingClock(inner), own_(own) {}
  BootId boot() const override { return own_; }

 private:
  BootId own_;
};

}  // namespace lockstep::zoo
