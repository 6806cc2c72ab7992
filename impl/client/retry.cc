// An indefinite outcome is settled before the next try begins: two leases of one wish would be two holders to the
// store.
#include "impl/client/retry.h"

#include <algorithm>

namespace lockstep {
namespace {

bool final(const Result<Acquisition>& result) {
  if (!result) return result.error().kind == ErrorKind::cancelled || hopeless(result.error());
  return std::holds_alternative<std::shared_ptr<HeldLock>>(*result);
}

Awaitable<Result<Acquisition>> try_again(LockClient& client, LockClient::Wish wish, RetryPolicy policy) {
  const MonoTime last = saturating_add(client.clock().monotonic(), policy.total);
  for (std::uint32_t tries = 1;; ++tries) {
    const AttemptId attempt = client.next_attempt();
    LockClient::Wish asked = wish;
    if (last != MonoTime::max())
      asked.wait_limit = std::min(wish.wait_limit, std::max(last - client.clock().monotonic(), Duration::zero()));
    auto result = co_await client.acquire(attempt, std::move(asked));
    if (final(result) || tries == policy.tries) co_return result;
    const bool settled = co_await client.settled(attempt);
    bool stop = co_await was_cancelled();
    const MonoTime next = saturating_add(client.clock().monotonic(), policy.pause_after(tries, client.random()));
    if (!stop && next > last) co_return result;
    if (!stop) stop = co_await sleep_until(client.clock(), next) == Wake::cancelled;
    if (stop) co_return std::unexpected(LockError{ErrorKind::cancelled, settled, {}});
  }
}

}  // namespace

Duration RetryPolicy::pause_after(std::uint32_t failed, Random& random) const {
  Duration longest = std::min(first, limit);
  for (std::uint32_t i = 1; i < failed && longest < limit; ++i) longest = longest > limit / 2 ? limit : longest * 2;
  return Duration(random.between(0, longest.count()));
}

Awaitable<Result<Acquisition>> acquire_with_retry(LockClient& client, LockClient::Wish wish, RetryPolicy policy) {
  return without_throwing(try_again(client, std::move(wish), policy));
}

}  // namespace lockstep
