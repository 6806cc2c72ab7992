// What has been acquired stands in guards in the coroutine's frame: there is no way out on which they are forgotten.
#include "impl/client/held_locks.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "impl/client/cancelled_by.h"

namespace lockstep {
namespace {

// A vector destroys its first element first; locks are given back the other way round.
struct Guards {
  std::vector<LockGuard> acquired;
  Guards() = default;
  Guards(const Guards&) = delete;
  ~Guards() {
    while (!acquired.empty()) acquired.pop_back();
  }
};

Awaitable<Result<AcquisitionOfAll>> take_all(Acquire acquire, Clock& clock, std::vector<LockClient::Wish> wishes,
                                             AcquireAllOptions options) {
  const MonoTime last_try = saturating_add(clock.monotonic(), options.wait_limit);
  std::set<LockName> names;
  for (const auto& wish : wishes) {
    if (!names.insert(wish.name).second) co_return definite(ErrorKind::invalid, "a name is wished for twice");
  }
  std::vector<std::size_t> order(wishes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](auto a, auto b) { return options.order(wishes[a].name, wishes[b].name); });
  std::vector<std::size_t> places(wishes.size());
  Guards guards;
  std::stop_source one_is_lost;
  for (const std::size_t index : order) {
    LockClient::Wish wish = wishes[index];
    const MonoTime now = clock.monotonic();
    wish.wait_limit = last_try == MonoTime::max() ? Duration::max() : std::max(last_try - now, Duration::zero());
    auto acquiring = cancelled_by(one_is_lost.get_token(), acquire(std::move(wish)));
    auto result = co_await std::move(acquiring);
    auto* held = result ? std::get_if<std::shared_ptr<HeldLock>>(&*result) : nullptr;
    if (held != nullptr) {
      (*held)->on_loss([one_is_lost](LossReason) mutable { one_is_lost.request_stop(); });
      places[index] = guards.acquired.size();
      guards.acquired.emplace_back(std::move(*held));
    }
    const bool lost = std::ranges::any_of(guards.acquired, [](const LockGuard& guard) { return !guard.valid(); });
    if (lost) {
      NotAcquired refusal{NotAcquired::Why::too_late, {}};
      co_return AcquisitionOfAll(NotAllAcquired{index, std::move(refusal)});
    }
    if (!result) co_return std::unexpected(result.error());
    if (auto* refusal = std::get_if<NotAcquired>(&*result))
      co_return AcquisitionOfAll(NotAllAcquired{index, std::move(*refusal)});
  }
  co_return AcquisitionOfAll(HeldLocks(clock, std::exchange(guards.acquired, {}), std::move(places)));
}

Awaitable<Result<Acquisition>> acquire_one(LockClient& client, LockClient::Wish wish) {
  return client.acquire(client.next_attempt(), std::move(wish));
}

}  // namespace

bool by_storage_key(const LockName& a, const LockName& b) { return storage_key(a) < storage_key(b); }

Awaitable<Result<AcquisitionOfAll>> acquire_all(Acquire acquire, Clock& clock, std::vector<LockClient::Wish> wishes,
                                                AcquireAllOptions options) {
  return without_throwing(take_all(std::move(acquire), clock, std::move(wishes), options));
}

Awaitable<Result<AcquisitionOfAll>> acquire_all(LockClient& client, std::vector<LockClient::Wish> wishes,
                                                AcquireAllOptions options) {
  Acquire acquire = [&client](LockClient::Wish wish) { return acquire_one(client, std::move(wish)); };
  return acquire_all(std::move(acquire), client.clock(), std::move(wishes), options);
}

HeldLocks::HeldLocks(Clock& clock, std::vector<LockGuard> in_order, std::vector<std::size_t> places)
    : ending_(std::make_shared<Ending>(clock)), in_order_(std::move(in_order)), places_(std::move(places)) {
  for (const auto& guard : in_order_) {
    guard->on_loss([weak = std::weak_ptr(ending_)](LossReason reason) {
      const auto ending = weak.lock();
      if (!ending || ending->loss) return;
      ending->loss = reason;
      ending->latch.set();
    });
  }
}

HeldLocks& HeldLocks::operator=(HeldLocks&& other) noexcept {
  if (this != &other) {
    give_back();
    ending_ = std::move(other.ending_);
    in_order_ = std::exchange(other.in_order_, {});
    places_ = std::exchange(other.places_, {});
  }
  return *this;
}

bool HeldLocks::valid() const {
  return !in_order_.empty() && std::ranges::all_of(in_order_, [](const LockGuard& guard) { return guard.valid(); });
}

Duration HeldLocks::valid_for() const {
  if (in_order_.empty()) return Duration::zero();
  Duration least = Duration::max();
  for (const auto& guard : in_order_) least = std::min(least, guard->valid_for());
  return least;
}

void HeldLocks::give_back() {
  if (in_order_.empty()) return;
  while (!in_order_.empty()) in_order_.pop_back();
  ending_->latch.set();
}

Awaitable<Result<void>> HeldLocks::release(MonoTime give_up) {
  if (!in_order_.empty()) ending_->latch.set();
  places_.clear();
  return release_all(std::exchange(in_order_, {}), give_up);
}

Awaitable<Result<void>> HeldLocks::release_all(std::vector<LockGuard> in_order, MonoTime give_up) {
  Guards guards;
  guards.acquired = std::move(in_order);
  Result<void> result;
  while (!guards.acquired.empty()) {
    LockGuard last = std::move(guards.acquired.back());
    guards.acquired.pop_back();
    const auto answer = co_await last.release(give_up);
    if (!answer && result) result = std::unexpected(answer.error());
  }
  co_return result;
}

}  // namespace lockstep
