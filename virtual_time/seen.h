// What programs see of a simulated world: that begins in 1970, at the start of its hosts, and hardly a program feels at
// home there.
#pragma once

#include "impl/env/clock.h"
#include "virtual_time/host.h"

namespace lockstep::virtual_time {

// Later by what a host begins with.
inline Clocks seen(const Clock& clock) {
  const Clocks first = VirtualHost::Options().clocks;
  return {clock.wall() + first.wall.time_since_epoch(), clock.monotonic() + first.monotonic.time_since_epoch()};
}
// The other way; max() stays.
inline MonoTime unseen(MonoTime seen) {
  return seen == MonoTime::max() ? seen : seen - VirtualHost::Options().clocks.monotonic.time_since_epoch();
}

}  // namespace lockstep::virtual_time
