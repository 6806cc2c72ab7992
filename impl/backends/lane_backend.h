// A BlockingStore as a LockBackend: runs it in a blocking lane, and waits, on the clock seam, while another process of
// the host is at work on it.
#pragma once

#include <functional>
#include <memory>

#include "impl/backends/blocking_store.h"
#include "impl/backends/watchers.h"
#include "impl/env/blocking.h"
#include "impl/env/random.h"

namespace lockstep {

class LaneBackend : public LockBackend {
 public:
  using Opener = std::function<Result<std::unique_ptr<BlockingStore>>()>;
  // What other processes do is looked for so often by a subscriber; what this one does he hears of at once.
  static constexpr Duration kWatchEvery = std::chrono::milliseconds(200);

  // Everything referred to must outlive the backend, and the lane must end before them. `opener` is called in the
  // lane, and must own what it uses or share in it.
  LaneBackend(Claims claims, Opener opener, Clock& clock, Random& random, BlockingLane& lane);

  // Opens the store; waits while it is busy. To be awaited once, before any operation.
  Awaitable<Result<void>> open(MonoTime give_up);

  const Claims& claims() const override { return claims_; }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override;
  Awaitable<Result<Listing>> list(ListRequest request, MonoTime give_up) override;
  Awaitable<Result<BreakAnswer>> break_lock(BreakRequest request, MonoTime give_up) override;
  Awaitable<Result<WatchAnswer>> watch(WatchRequest request, MonoTime give_up) override;

 private:
  // Shared with operations in the lane, which may outlive their callers.
  struct Slot {
    std::unique_ptr<BlockingStore> store;
  };
  template <typename T, typename F>
  Awaitable<Result<T>> while_busy(F operation, MonoTime give_up);
  template <typename T, typename Request>
  Awaitable<Result<T>> call(Result<T> (BlockingStore::*operation)(const Request&), Request request, MonoTime give_up);

  Claims claims_;
  Opener opener_;
  Clock& clock_;
  Random& random_;
  BlockingLane& lane_;
  std::shared_ptr<Slot> slot_ = std::make_shared<Slot>();
  Watchers watchers_;
};

}  // namespace lockstep
