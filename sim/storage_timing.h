// How long storage calls take. A call of zero length is still a scheduling point.
#pragma once

#include "impl/env/random.h"
#include "sim/storage_gate.h"

namespace lockstep::sim {

struct StorageTiming {
  Duration call_min{std::chrono::nanoseconds(500)};
  Duration call_max{std::chrono::microseconds(5)};
  Duration sync_min{std::chrono::microseconds(50)};
  Duration sync_max{std::chrono::milliseconds(2)};

  friend bool operator==(const StorageTiming&, const StorageTiming&) = default;

  Duration draw(StorageCall call, Random& random) const {
    const bool sync = call == StorageCall::sync;
    return Duration(random.between((sync ? sync_min : call_min).count(), (sync ? sync_max : call_max).count()));
  }
};

}  // namespace lockstep::sim
