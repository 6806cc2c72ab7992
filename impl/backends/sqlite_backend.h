// The SQLite lease table as a LockBackend: runs SqliteStore in a blocking lane, and waits, on the clock seam, while
// another process of the host is writing.
#pragma once

#include <functional>

#include "impl/backends/sqlite_store.h"
#include "impl/env/blocking.h"
#include "impl/env/random.h"

namespace lockstep {

class SqliteBackend final : public LockBackend {
 public:
  // Everything referred to must outlive the backend, and the lane must end before them. The observer may be null; it is
  // called from the lane.
  SqliteBackend(SqliteOptions options, Clock& clock, Random& random, BlockingLane& lane, LeaseObserver* observer);

  static Claims its_claims();
  // Opens the store; waits while it is busy. To be awaited once, before any operation.
  Awaitable<Result<void>> open(MonoTime give_up);

  const Claims& claims() const override { return claims_; }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  Awaitable<Result<std::vector<Holder>>> inspect(LockName name, MonoTime give_up) override;

 private:
  template <typename T, typename F>
  Awaitable<Result<T>> while_busy(F operation, MonoTime give_up);

  SqliteOptions options_;
  Clock& clock_;
  Random& random_;
  BlockingLane& lane_;
  LeaseObserver* observer_;
  Claims claims_ = its_claims();
  // Shared with operations in the lane, which may outlive their callers.
  struct Slot {
    std::unique_ptr<SqliteStore> store;
  };
  std::shared_ptr<Slot> slot_ = std::make_shared<Slot>();
};

}  // namespace lockstep
