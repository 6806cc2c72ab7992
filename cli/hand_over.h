// How long a lock takes from one hand to the next: from the call of release to the waiter's having it.
#pragma once

#include <atomic>
#include <string>

#include "cli/stress_rates.h"

namespace lockstep::cli {

// Through a server of its own process, over TCP on the loopback interface, with its store in memory: whoever waits is
// told at once.
HandOver hand_over_by_server(Duration lasts, const std::atomic<bool>& stop);
// Without a line at a server: who waits looks into the store, or asks Redis, again and again. The directory of `place`
// exists and is empty.
HandOver hand_over_by_looking(const StorePlace& place, Duration lasts, const std::atomic<bool>& stop);

}  // namespace lockstep::cli
