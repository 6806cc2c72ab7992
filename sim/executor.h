// An Asio executor on virtual time: work posted to it becomes ready in the scheduler, in the name of one incarnation
// of a process, so that a pause holds it back and a crash destroys it. Satisfies what any_io_executor asks for.
#pragma once

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <type_traits>
#include <utility>

#include "impl/env/async.h"
#include "sim/scheduler.h"

namespace lockstep::sim {

// What an executor needs of its incarnation.
class ExecutorTarget : public Owner {
 public:
  ExecutorTarget(asio::execution_context& c, Scheduler& s) : context_(c), scheduler_(s) {}
  asio::execution_context& context() const { return context_; }
  // Queues a function; in a dying incarnation it is destroyed unrun.
  void post(Timer& function) { scheduler_.soon(function, this); }

 protected:
  ~ExecutorTarget() = default;
  asio::execution_context& context_;
  Scheduler& scheduler_;
};

template <typename F>
class PostedFunction final : public Timer {
 public:
  explicit PostedFunction(F&& f) : function_(std::move(f)) {}
  void fire() override {
    F taken = std::move(function_);
    delete this;
    std::move(taken)();
  }
  void abandon() override { delete this; }

 private:
  F function_;
};

class SimExecutor {
 public:
  explicit SimExecutor(ExecutorTarget& target) : target_(&target) {}

  asio::execution_context& query(asio::execution::context_t) const noexcept { return target_->context(); }
  static constexpr asio::execution::mapping_t query(asio::execution::mapping_t) noexcept {
    return asio::execution::mapping.thread;
  }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  asio::execution::relationship_t query(asio::execution::relationship_t) const noexcept {
    return continuation_ ? asio::execution::relationship_t(asio::execution::relationship.continuation)
                         : asio::execution::relationship_t(asio::execution::relationship.fork);
  }
  asio::execution::outstanding_work_t query(asio::execution::outstanding_work_t) const noexcept {
    return tracked_ ? asio::execution::outstanding_work_t(asio::execution::outstanding_work.tracked)
                    : asio::execution::outstanding_work_t(asio::execution::outstanding_work.untracked);
  }
  SimExecutor require(asio::execution::blocking_t::never_t) const noexcept { return *this; }
  SimExecutor require(asio::execution::relationship_t::fork_t) const noexcept { return with(false, tracked_); }
  SimExecutor require(asio::execution::relationship_t::continuation_t) const noexcept { return with(true, tracked_); }
  SimExecutor require(asio::execution::outstanding_work_t::tracked_t) const noexcept {
    return with(continuation_, true);
  }
  SimExecutor require(asio::execution::outstanding_work_t::untracked_t) const noexcept {
    return with(continuation_, false);
  }

  template <typename F>
  void execute(F&& f) const {
    target_->post(*new PostedFunction<std::decay_t<F>>(std::decay_t<F>(std::forward<F>(f))));
  }

  friend bool operator==(const SimExecutor& a, const SimExecutor& b) noexcept { return a.target_ == b.target_; }
  friend bool operator!=(const SimExecutor& a, const SimExecutor& b) noexcept { return !(a == b); }

 private:
  SimExecutor with(bool continuation, bool tracked) const noexcept {
    SimExecutor other = *this;
    other.continuation_ = continuation;
    other.tracked_ = tracked;
    return other;
  }
  ExecutorTarget* target_;
  bool continuation_ = false;
  bool tracked_ = false;
};

}  // namespace lockstep::sim
