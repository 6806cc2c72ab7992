// A store as synchronous code: one call at a time, to be run in a blocking lane. Every decision is taken and made
// durable inside one call; error `busy` is definite and means that another process is at work on the store.
#pragma once

#include "impl/lock/backend.h"

namespace lockstep {

class BlockingStore {
 public:
  virtual ~BlockingStore() = default;
  virtual Result<AcquireAnswer> acquire(const AcquireRequest& request) = 0;
  virtual Result<RenewAnswer> renew(const RenewRequest& request) = 0;
  virtual Result<ReleaseAnswer> release(const ReleaseRequest& request) = 0;
  virtual Result<BreakAnswer> break_lock(const BreakRequest& request) = 0;
  virtual Result<Inspection> inspect(const LockName& name) = 0;
  virtual Result<Listing> list(const ListRequest& request) = 0;
  // Answers at once, also with nothing.
  virtual Result<WatchAnswer> watch(const WatchRequest& request) = 0;
};

}  // namespace lockstep
