// A std::stop_token as a reason to cancel an awaited operation, from any thread.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <stop_token>
#include <type_traits>

#include "impl/env/async.h"
#include "impl/lock/result.h"

namespace lockstep {

namespace detail {

// What the operation, who waits for it and who may cancel it share.
struct Cancellable {
  asio::cancellation_signal signal;
  bool begun = false;  // before that it must not be cancelled: Asio would throw from its executor
  bool unwanted = false;
  void cancel() {
    unwanted = true;
    if (begun) signal.emit(asio::cancellation_type::terminal);
  }
};

// Passes an operation's end on. Its slot is a member, not given by bind_cancellation_slot: with that one Asio 1.81
// posts the cancellation with a plain pointer into the signal, which may be gone by then.
template <typename T, typename Handler>
struct EndOfCancellable {
  using cancellation_slot_type = asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept { return shared->signal.slot(); }
  void operator()(std::exception_ptr error, Result<T> result) { std::move(handler)(error, std::move(result)); }
  std::shared_ptr<Cancellable> shared;
  Handler handler;
};

template <typename T>
Awaitable<Result<T>> unless_unwanted(std::shared_ptr<Cancellable> shared, Awaitable<Result<T>> operation) {
  shared->begun = true;
  if (shared->unwanted) co_return definite(ErrorKind::cancelled);
  co_return co_await std::move(operation);
}

template <typename T>
Awaitable<Result<T>> cancellable(std::stop_token token, Awaitable<Result<T>> operation) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto shared = std::make_shared<Cancellable>();
  const auto cancel = [executor, weak = std::weak_ptr(shared)] {
    asio::post(executor, [weak] {
      if (const auto living = weak.lock()) living->cancel();
    });
  };
  // The caller's own cancellation is passed on: the operation has a slot of its own and would not see it.
  auto state = co_await asio::this_coro::cancellation_state;
  auto slot = state.slot();
  if (slot.is_connected()) slot.assign([shared](asio::cancellation_type) { shared->cancel(); });
  const std::stop_callback stop(token, cancel);
  const auto initiate = [executor, shared]<typename Handler>(Handler&& handler, Awaitable<Result<T>> begun) {
    using End = EndOfCancellable<T, std::decay_t<Handler>>;
    asio::co_spawn(executor, std::move(begun), End{shared, std::forward<Handler>(handler)});
  };
  auto spawned = asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, Result<T>)>(
      initiate, asio::use_awaitable, unless_unwanted(shared, std::move(operation)));
  auto answer = co_await std::move(spawned);
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
