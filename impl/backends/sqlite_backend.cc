// Waiting for another writer doubles from half a millisecond to 16, with jitter: many processes must not march in
// step. A busy answer is definite, so asking again is safe.
#include "impl/backends/sqlite_backend.h"

#include <algorithm>

#include "impl/env/signal.h"

namespace lockstep {
namespace {
constexpr Duration kFirstWait = std::chrono::microseconds(500);
constexpr Duration kLongestWait = std::chrono::milliseconds(16);
}  // namespace

SqliteBackend::SqliteBackend(SqliteOptions options, Clock& clock, Random& random, BlockingLane& lane,
                             LeaseObserver* observer)
    : options_(std::move(options)), clock_(clock), random_(random), lane_(lane), observer_(observer) {}

Claims SqliteBackend::its_claims() {
  return {.durable = true,
          .survives_power_loss = true,
          .shared_store = true,
          .shared_mode = true,
          .permits = true,
          .fair = true,
          .max_drift_ppb = 2'000'000};
}

// `operation` is called again after each busy answer; it must own what it uses, since it may outlive this call.
template <typename T, typename F>
Awaitable<Result<T>> SqliteBackend::while_busy(F operation, MonoTime give_up) {
  Duration wait = kFirstWait;
  for (;;) {
    auto result = co_await blocking(lane_, clock_, operation, give_up);
    if (!result) co_return indefinite(ErrorKind::unreachable, "the store did not answer in time");
    if (*result || result->error().kind != ErrorKind::busy) co_return std::move(*result);
    const Duration jittered(random_.between(wait.count() / 2, wait.count()));
    const MonoTime next = std::min(give_up, saturating_add(clock_.monotonic(), jittered));
    if (co_await sleep_until(clock_, next) == Wake::cancelled) co_return definite(ErrorKind::cancelled);
    // No last try without time for its answer: it would turn a definite "busy" into an unknown outcome.
    if (clock_.monotonic() >= give_up) co_return std::move(*result);
    wait = std::min(wait * 2, kLongestWait);
  }
}

Awaitable<Result<void>> SqliteBackend::open(MonoTime give_up) {
  const auto attempt = [options = options_, &clock = clock_, observer = observer_, slot = slot_]() -> Result<bool> {
    auto opened = SqliteStore::open(options, clock, observer);
    if (!opened) return std::unexpected(opened.error());
    slot->store = std::move(*opened);
    return true;
  };
  auto result = co_await while_busy<bool>(attempt, give_up);
  if (!result) co_return std::unexpected(result.error());
  co_return Result<void>();
}

Awaitable<Result<AcquireAnswer>> SqliteBackend::acquire(AcquireRequest request, MonoTime give_up) {
  const auto operation = [slot = slot_, claims = claims_,
                          shared = std::make_shared<AcquireRequest>(std::move(request))] {
    return slot->store->acquire(*shared, claims);
  };
  co_return co_await while_busy<AcquireAnswer>(operation, give_up);
}

Awaitable<Result<RenewAnswer>> SqliteBackend::renew(RenewRequest request, MonoTime give_up) {
  const auto operation = [slot = slot_, shared = std::make_shared<RenewRequest>(std::move(request))] {
    return slot->store->renew(*shared);
  };
  co_return co_await while_busy<RenewAnswer>(operation, give_up);
}

Awaitable<Result<ReleaseAnswer>> SqliteBackend::release(ReleaseRequest request, MonoTime give_up) {
  const auto operation = [slot = slot_, shared = std::make_shared<ReleaseRequest>(std::move(request))] {
    return slot->store->release(*shared);
  };
  co_return co_await while_busy<ReleaseAnswer>(operation, give_up);
}

Awaitable<Result<std::vector<Holder>>> SqliteBackend::inspect(LockName name, MonoTime give_up) {
  const auto operation = [slot = slot_, shared = std::make_shared<LockName>(std::move(name))] {
    return slot->store->inspect(*shared);
  };
  co_return co_await while_busy<std::vector<Holder>>(operation, give_up);
}

}  // namespace lockstep
