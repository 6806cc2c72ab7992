// A try whose outcome is unknown is never followed by another try under a new key: the backend repeats the same key
// until the time is up, so an attempt never has two requests in flight.
#include "impl/client/lock_client.h"

#include <algorithm>

namespace lockstep {

LockClient::LockClient(Executor executor, LockBackend& backend, Clock& clock, Random& random, BeliefObserver* observer,
                       Options options)
    : executor_(std::move(executor)),
      backend_(backend),
      clock_(clock),
      random_(random),
      observer_(observer),
      options_(options),
      session_(random.next()) {}

Awaitable<void> LockClient::give_back(ReleaseRequest request, Duration ttl) {
  // After one ttl the lease is over whether or not anybody heard us.
  co_await backend_.release(std::move(request), saturating_add(clock_.monotonic(), ttl));
}

Result<Acquisition> LockClient::accept(const Granted& granted, const AcquireRequest& request, const Wish& wish,
                                       MonoTime sent) {
  const MonoTime now = clock_.monotonic();
  sent = std::max(sent, granted.asked);
  const MonoTime until = options_.belief(sent, now, granted.valid_for, backend_.claims().max_drift_ppb);
  if (until <= now) {
    const RequestKey key{request.key.attempt, request.key.number + 1};
    spawn(executor_, give_back({key, request.name, granted.token}, wish.ttl));
    return NotAcquired{NotAcquired::Why::too_late, {}};
  }
  auto held = std::make_shared<HeldLock>(HeldLock::Terms{.name = wish.name,
                                                         .attempt = request.key.attempt,
                                                         .token = granted.token,
                                                         .ttl = wish.ttl,
                                                         .renew = wish.renew,
                                                         .last_request = request.key.number},
                                         executor_, backend_, clock_, options_.belief, observer_);
  held->start(sent, until);
  return Acquisition(std::move(held));
}

Awaitable<Result<Acquisition>> LockClient::acquire(AttemptId attempt, Wish wish) {
  const MonoTime start = clock_.monotonic();
  const MonoTime last_try = saturating_add(start, wish.wait_limit);
  const MonoTime give_up = saturating_add(last_try, options_.patience);
  AcquireRequest request{{attempt, 1},  wish.name, wish.owner,    wish.mode, wish.permits,
                         wish.capacity, wish.ttl,  wish.metadata, {},        0};
  Duration backoff = options_.first_backoff;
  NotAcquired refusal{wish.wait_limit == Duration::zero() ? NotAcquired::Why::refused : NotAcquired::Why::timed_out,
                      {}};
  for (;;) {
    const MonoTime sent = clock_.monotonic();
    request.wait = last_try > sent ? last_try - sent : Duration::zero();
    Duration pause(random_.between(backoff.count() / 2, backoff.count()));
    auto answer = co_await backend_.acquire(request, give_up);
    if (answer) {
      if (const auto* granted = std::get_if<Granted>(&*answer)) co_return accept(*granted, request, wish, sent);
      if (const auto* queued = std::get_if<Queued>(&*answer)) {
        // The same request keeps the place. The first in the line looks often, so that nobody waits for him.
        if (queued->ahead == 0)
          pause = std::min({pause, options_.look_every, std::max(queued->look_again, Duration(1))});
      } else {
        refusal.holders = std::move(std::get<Refused>(*answer).holders);
        ++request.key.number;
      }
    } else if (!answer.error().definite) {
      spawn(executor_, give_back({{attempt, request.key.number + 1}, wish.name, 0}, wish.ttl));
      if (clock_.monotonic() >= last_try) co_return Acquisition(NotAcquired{NotAcquired::Why::timed_out, {}});
      co_return std::unexpected(answer.error());
    } else if (answer.error().kind == ErrorKind::ended) {
      co_return Acquisition(NotAcquired{NotAcquired::Why::too_late, {}});
    } else if (answer.error().kind != ErrorKind::busy) {
      co_return std::unexpected(answer.error());
    }
    const MonoTime now = clock_.monotonic();
    if (request.wait == Duration::zero()) co_return Acquisition(std::move(refusal));
    if (co_await sleep_until(clock_, std::min(last_try, saturating_add(now, pause))) == Wake::cancelled) {
      spawn(executor_, give_back({{attempt, request.key.number + 1}, wish.name, 0}, wish.ttl));
      co_return definite(ErrorKind::cancelled);
    }
    backoff = std::min(backoff * 2, options_.backoff_limit);
  }
}

}  // namespace lockstep
