// A lock as four synchronous functions, made into a LockBackend: the shortest way to have one's own lock judged. They
// are called one at a time, in a blocking lane, so they may wait for files. Readers, semaphores, a line and events are
// left out; whoever has them implements LockBackend itself.
#pragma once

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "impl/env/blocking.h"
#include "impl/lock/attempt_text.h"
#include "impl/lock/backend.h"
#include "impl/lock/rules.h"

namespace lockstep {

// What a function of a SimpleLock throws if it cannot do what it was asked for. Any other exception is a defect of the
// lock, and ends the run that it is thrown in.
struct LockFailed : std::exception {
  explicit LockFailed(LockError e) : error(std::move(e)) {}
  const char* what() const noexcept override { return error.detail.c_str(); }
  LockError error;
};

// `holder` names one attempt to hold the lock and never recurs.
template <typename Lock>
concept SimpleLock = requires(Lock lock, const LockName& name, const std::string& holder, Duration ttl) {
  // The fencing token, or zero if there are none; nothing if somebody else holds it. Whoever holds it already is given
  // the same token and a full ttl from now: he did not hear the first answer.
  { lock.acquire(name, holder, ttl) } -> std::same_as<std::optional<Token>>;
  // A full ttl from now; false if the lease is over or another's.
  { lock.renew(name, holder, ttl) } -> std::same_as<bool>;
  // False if it holds nothing.
  { lock.release(name, holder) } -> std::same_as<bool>;
  { lock.holder(name) } -> std::same_as<std::optional<std::string>>;
};

template <SimpleLock Lock>
class SimpleBackend final : public LockBackend {
 public:
  // Clock and lane must outlive it.
  SimpleBackend(std::shared_ptr<Lock> lock, Claims claims, Clock& clock, BlockingLane& lane)
      : lock_(std::move(lock)), claims_(claims), clock_(clock), lane_(lane) {}

  const Claims& claims() const override { return claims_; }

  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override {
    if (auto refusal = refusal_of(request, claims_)) co_return std::unexpected(*refusal);
    const Duration ttl = request.ttl;
    auto work = [lock = lock_, request = std::move(request)]() -> AcquireAnswer {
      const auto token = lock->acquire(request.name, text_of(request.key.attempt), request.ttl);
      if (token) return Granted{.token = *token, .valid_for = request.ttl};
      Refused refused;
      const auto holder = lock->holder(request.name);
      if (const auto attempt = holder ? attempt_of_text(*holder) : std::nullopt) {
        refused.holders.emplace_back();
        refused.holders.back().name = request.name;
        refused.holders.back().attempt = *attempt;
      }
      return refused;
    };
    co_return co_await in_lane<AcquireAnswer>(std::move(work), give_up);
  }

  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override {
    if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
    if (request.downgrade) co_return definite(ErrorKind::unsupported, "this store has exclusive locks only");
    auto work = [lock = lock_, request = std::move(request)] {
      const bool renewed = lock->renew(request.name, text_of(request.key.attempt), request.ttl);
      return renewed ? RenewAnswer::renewed : RenewAnswer::lost;
    };
    co_return co_await in_lane<RenewAnswer>(std::move(work), give_up);
  }

  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override {
    if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
    auto work = [lock = lock_, request = std::move(request)] {
      const bool released = lock->release(request.name, text_of(request.key.attempt));
      return released ? ReleaseAnswer::released : ReleaseAnswer::not_held;
    };
    co_return co_await in_lane<ReleaseAnswer>(std::move(work), give_up);
  }

  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override {
    if (auto refusal = refusal_of(name)) co_return std::unexpected(*refusal);
    auto work = [lock = lock_, name = std::move(name)] {
      Inspection seen;
      const auto holder = lock->holder(name);
      if (const auto attempt = holder ? attempt_of_text(*holder) : std::nullopt) {
        seen.holders.emplace_back();
        seen.holders.back().name = name;
        seen.holders.back().attempt = *attempt;
      }
      return seen;
    };
    co_return co_await in_lane<Inspection>(std::move(work), give_up);
  }

 private:
  template <typename T, typename Work>
  Awaitable<Result<T>> in_lane(Work work, MonoTime give_up) {
    auto caught = [work = std::move(work)]() mutable -> Result<T> {
      try {
        return T(work());
      } catch (const LockFailed& failed) {
        return std::unexpected(failed.error);
      }
    };
    auto done = co_await blocking(lane_, clock_, std::move(caught), give_up);
    if (!done) co_return indefinite(ErrorKind::unreachable, "it took too long");
    co_return std::move(*done);
  }

  std::shared_ptr<Lock> lock_;
  Claims claims_;
  Clock& clock_;
  BlockingLane& lane_;
};

}  // namespace lockstep
