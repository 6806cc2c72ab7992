// A std::stop_token as a reason to cancel an awaited operation, from any thread.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <stop_token>

#include "impl/env/async.h"
#include "impl/lock/result.h"

namespace lockstep {

namespace detail {

template <typename T>
Awaitable<Result<T>> cancellable(std::stop_token token, Awaitable<Result<T>> operation) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto signal = std::make_shared<asio::cancellation_signal>();
  const auto emit = [executor, weak = std::weak_ptr(signal)] {
    asio::post(executor, [weak] {
      if (const auto living = weak.lock()) living->emit(asio::cancellation_type::terminal);
    });
  };
  // The caller's own cancellation is passed on: the operation has a slot of its own and would not see it.
  auto state = co_await asio::this_coro::cancellation_state;
  auto slot = state.slot();
  if (slot.is_connected()) slot.assign([signal](asio::cancellation_type type) { signal->emit(type); });
  const std::stop_callback stop(token, emit);
  auto answer = co_await asio::co_spawn(executor, std::move(operation),
                                        asio::bind_cancellation_slot(signal->slot(), asio::use_awaitable));
  if (slot.is_connected()) slot.clear();
  co_return answer;
}

}  // namespace detail

// Gives what `operation` gives. When the token is asked to stop, the operation is cancelled, and one that has not begun
// yet answers `cancelled`, definite, without beginning. An acquisition gives back what it has, see LockClient::acquire.
template <typename T>
Awaitable<Result<T>> cancelled_by(std::stop_token token, Awaitable<Result<T>> operation) {
  if (token.stop_requested()) co_return definite(ErrorKind::cancelled);
  co_return co_await without_throwing(detail::cancellable(std::move(token), std::move(operation)));
}

}  // namespace lockstep
