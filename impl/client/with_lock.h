// A piece of work under a lock: acquired before it, released after it, however it ends.
#pragma once

#include <algorithm>
#include <type_traits>
#include <variant>

#include "impl/client/lock_client.h"
#include "impl/client/lock_guard.h"

namespace lockstep {

// The longest time that with_lock waits for its release to be answered; asking then goes on in the background.
inline constexpr Duration kReleasePatience = std::chrono::seconds(5);

// What the work gave, and whether it can be trusted.
template <typename T>
struct Done {
  T value;
  // The lock was lost before the work ended: somebody else may have held it meanwhile. A resource that compares tokens
  // has refused what came too late; any other may have to be put right.
  std::optional<LossReason> lost;
};
template <typename T>
using UnderLock = std::variant<NotAcquired, Done<T>>;

namespace detail {

template <typename T>
struct WorkOf;
template <typename T>
struct WorkOf<Awaitable<T>> {
  using Value = T;
  static Awaitable<Value> run(Awaitable<T> work) { return work; }
};
template <>
struct WorkOf<Awaitable<void>> {
  using Value = std::monostate;
  static Awaitable<Value> run(Awaitable<void> work) {
    co_await std::move(work);
    co_return std::monostate();
  }
};
template <typename F>
using Work = WorkOf<std::invoke_result_t<F&, HeldLock&>>;

}  // namespace detail

// Acquires as `wish` says, awaits f(held), a coroutine, and releases. The result of f passes through (std::monostate
// for void), and so does an exception of f, after the release. f is told of a loss by the handle: it should look at
// held.valid() before each step and send held.token() with each write. If it is cancelled, so is what it waits for, and
// the lock is released all the same.
// Errors: those of LockClient::acquire; f has not been called then, and neither if the lock was not acquired.
template <typename F>
Awaitable<Result<UnderLock<typename detail::Work<F>::Value>>> with_lock(LockClient& client, LockClient::Wish wish,
                                                                        F f) {
  using Value = typename detail::Work<F>::Value;
  auto acquired = co_await client.acquire(client.next_attempt(), std::move(wish));
  if (!acquired) co_return std::unexpected(acquired.error());
  if (auto* refusal = std::get_if<NotAcquired>(&*acquired)) co_return UnderLock<Value>(std::move(*refusal));
  const auto held = std::get<std::shared_ptr<HeldLock>>(*acquired);
  LockGuard guard(held);
  std::optional<Value> value;
  std::exception_ptr error;
  try {
    auto work = detail::Work<F>::run(f(*held));
    value.emplace(co_await std::move(work));
  } catch (...) {
    error = std::current_exception();
  }
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  const Duration patience = std::min(held->ttl(), kReleasePatience);
  co_await guard.release(saturating_add(client.clock().monotonic(), patience));
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (error) std::rethrow_exception(error);
  co_return UnderLock<Value>(Done<Value>{std::move(*value), held->loss()});
}

}  // namespace lockstep
