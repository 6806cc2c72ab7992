// How tests let things happen: run a context until a condition holds, but no longer than a limit in real time. No
// test sleeps for a time and hopes.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "impl/env/signal.h"

namespace lockstep {

inline constexpr std::chrono::seconds kTestLimit{20};  // for slow machines; a sound test ends long before

// False if the condition did not come to hold within the limit.
template <typename Condition>
bool drive_until(asio::io_context& context, Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + kTestLimit;
  const auto work = asio::make_work_guard(context);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= limit) return false;
    context.restart();
    context.run_one_for(std::chrono::milliseconds(1));
  }
  return true;
}

// A coroutine that has been started, and its result once there is one. Its own exceptions are thrown by result().
template <typename T>
class Started {
 public:
  Started(asio::io_context& context, Awaitable<T> coroutine) : context_(&context) {
    asio::co_spawn(context, std::move(coroutine), [outcome = outcome_](std::exception_ptr error, T value) {
      if (error) {
        outcome->error = error;
      } else {
        outcome->value.emplace(std::move(value));
      }
    });
  }
  bool done() const { return outcome_->value.has_value() || outcome_->error != nullptr; }
  // Runs the context until it is there.
  T& result() {
    if (!drive_until(*context_, [this] { return done(); })) throw std::runtime_error("it never ended");
    if (outcome_->error) std::rethrow_exception(outcome_->error);
    return *outcome_->value;
  }

 private:
  struct Outcome {
    std::optional<T> value;
    std::exception_ptr error;
  };
  asio::io_context* context_;
  std::shared_ptr<Outcome> outcome_ = std::make_shared<Outcome>();
};

template <typename T>
Started<T> start(asio::io_context& context, Awaitable<T> coroutine) {
  return Started<T>(context, std::move(coroutine));
}

inline Awaitable<Wake> as_coroutine(Wait wait) { co_return co_await std::move(wait); }
inline Started<Wake> start(asio::io_context& context, Wait wait) { return start(context, as_coroutine(wait)); }

// Runs one coroutine to its end.
template <typename T>
T await(asio::io_context& context, Awaitable<T> coroutine) {
  return std::move(start(context, std::move(coroutine)).result());
}
inline Wake await(asio::io_context& context, Wait wait) { return await(context, as_coroutine(wait)); }

}  // namespace lockstep
