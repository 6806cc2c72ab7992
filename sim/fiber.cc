// Boost.Context fibers with a fixed stack each. SQLite's deepest calls here stay far below it; a lock of somebody else
// that needs more dies at the page below it, and not later of what it wrote over.
#include "sim/fiber.h"

#include <boost/context/protected_fixedsize_stack.hpp>
#include <utility>
#include <vector>

#include "impl/env/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define LOCKSTEP_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKSTEP_ASAN 1
#endif
#endif

#ifdef LOCKSTEP_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace lockstep::sim {
namespace {

using boost::context::stack_context;

constexpr std::size_t kStackBytes = 256 * 1024;
constexpr std::size_t kMostSpare = 32;

// To make a stack with a page below it that nobody may touch takes some system calls, so they are used again.
class SpareStacks {
 public:
  SpareStacks() = default;
  SpareStacks(const SpareStacks&) = delete;
  SpareStacks& operator=(const SpareStacks&) = delete;
  ~SpareStacks() {
    for (stack_context& stack : spare_) made_by_.deallocate(stack);
  }
  stack_context take() {
    if (spare_.empty()) return made_by_.allocate();
    const stack_context stack = spare_.back();
    spare_.pop_back();
    return stack;
  }
  void give_back(stack_context& stack) {
#ifdef LOCKSTEP_ASAN
    // What a fiber left without returning is not forbidden to the next.
    ASAN_UNPOISON_MEMORY_REGION(static_cast<char*>(stack.sp) - stack.size, stack.size);
#endif
    if (spare_.size() == kMostSpare) return made_by_.deallocate(stack);
    spare_.push_back(stack);
  }

 private:
  boost::context::protected_fixedsize_stack made_by_{kStackBytes};
  std::vector<stack_context> spare_;
};

// What Boost.Context calls a stack allocator: here, of the thread's spare ones.
struct StackAllocator {
  static SpareStacks& spare() {
    thread_local SpareStacks stacks;
    return stacks;
  }
  stack_context allocate() const { return spare().take(); }
  void deallocate(stack_context& stack) const { spare().give_back(stack); }
};

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
  StackAllocator allocator;
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
