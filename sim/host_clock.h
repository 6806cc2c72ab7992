// One host's two clocks as exact integer functions of true time. A clock runs at 1 + rate parts per billion, may be
// frozen, and may be stepped; the monotonic one of a host is never stepped by honest faults, and starts again at
// zero, with a new boot id, at a reboot.
#pragma once

#include "sim/time.h"

namespace lockstep::sim {

// Piecewise linear: value(t) = base_value + (t - base_at) * (1e9 + rate) / 1e9, rounded down. No floating point.
class LinearClock {
 public:
  explicit LinearClock(Duration start = Duration::zero()) : base_value_(start) {}
  Duration read(TrueTime now) const;
  // The first true instant at which the clock reads at least `value`; TrueTime::max() if it never will as it runs now.
  TrueTime when(Duration value, TrueTime now) const;
  // Units: parts per billion; -1'000'000'000 or less stands still.
  void set_rate(TrueTime now, std::int64_t ppb);
  void step(TrueTime now, Duration by);
  void restart(TrueTime now, Duration value);

 private:
  TrueTime base_at_{};
  Duration base_value_;
  std::int64_t rate_ppb_ = 0;
};

struct HostClock {
  LinearClock monotonic;
  LinearClock wall;
  std::uint32_t boots = 0;  // ordinal of the running boot, from 0
  BootId boot_id;
};

}  // namespace lockstep::sim
