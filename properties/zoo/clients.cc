// Each as small as its mechanism.
#include "properties/zoo/clients.h"

#include <algorithm>

#include "impl/env/signal.h"

namespace lockstep::zoo {

Awaitable<void> ZombieRenewal::renew_for_ever(RenewRequest request) {
  for (;;) {
    co_await sleep_for(clock_, request.ttl / 3);
    ++request.key.number;
    RenewRequest again = request;
    const MonoTime give_up = clock_.monotonic() + request.ttl / 3;
    co_await inner_->renew(std::move(again), give_up);
  }
}

Awaitable<Result<AcquireAnswer>> ZombieRenewal::acquire(AcquireRequest request, MonoTime give_up) {
  RenewRequest renewal{{request.key.attempt, request.key.number + 1000}, request.name, 0, request.ttl};
  auto answer = co_await inner_->acquire(std::move(request), give_up);
  if (!answer && !answer.error().definite) spawn(executor_, renew_for_ever(std::move(renewal)));
  co_return answer;
}

Awaitable<Result<ReleaseAnswer>> ZombieRenewal::release(ReleaseRequest request, MonoTime give_up) {
  if (request.token == 0) co_return ReleaseAnswer::not_held;  // gives nothing back either
  co_return co_await inner_->release(std::move(request), give_up);
}

Awaitable<Result<AcquireAnswer>> IgnoredLimit::acquire(AcquireRequest request, MonoTime) {
  return inner_->acquire(std::move(request), MonoTime::max());
}

// The store deletes whatever lease there is (StaleRelease): that it is one's own has been looked at before.
Awaitable<Result<ReleaseAnswer>> ComparedThenDeleted::release(ReleaseRequest request, MonoTime give_up) {
  const auto found = co_await inner_->inspect(request.name, give_up);
  if (!found) co_return std::unexpected(found.error());
  const bool own =
      std::ranges::any_of(found->holders, [&](const Holder& holder) { return holder.attempt == request.key.attempt; });
  if (!own) co_return ReleaseAnswer::not_held;
  co_return co_await inner_->release(std::move(request), give_up);
}

Awaitable<Result<AcquireAnswer>> TakesNoForYes::acquire(AcquireRequest request, MonoTime give_up) {
  const Duration ttl = request.ttl;
  auto answer = co_await inner_->acquire(std::move(request), give_up);
  const auto* refused = answer ? std::get_if<Refused>(&*answer) : nullptr;
  if (refused == nullptr || refused->holders.empty()) co_return answer;
  co_return AcquireAnswer(Granted{refused->holders.front().token, ttl});
}

Awaitable<Result<RenewAnswer>> OneKeyForRenewals::renew(RenewRequest request, MonoTime give_up) {
  request.key.number = 1'000'000;
  return inner_->renew(std::move(request), give_up);
}

Awaitable<Result<RenewAnswer>> StopsRenewing::renew(RenewRequest request, MonoTime give_up) {
  const AttemptId attempt = request.key.attempt;
  if (stopped_.contains(attempt)) co_return indefinite(ErrorKind::unreachable);
  auto answer = co_await inner_->renew(std::move(request), give_up);
  if (!answer) stopped_.insert(attempt);
  co_return answer;
}

Awaitable<Result<RenewAnswer>> UnheardLoss::renew(RenewRequest request, MonoTime give_up) {
  auto answer = co_await inner_->renew(std::move(request), give_up);
  if (answer) co_return RenewAnswer::renewed;
  co_return answer;
}

MonoTime believe_from_the_answer(MonoTime, MonoTime answered, Duration valid_for, std::int64_t) {
  return answered + valid_for;
}

MonoTime believe_until_told(MonoTime sent, MonoTime, Duration, std::int64_t) { return sent + std::chrono::hours(1); }

Awaitable<void> released_under_the_handle(std::shared_ptr<HeldLock> held, LockBackend& store, MonoTime give_up) {
  ReleaseRequest request{{held->attempt(), 1'000'000}, held->name(), held->token()};
  const auto answer = co_await store.release(std::move(request), give_up);
  const Duration longer = held->valid_for() + Duration(1);
  if (answer && *answer == ReleaseAnswer::released) co_await held->renew_to(longer, give_up);
  co_await held->release(give_up);
}

// Equal for all: a stable sort leaves the wishes as they are.
bool in_the_order_of_asking(const LockName&, const LockName&) { return false; }

namespace {

Awaitable<void> keep(std::shared_ptr<HeldLock> held) {
  while (held->valid()) co_await held->ended().wait();
}

}  // namespace

Awaitable<Result<AcquisitionOfAll>> acquire_all_or_keep_some(Acquire acquire, Clock& clock,
                                                             std::vector<LockClient::Wish> wishes,
                                                             AcquireAllOptions options) {
  std::vector<std::size_t> places(wishes.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  std::vector<std::size_t> order = places;
  std::ranges::stable_sort(order, [&](auto a, auto b) { return options.order(wishes[a].name, wishes[b].name); });
  const MonoTime last_try = saturating_add(clock.monotonic(), options.wait_limit);
  std::vector<std::shared_ptr<HeldLock>> got;
  for (const std::size_t index : order) {
    LockClient::Wish wish = wishes[index];
    wish.wait_limit = std::max(last_try - clock.monotonic(), Duration::zero());
    auto result = co_await acquire(std::move(wish));
    if (!result) co_return std::unexpected(result.error());
    auto* held = std::get_if<std::shared_ptr<HeldLock>>(&*result);
    if (held == nullptr) {
      NotAcquired refusal = std::get<NotAcquired>(std::move(*result));
      co_return AcquisitionOfAll(NotAllAcquired{index, std::move(refusal)});
    }
    places[index] = got.size();
    spawn(co_await asio::this_coro::executor, keep(*held));
    got.push_back(std::move(*held));
  }
  std::vector<LockGuard> guards;
  for (auto& held : got) guards.emplace_back(std::move(held));
  co_return AcquisitionOfAll(HeldLocks(clock, std::move(guards), std::move(places)));
}

}  // namespace lockstep::zoo
