// A wait goes on with the same cursor after an answer that was lost, so nothing is missed once it is connected.
#include "properties/zoo/woken_clients.h"

#include <algorithm>

#include "impl/env/signal.h"

namespace lockstep::zoo {
namespace {

constexpr Duration kPatience = std::chrono::seconds(1);
constexpr Duration kPause = std::chrono::milliseconds(50);
constexpr std::uint32_t kOwnNumbers = 1'000'000;  // a try after the first is a request of its own

class Subscription {
 public:
  Subscription(LockBackend& store, Clock& clock, const LockName& name)
      : store_(store), clock_(clock), request_{.space = name.space, .bytes = name.bytes, .cursor = {}} {}

  // The first answer says that it is connected. Nothing: `until` has come, or the caller was cancelled.
  Awaitable<std::optional<WatchAnswer>> listen(MonoTime until) {
    for (;;) {
      const bool stop = co_await was_cancelled();
      const MonoTime now = clock_.monotonic();
      if (stop || now >= until) co_return std::nullopt;
      WatchRequest asked = request_;
      auto answer = co_await store_.watch(std::move(asked), std::min(until, now + kPatience));
      if (answer) {
        request_.cursor = answer->cursor;
        request_.wait = kPatience / 2;
        co_return std::move(*answer);
      }
      co_await sleep_until(clock_, std::min(until, clock_.monotonic() + kPause));
    }
  }

 private:
  LockBackend& store_;
  Clock& clock_;
  WatchRequest request_;
};

bool frees(const LockEvent& event) {
  using Kind = LockEvent::Kind;
  const bool downgraded = event.kind == Kind::renewed && event.mode == Mode::shared;
  return downgraded || event.kind == Kind::released || event.kind == Kind::expired || event.kind == Kind::broken;
}

}  // namespace

bool WaitsForWord::wakes(const WatchAnswer& told) const {
  using Kind = LockEvent::Kind;
  return told.missed || std::ranges::any_of(told.events, [&](const LockEvent& event) {
           if (flaw_ == Flaw::deaf_to_expiry && event.kind == Kind::expired) return false;
           if (flaw_ == Flaw::deaf_to_breaks && event.kind == Kind::broken) return false;
           return frees(event);
         });
}

Awaitable<Result<AcquireAnswer>> WaitsForWord::acquire(AcquireRequest request, MonoTime give_up) {
  const MonoTime until = saturating_add(clock_.monotonic(), std::exchange(request.wait, Duration::zero()));
  Subscription word(*inner_, clock_, request.name);
  if (flaw_ != Flaw::tries_then_subscribes) co_await word.listen(until);
  AcquireRequest first = request;
  auto answer = co_await inner_->acquire(std::move(first), give_up);
  if (flaw_ == Flaw::tries_then_subscribes) co_await word.listen(until);
  while (answer && std::holds_alternative<Refused>(*answer)) {
    const auto told = co_await word.listen(until);
    if (!told) break;
    if (!wakes(*told)) continue;
    request.key.number += kOwnNumbers;
    AcquireRequest again = request;
    answer = co_await inner_->acquire(std::move(again), give_up);
  }
  co_return answer;
}

Awaitable<Result<Acquisition>> tries_once_when_woken(LockClient& library, LockBackend& store, AttemptId attempt,
                                                     LockClient::Wish wish) {
  const Duration limit = std::exchange(wish.wait_limit, Duration::zero());
  if (limit > Duration::zero()) {
    const MonoTime until = saturating_add(library.clock().monotonic(), limit);
    Subscription word(store, library.clock(), wish.name);
    co_await word.listen(until);
    LockName name = wish.name;
    const auto found = co_await store.inspect(std::move(name), until);
    const auto beside = [&](const Holder& holder) { return wish.mode == holder.mode && wish.mode == Mode::shared; };
    bool woken = found && std::ranges::all_of(found->holders, beside);
    while (!woken) {
      const auto told = co_await word.listen(until);
      if (!told) break;
      woken = told->missed || std::ranges::any_of(told->events, frees);
    }
  }
  auto result = co_await library.acquire(attempt, std::move(wish));
  auto* refusal = result ? std::get_if<NotAcquired>(&*result) : nullptr;
  if (refusal != nullptr && refusal->why == NotAcquired::Why::refused && limit > Duration::zero())
    refusal->why = NotAcquired::Why::timed_out;
  co_return result;
}

}  // namespace lockstep::zoo
