// What a store need not have.
#include "impl/lock/backend.h"

namespace lockstep {

Awaitable<Result<Listing>> LockBackend::list(ListRequest, MonoTime) {
  co_return definite(ErrorKind::unsupported, "this store lists no locks");
}

Awaitable<Result<BreakAnswer>> LockBackend::break_lock(BreakRequest, MonoTime) {
  co_return definite(ErrorKind::unsupported, "this store breaks no locks");
}

Awaitable<Result<WatchAnswer>> LockBackend::watch(WatchRequest, MonoTime) {
  co_return definite(ErrorKind::unsupported, "this store tells no events");
}

}  // namespace lockstep
