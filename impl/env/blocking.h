// The seam for blocking work: ordinary synchronous code (SQLite, files) beside coroutines. A lane runs one piece of
// work at a time, in the order of submission: on a thread in production, on a fiber in simulation.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "impl/env/async.h"

namespace lockstep {

class BlockingLane {
 public:
  using Work = std::move_only_function<void()>;
  virtual ~BlockingLane() = default;
  // Runs `work` off the coroutines, then `done` on the process's executor. Work must not throw. If the process
  // ends first, work still pending is destroyed unrun, and `done` is destroyed in any case.
  virtual void submit(Work work, Work done) = 0;
};

namespace detail {

template <typename F>
struct BlockingCall {
  using Value = std::invoke_result_t<F&>;
  using Stored = std::conditional_t<std::is_void_v<Value>, bool, Value>;
  explicit BlockingCall(F&& f) : function(std::move(f)) {}
  void run() noexcept {
    try {
      if constexpr (std::is_void_v<Value>) {
        function();
        value.emplace(true);
      } else {
        value.emplace(function());
      }
    } catch (...) {
      error = std::current_exception();
    }
  }
  F function;
  std::optional<Stored> value;
  std::exception_ptr error;
};

// Not a coroutine, so that the closures are not temporaries of an awaited expression (see async.h).
template <typename Call>
Awaitable<void> submit(BlockingLane& lane, std::shared_ptr<Call> call) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      [&lane, call](auto handler) {
        auto kept = std::make_unique<decltype(handler)>(std::move(handler));
        lane.submit([call] { call->run(); },
                    [kept = std::move(kept)]() mutable {
                      auto taken = std::move(*kept);
                      kept.reset();
                      std::move(taken)();
                    });
      },
      asio::use_awaitable);
}

}  // namespace detail

// Runs f in the lane and returns what it returns, or throws what it throws.
template <typename F>
Awaitable<std::invoke_result_t<F&>> blocking(BlockingLane& lane, F f) {
  auto call = std::make_shared<detail::BlockingCall<F>>(std::move(f));
  co_await detail::submit(lane, call);
  if (call->error) std::rethrow_exception(call->error);
  if constexpr (!std::is_void_v<std::invoke_result_t<F&>>) co_return std::move(*call->value);
}

}  // namespace lockstep
