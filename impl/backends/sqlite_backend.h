// The SQLite lease table as a LockBackend.
#pragma once

#include "impl/backends/lane_backend.h"
#include "impl/backends/sqlite_store.h"

namespace lockstep {

class SqliteBackend final : public LaneBackend {
 public:
  // As for LaneBackend. The observer may be null; it is called from the lane.
  SqliteBackend(SqliteOptions options, Clock& clock, Random& random, BlockingLane& lane, LeaseObserver* observer)
      : LaneBackend(
            its_claims(), [options, &clock, observer] { return SqliteStore::open(options, clock, observer); }, clock,
            random, lane) {}

  static Claims its_claims() {
    return {.durable = true,
            .survives_power_loss = true,
            .shared_store = true,
            .shared_mode = true,
            .permits = true,
            .fair = true,
            .administration = true,
            .events = true,
            .max_drift_ppb = 2'000'000};
  }
};

}  // namespace lockstep
