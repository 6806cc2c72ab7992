// Durations and instants as types. A host has two clocks whose readings never mix: the compiler refuses it.
#pragma once

#include <chrono>
#include <cstdint>

namespace lockstep {

using Duration = std::chrono::nanoseconds;

// Tags, not clocks to ask: only a Clock (clock.h) gives readings.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock, Duration>;
  static constexpr bool is_steady = true;
};
struct WallClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<WallClock, Duration>;
  static constexpr bool is_steady = false;
};

// Since the boot of one host, on that host's clock. Comparable only within one boot of one host.
using MonoTime = MonotonicClock::time_point;
// Since the Unix epoch, as the host believes it. May step either way at any moment.
using WallTime = WallClock::time_point;

// Which boot of which host a MonoTime belongs to. Never recurs (Linux: the kernel's random boot id).
struct BootId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const BootId&, const BootId&) = default;
};

// a + b without overflow: an endless wait limit stays endless.
constexpr MonoTime saturating_add(MonoTime instant, Duration duration) {
  if (duration > Duration::zero() && instant > MonoTime::max() - duration) return MonoTime::max();
  return instant + duration;
}

}  // namespace lockstep
