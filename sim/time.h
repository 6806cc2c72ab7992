// True time: the simulator's own clock, which no process can read. Every host clock is a function of it.
#pragma once

#include <chrono>

#include "impl/env/time.h"

namespace lockstep::sim {

struct TrueClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<TrueClock, Duration>;
  static constexpr bool is_steady = true;
};
// Since the beginning of the world.
using TrueTime = TrueClock::time_point;

}  // namespace lockstep::sim
