// A stackful coroutine for code that cannot be a coroutine (SQLite): it runs until it suspends, and goes on where it
// was. Tells AddressSanitizer of every switch, without which it would report nonsense.
#pragma once

#include <boost/context/fiber.hpp>
#include <cstddef>
#include <functional>

namespace lockstep::sim {

class Fiber {
 public:
  // `body` must return before the Fiber is destroyed and must let no exception out.
  explicit Fiber(std::move_only_function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs the body until it suspends or returns. Only from outside.
  void resume();
  // Back to the caller of resume(). Only from inside; never while an exception is being handled.
  void suspend();
  bool running() const { return running_; }
  bool done() const { return done_; }

 private:
  boost::context::fiber enter(boost::context::fiber&& caller);

  std::move_only_function<void()> body_;
  boost::context::fiber inside_;
  boost::context::fiber outside_;
  bool running_ = false;
  bool done_ = false;
  // For AddressSanitizer alone: the stacks of both sides.
  void* fake_stack_outside_ = nullptr;
  void* fake_stack_inside_ = nullptr;
  const void* outside_bottom_ = nullptr;
  std::size_t outside_size_ = 0;
  const void* inside_bottom_ = nullptr;
  std::size_t inside_size_ = 0;
};

}  // namespace lockstep::sim
