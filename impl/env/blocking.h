// The seam for blocking work: ordinary synchronous code (SQLite, files) beside coroutines. A lane runs one piece of
// work at a time, in the order of submission: on a thread in production, on a fiber in simulation.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "impl/env/signal.h"

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
  BlockingCall(Clock& clock, F&& f) : function(std::move(f)), finished(clock) {}
  void run() noexcept {
    try {
      value.emplace(function());
    } catch (...) {
      error = std::current_exception();
    }
  }
  F function;
  std::optional<Value> value;
  std::exception_ptr error;
  Signal finished;  // set on the executor
};

}  // namespace detail

// Runs f in the lane and returns what it returns, or throws what it throws; nothing if it has not come back by
// `deadline` (or the wait was cancelled). It then goes on by itself and its value is lost: f must own, or share in,
// everything that it uses.
template <typename F>
Awaitable<std::optional<std::invoke_result_t<F&>>> blocking(BlockingLane& lane, Clock& clock, F f,
                                                            MonoTime deadline = MonoTime::max()) {
  auto call = std::make_shared<detail::BlockingCall<F>>(clock, std::move(f));
  lane.submit([call] { call->run(); }, [call] { call->finished.set(); });
  if (co_await call->finished.wait_until(deadline) != Wake::signalled) co_return std::nullopt;
  if (call->error) std::rethrow_exception(call->error);
  co_return std::move(call->value);
}

}  // namespace lockstep
