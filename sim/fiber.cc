// Boost.Context fibers with a fixed stack each. SQLite's deepest calls here stay far below it.
#include "sim/fiber.h"

#include <boost/context/fixedsize_stack.hpp>
#include <memory>
#include <utility>

#include "impl/env/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define LOCKSTEP_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKSTEP_ASAN 1
#endif
#endif

#ifdef LOCKSTEP_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace lockstep::sim {
namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

void leaving(void** keep, const void* bottom, std::size_t size) {
#ifdef LOCKSTEP_ASAN
  __sanitizer_start_switch_fiber(keep, bottom, size);
#else
  (void)keep, (void)bottom, (void)size;
#endif
}

void arrived(void* kept, const void** bottom, std::size_t* size) {
#ifdef LOCKSTEP_ASAN
  __sanitizer_finish_switch_fiber(kept, bottom, size);
#else
  (void)kept, (void)bottom, (void)size;
#endif
}

}  // namespace

Fiber::Fiber(std::move_only_function<void()> body) : body_(std::move(body)) {
  boost::context::fixedsize_stack allocator(kStackBytes);
  const auto stack = allocator.allocate();
  inside_size_ = stack.size;
  inside_bottom_ = static_cast<const char*>(stack.sp) - stack.size;
  inside_ =
      boost::context::fiber(std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack), allocator,
                            [this](boost::context::fiber&& caller) { return enter(std::move(caller)); });
}

Fiber::~Fiber() { CHECK(!running_); }

boost::context::fiber Fiber::enter(boost::context::fiber&& caller) {
  arrived(nullptr, &outside_bottom_, &outside_size_);
  outside_ = std::move(caller);
  body_();
  done_ = true;
  leaving(nullptr, outside_bottom_, outside_size_);
  return std::move(outside_);
}

void Fiber::resume() {
  CHECK(!running_ && !done_);
  running_ = true;
  leaving(&fake_stack_outside_, inside_bottom_, inside_size_);
  inside_ = std::move(inside_).resume();
  arrived(fake_stack_outside_, nullptr, nullptr);
  running_ = false;
}

void Fiber::suspend() {
  leaving(&fake_stack_inside_, outside_bottom_, outside_size_);
  outside_ = std::move(outside_).resume();
  arrived(fake_stack_inside_, &outside_bottom_, &outside_size_);
}

}  // namespace lockstep::sim
