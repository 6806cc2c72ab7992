// The one place in this folder that reads a real clock; docs/house_rules_test.cc knows of it.
#include "properties/stopwatch.h"

#include <ctime>

namespace lockstep::properties {

Duration Stopwatch::now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace lockstep::properties
