// Waiting for another writer doubles from half a millisecond to 16, with jitter: many processes must not march in
// step. A busy answer is definite, so asking again is safe.
#include "impl/backends/lane_backend.h"

#include <algorithm>

#include "impl/env/signal.h"
#include "impl/lock/rules.h"

namespace lockstep {
namespace {
constexpr Duration kFirstWait = std::chrono::microseconds(500);
constexpr Duration kLongestWait = std::chrono::milliseconds(16);
}  // namespace

LaneBackend::LaneBackend(Claims claims, Opener opener, Clock& clock, Random& random, BlockingLane& lane)
    : claims_(claims), opener_(std::move(opener)), clock_(clock), random_(random), lane_(lane) {}

// `operation` is called again after each busy answer; it must own what it uses, since it may outlive this call.
template <typename T, typename F>
Awaitable<Result<T>> LaneBackend::while_busy(F operation, MonoTime give_up) {
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

Awaitable<Result<void>> LaneBackend::open(MonoTime give_up) {
  const auto attempt = [opener = opener_, slot = slot_]() -> Result<bool> {
    auto opened = opener();
    if (!opened) return std::unexpected(opened.error());
    slot->store = std::move(*opened);
    return true;
  };
  auto result = co_await while_busy<bool>(attempt, give_up);
  if (!result) co_return std::unexpected(result.error());
  co_return Result<void>();
}

template <typename T, typename Request>
Awaitable<Result<T>> LaneBackend::call(Result<T> (BlockingStore::*operation)(const Request&), Request request,
                                       MonoTime give_up) {
  const auto work = [slot = slot_, operation, shared = std::make_shared<Request>(std::move(request))] {
    return ((*slot->store).*operation)(*shared);
  };
  return while_busy<T>(work, give_up);
}

Awaitable<Result<AcquireAnswer>> LaneBackend::acquire(AcquireRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request, claims_)) co_return std::unexpected(*refusal);
  auto answer = co_await call(&BlockingStore::acquire, std::move(request), give_up);
  watchers_.wake();
  co_return answer;
}

Awaitable<Result<RenewAnswer>> LaneBackend::renew(RenewRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  auto answer = co_await call(&BlockingStore::renew, std::move(request), give_up);
  watchers_.wake();
  co_return answer;
}

Awaitable<Result<ReleaseAnswer>> LaneBackend::release(ReleaseRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  auto answer = co_await call(&BlockingStore::release, std::move(request), give_up);
  watchers_.wake();
  co_return answer;
}

Awaitable<Result<BreakAnswer>> LaneBackend::break_lock(BreakRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  auto answer = co_await call(&BlockingStore::break_lock, std::move(request), give_up);
  watchers_.wake();
  co_return answer;
}

Awaitable<Result<Inspection>> LaneBackend::inspect(LockName name, MonoTime give_up) {
  if (auto refusal = refusal_of(name)) co_return std::unexpected(*refusal);
  co_return co_await call(&BlockingStore::inspect, std::move(name), give_up);
}

Awaitable<Result<Listing>> LaneBackend::list(ListRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  co_return co_await call(&BlockingStore::list, std::move(request), give_up);
}

Awaitable<Result<WatchAnswer>> LaneBackend::watch(WatchRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  const MonoTime until = std::min(give_up, saturating_add(clock_.monotonic(), request.wait));
  for (;;) {
    WatchRequest asked = request;
    auto answer = co_await call(&BlockingStore::watch, std::move(asked), give_up);
    const bool nothing = answer && answer->events.empty() && !answer->missed && !request.cursor.empty();
    const MonoTime now = clock_.monotonic();
    if (!nothing || now >= until) co_return answer;
    const Wake wake = co_await watchers_.wait(clock_, std::min(until, now + kWatchEvery));
    if (wake == Wake::cancelled) co_return definite(ErrorKind::cancelled);
  }
}

}  // namespace lockstep
