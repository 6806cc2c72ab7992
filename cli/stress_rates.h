// What locking costs on this machine: acquisitions with their releases per second on a real store, beside two things
// that people use instead, and how long a lock takes from one hand to the next. Printed, never asserted.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "cli/real_store.h"
#include "impl/env/time.h"

namespace lockstep::cli {

struct Rate {
  std::string what;
  std::string promise;  // in one sentence
  // Per second; negative: does not apply, or was not measured for an interruption.
  double alone = -1;     // one process
  double apart = -1;     // several processes, each with a lock of its own
  double together = -1;  // several processes, all with one lock
};

// From the call of release to the waiter's having the lock.
struct HandOver {
  std::string what;
  std::size_t samples = 0;
  Duration median{};
  Duration percentile99{};
};

struct StressRates {
  unsigned processes = 0;
  std::vector<Rate> rates;
  std::vector<HandOver> hand_overs;
  bool interrupted = false;  // then some are missing
};

struct RatesOptions {
  StorePlace store;  // its directory exists and is empty, whatever the backend
  unsigned processes = 8;
  Duration each = std::chrono::seconds(1);  // of every figure
};

// Throws std::system_error. Ends early, with what it has, when `stop` is set.
StressRates measure_rates(const RatesOptions& options, const std::atomic<bool>& stop);

}  // namespace lockstep::cli
