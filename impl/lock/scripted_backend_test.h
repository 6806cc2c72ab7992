// A store that does nothing by itself: every request waits until the test answers it, so that a test decides what a
// client or a server experiences, and when.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "impl/env/signal.h"
#include "impl/lock/backend.h"

namespace lockstep {

template <typename Request, typename Answer>
struct ScriptedCall {
  ScriptedCall(Clock& clock, Request r, MonoTime g)
      : request(std::move(r)), asked(clock.monotonic()), give_up(g), answered(clock) {}
  Request request;
  MonoTime asked;
  MonoTime give_up;
  std::optional<Result<Answer>> result;
  Signal answered;
};

// The requests of one kind, in the order in which they came.
template <typename Request, typename Answer>
class ScriptedCalls {
 public:
  using Call = ScriptedCall<Request, Answer>;
  Awaitable<Result<Answer>> take(Clock& clock, Request request, MonoTime give_up) {
    auto call = std::make_shared<Call>(clock, std::move(request), give_up);
    calls_.push_back(call);
    if (always_) call->result = *always_;
    if (!call->result) co_await call->answered.wait_until(give_up);
    if (!call->result) co_return indefinite(ErrorKind::unreachable, "the script gave no answer");
    co_return *call->result;
  }
  std::size_t count() const { return calls_.size(); }
  const Call& operator[](std::size_t index) const { return *calls_.at(index); }
  const Call& last() const { return *calls_.at(calls_.size() - 1); }
  // Answers a request that waits, the last one unless told otherwise.
  void answer(Result<Answer> result) { answer(calls_.size() - 1, std::move(result)); }
  void answer(std::size_t index, Result<Answer> result) {
    ASSERT_LT(index, calls_.size()) << "nobody has asked";
    calls_[index]->result = std::move(result);
    calls_[index]->answered.set();
  }
  // Answers everything from now on, at once.
  void always(Result<Answer> result) { always_ = std::move(result); }
  void no_longer() { always_.reset(); }

 private:
  std::vector<std::shared_ptr<Call>> calls_;
  std::optional<Result<Answer>> always_;
};

class ScriptedBackend final : public LockBackend {
 public:
  explicit ScriptedBackend(Clock& clock) : clock_(clock) {}
  const Claims& claims() const override { return claims_; }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override {
    return acquires.take(clock_, std::move(request), give_up);
  }
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override {
    return renewals.take(clock_, std::move(request), give_up);
  }
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override {
    return releases.take(clock_, std::move(request), give_up);
  }
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override {
    return inspections.take(clock_, std::move(name), give_up);
  }
  Awaitable<Result<Listing>> list(ListRequest request, MonoTime give_up) override {
    return listings.take(clock_, std::move(request), give_up);
  }
  Awaitable<Result<BreakAnswer>> break_lock(BreakRequest request, MonoTime give_up) override {
    return breaks.take(clock_, std::move(request), give_up);
  }
  Awaitable<Result<WatchAnswer>> watch(WatchRequest request, MonoTime give_up) override {
    return watches.take(clock_, std::move(request), give_up);
  }

  ScriptedCalls<AcquireRequest, AcquireAnswer> acquires;
  ScriptedCalls<RenewRequest, RenewAnswer> renewals;
  ScriptedCalls<ReleaseRequest, ReleaseAnswer> releases;
  ScriptedCalls<LockName, Inspection> inspections;
  ScriptedCalls<ListRequest, Listing> listings;
  ScriptedCalls<BreakRequest, BreakAnswer> breaks;
  ScriptedCalls<WatchRequest, WatchAnswer> watches;

 private:
  Clock& clock_;
  Claims claims_{.durable = true, .max_drift_ppb = 2'000'000};
};

}  // namespace lockstep
