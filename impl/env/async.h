// The coroutine vocabulary: Asio's awaitable on any executor, and how to start one whose failure is not swallowed.
//
// A rule that no compiler checks: an argument of an awaited call is a named variable, moved, never an aggregate built
// in braces or a closure made on the spot. g++ 12 destroys such a temporary twice. And no awaited call stands behind
// && in the condition of a while: g++ 12 makes it whatever the left side says.
//
// Another, of Asio 1.81: a spawned coroutine is not cancelled before it has begun, or Asio throws from the executor;
// and a slot given by bind_cancellation_slot is used after the signal is gone unless the signal outlives the coroutine
// by one turn of the executor. impl/client/cancelled_by.h is safe in both.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace lockstep {

namespace asio = boost::asio;
using Executor = asio::any_io_executor;
template <typename T>
using Awaitable = asio::awaitable<T>;

// Starts a coroutine that nobody waits for. An exception that leaves it is thrown on from the executor: unlike
// asio::detached, which would lose it.
inline void spawn(const Executor& executor, Awaitable<void> coroutine) {
  asio::co_spawn(executor, std::move(coroutine), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
}

// Runs a coroutine that answers a cancellation itself. It still ends early what the coroutine waits for, but is not
// thrown at its next co_await, as Asio does unless told otherwise. Afterwards everything is as it was: the next
// co_await of a caller who was cancelled and has not switched that off throws.
template <typename T>
Awaitable<T> without_throwing(Awaitable<T> coroutine) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::optional<T> value;
  std::exception_ptr error;
  try {
    value.emplace(co_await std::move(coroutine));
  } catch (...) {
    error = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (error) std::rethrow_exception(error);
  co_return std::move(*value);
}

// True once the calling coroutine has been cancelled.
inline Awaitable<bool> was_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace lockstep
