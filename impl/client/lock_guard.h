// Owning a held lock for as long as a scope: whoever leaves it, by whatever way, gives the lock back.
#pragma once

#include <memory>
#include <utility>

#include "impl/client/held_lock.h"

namespace lockstep {

// Move-only; empty once it has been released, detached or moved from. Its destructor asks nothing of the store from
// within: the release is posted to the client's executor, repeated until the store answers or one ttl has passed, and
// not sent at all once the client is gone. In a process that dies the lease runs out by itself.
class [[nodiscard]] LockGuard {
 public:
  LockGuard() = default;
  explicit LockGuard(std::shared_ptr<HeldLock> held) : held_(std::move(held)) {}
  LockGuard(LockGuard&& other) noexcept : held_(std::move(other.held_)) {}
  // Gives back what it had.
  LockGuard& operator=(LockGuard&& other) noexcept {
    if (this != &other) {
      give_back();
      held_ = std::move(other.held_);
    }
    return *this;
  }
  ~LockGuard() { give_back(); }

  explicit operator bool() const { return held_ != nullptr; }
  // True while the lease may be treated as held.
  bool valid() const { return held_ != nullptr && held_->valid(); }
  // Zero, which no resource accepts, if it is empty.
  Token token() const { return held_ == nullptr ? 0 : held_->token(); }
  // Require: not empty.
  HeldLock& operator*() const { return *held_; }
  HeldLock* operator->() const { return held_.get(); }

  // Gives the lock back and leaves the guard empty. If the store has not answered by `give_up`, or the caller is
  // cancelled meanwhile, asking goes on in the background. An empty guard has nothing to release: not held.
  Awaitable<Result<ReleaseAnswer>> release(MonoTime give_up) {
    return release(LockGuard(std::exchange(held_, nullptr)), give_up);
  }
  // Gives the lock back without waiting, as the destructor does.
  void give_back() {
    if (const auto held = std::exchange(held_, nullptr)) held->give_back();
  }
  // Hands the lock over: who takes it has to release it, and lets it run out by dropping it.
  [[nodiscard]] std::shared_ptr<HeldLock> detach() { return std::exchange(held_, nullptr); }

 private:
  static Awaitable<Result<ReleaseAnswer>> release(LockGuard guard, MonoTime give_up) {
    if (!guard) co_return ReleaseAnswer::not_held;
    auto answer = co_await guard->release(give_up);
    if (answer) guard.held_.reset();
    co_return answer;
  }
  std::shared_ptr<HeldLock> held_;
};

}  // namespace lockstep
