// A try whose outcome is unknown is never followed by another try under a new key: the backend repeats the same key
// until the time is up, so an attempt never has two requests in flight.
#include "impl/client/lock_client.h"

#include <algorithm>

namespace lockstep {

// One attempt, from its first request to its answer. However that comes about, by return, by exception or because the
// coroutine is destroyed where it waits: what is not settled then is given back.
struct LockClient::Asking {
  Asking(std::shared_ptr<ClientCore> c, AttemptId attempt, Wish w)
      : core(std::move(c)), wish(std::move(w)), request{{attempt, 1}, wish.name,
                                                        wish.owner,   wish.mode,
                                                        wish.permits, wish.capacity,
                                                        wish.ttl,     wish.metadata,
                                                        {},           0} {
    if (core->telemetry != nullptr) {
      start = core->clock.monotonic();
      core->telemetry->acquire_began({wish.name, attempt, start});
    }
  }
  Asking(const Asking&) = delete;
  ~Asking() {
    if (core->closed) return;
    if (!settled) {
      lockstep::give_back(core, {.name = wish.name,
                                 .attempt = request.key.attempt,
                                 .last_request = request.key.number,
                                 .token = token,
                                 .ttl = wish.ttl});
    }
    if (core->telemetry == nullptr) return;
    const MonoTime now = core->clock.monotonic();
    core->telemetry->acquire_ended({wish.name, request.key.attempt, now}, end, now - start);
  }
  void contends() {
    if (!std::exchange(contended, true) && core->telemetry != nullptr)
      core->telemetry->contended({wish.name, request.key.attempt, core->clock.monotonic()});
  }
  // Nothing is held, and nothing that is under way can change that, unless there is a place in the line.
  Result<Acquisition> refused(NotAcquired refusal) {
    using Why = NotAcquired::Why;
    settled = !in_line;
    end = refusal.why == Why::refused ? AcquireEnd::refused : AcquireEnd::timed_out;
    return Acquisition(std::move(refusal));
  }
  Result<Acquisition> too_late() {
    end = AcquireEnd::too_late;
    return Acquisition(NotAcquired{NotAcquired::Why::too_late, {}});
  }
  Result<Acquisition> failed(const LockError& error) {
    if (error.definite) settled = !in_line;
    end = error.kind == ErrorKind::cancelled ? AcquireEnd::cancelled
          : error.definite                   ? AcquireEnd::failed
                                             : AcquireEnd::unknown;
    return std::unexpected(error);
  }

  std::shared_ptr<ClientCore> core;
  Wish wish;
  AcquireRequest request;
  MonoTime start;
  bool settled = true;   // nothing is to be given back
  bool in_line = false;  // the store may keep a place for it
  bool contended = false;
  Token token = 0;  // zero: whatever it may hold
  AcquireEnd end = AcquireEnd::cancelled;
};

LockClient::LockClient(Executor executor, LockBackend& backend, Clock& clock, Random& random, BeliefObserver* observer,
                       Options options)
    : core_(std::make_shared<ClientCore>(
          ClientCore{std::move(executor), backend, clock, options.belief, observer, options.telemetry})),
      random_(random),
      options_(options),
      session_(random.next()) {}

Result<Acquisition> LockClient::accept(Asking& asking, const Granted& granted, MonoTime sent) {
  const MonoTime now = core_->clock.monotonic();
  sent = std::max(sent, granted.asked);
  const MonoTime until = options_.belief(sent, now, granted.valid_for, core_->backend.claims().max_drift_ppb);
  if (until <= now) return asking.too_late();
  asking.settled = true;
  asking.end = AcquireEnd::granted;
  const auto& wish = asking.wish;
  auto held = std::make_shared<HeldLock>(HeldLock::Terms{.name = wish.name,
                                                         .attempt = asking.request.key.attempt,
                                                         .token = granted.token,
                                                         .mode = wish.mode,
                                                         .ttl = wish.ttl,
                                                         .renew = wish.renew,
                                                         .last_request = asking.request.key.number},
                                         core_);
  held->start(sent, until);
  return Acquisition(std::move(held));
}

Awaitable<Result<Acquisition>> LockClient::acquire(AttemptId attempt, Wish wish) {
  return without_throwing(ask(attempt, std::move(wish)));
}

Awaitable<Result<Acquisition>> LockClient::ask(AttemptId attempt, Wish wish) {
  Clock& clock = core_->clock;
  const MonoTime last_try = saturating_add(clock.monotonic(), wish.wait_limit);
  const MonoTime give_up = saturating_add(last_try, options_.patience);
  NotAcquired refusal{wish.wait_limit == Duration::zero() ? NotAcquired::Why::refused : NotAcquired::Why::timed_out,
                      {}};
  Asking asking(core_, attempt, std::move(wish));
  AcquireRequest& request = asking.request;
  Duration backoff = options_.first_backoff;
  const LockError cancelled{ErrorKind::cancelled, true, {}};
  const LockError cancelled_perhaps_granted{ErrorKind::cancelled, false, "it is being given back"};
  bool stop = co_await was_cancelled();
  if (stop) co_return asking.failed(cancelled);
  for (;;) {
    const MonoTime sent = clock.monotonic();
    request.wait = last_try > sent ? last_try - sent : Duration::zero();
    Duration pause(random_.between(backoff.count() / 2, backoff.count()));
    asking.settled = false;
    auto answer = co_await core_->backend.acquire(request, give_up);
    stop = co_await was_cancelled();
    if (answer) {
      if (const auto* granted = std::get_if<Granted>(&*answer)) {
        asking.token = granted->token;
        if (stop) co_return asking.failed(cancelled_perhaps_granted);
        co_return accept(asking, *granted, sent);
      }
      asking.contends();
      const auto* queued = std::get_if<Queued>(&*answer);
      asking.in_line = queued != nullptr;
      if (queued != nullptr) {
        // The same request keeps the place. The first in the line looks often, so that nobody waits for him.
        if (queued->ahead == 0)
          pause = std::min({pause, options_.look_every, std::max(queued->look_again, Duration(1))});
      } else {
        refusal.holders = std::move(std::get<Refused>(*answer).holders);
        ++request.key.number;
      }
    } else if (!answer.error().definite) {
      if (stop) co_return asking.failed(cancelled_perhaps_granted);
      if (clock.monotonic() >= last_try) {
        asking.end = AcquireEnd::timed_out;
        co_return Acquisition(NotAcquired{NotAcquired::Why::timed_out, {}});
      }
      co_return asking.failed(answer.error());
    } else if (answer.error().kind == ErrorKind::ended) {
      asking.settled = true;
      co_return asking.too_late();
    } else if (answer.error().kind != ErrorKind::busy) {
      co_return asking.failed(answer.error());
    }
    const MonoTime now = clock.monotonic();
    if (request.wait == Duration::zero()) co_return asking.refused(std::move(refusal));
    if (!stop) {
      const Wake wake = co_await sleep_until(clock, std::min(last_try, saturating_add(now, pause)));
      stop = wake == Wake::cancelled;
    }
    if (stop) co_return asking.failed(cancelled);
    backoff = std::min(backoff * 2, options_.backoff_limit);
  }
}

Awaitable<bool> LockClient::settled(AttemptId attempt) {
  const auto found = core_->giving_back.find(attempt);
  if (found == core_->giving_back.end()) co_return true;
  const auto over = found->second;
  co_return co_await over->wait() != Wake::cancelled;
}

}  // namespace lockstep
