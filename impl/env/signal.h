// Signal: "wait for this, but no longer than until then", as one primitive. Sleeping, time limits of requests and
// arriving messages are all built from it, in production and in simulation alike, because racing two operations
// costs several times as much and cancels in subtler ways.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "impl/env/async.h"
#include "impl/env/check.h"
#include "impl/env/clock.h"

namespace lockstep {

enum class Wake : std::uint8_t {
  signalled,
  deadline,
  cancelled,  // by Asio's cancellation, or because the Signal was destroyed
};

class Signal;

// What `co_await signal.wait_until(t)` and `co_await sleep_until(clock, t)` wait on; gives a Wake. An Asio operation
// rather than an Awaitable: it waits in the frame of its caller and costs no coroutine of its own.
class [[nodiscard]] Wait {
 public:
  // Without a signal it sleeps.
  Wait(Clock& clock, Signal* signal, MonoTime deadline) : initiate_{&clock, signal, deadline} {}

  template <asio::completion_token_for<void(Wake)> CompletionToken>
  auto operator()(CompletionToken&& token) const {
    return asio::async_initiate<CompletionToken, void(Wake)>(initiate_, token);
  }

 private:
  friend class Signal;
  struct Waiter : Timer {
    Waiter(Clock& c, Signal* s) : clock(c), signal(s) {}
    inline void wake(Wake how);
    inline void detach();
    Clock& clock;
    Signal* signal;  // null for a sleeper, and once woken
    Wake outcome = Wake::deadline;
    bool woken = false;
  };

  template <typename Handler>
  struct Operation final : Waiter {
    Operation(Clock& c, Signal* s, Handler&& h) : Waiter(c, s), handler(std::move(h)) {}
    void fire() override {
      clear();
      Handler taken = std::move(handler);
      const Wake how = this->outcome;
      destroy();
      std::move(taken)(how);
    }
    void abandon() override {
      clear();
      destroy();
    }
    // Asio's recycled memory: waits are made and ended all the time.
    static Operation* create(Clock& c, Signal* s, Handler&& h) {
      asio::recycling_allocator<Operation> allocator;
      return std::construct_at(allocator.allocate(1), c, s, std::move(h));
    }
    void destroy() {
      std::destroy_at(this);
      asio::recycling_allocator<Operation>().deallocate(this, 1);
    }
    void clear() {
      this->detach();
      auto slot = asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
    }
    Handler handler;
  };

  struct Initiate {
    template <typename Handler>
    void operator()(Handler&& handler) const {
      auto slot = asio::get_associated_cancellation_slot(handler);
      auto* operation = Operation<std::decay_t<Handler>>::create(*clock, signal, std::move(handler));
      if (slot.is_connected()) {
        slot.assign([operation](asio::cancellation_type type) {
          if (type != asio::cancellation_type::none) operation->wake(Wake::cancelled);
        });
      }
      begin(*operation);
    }
    inline void begin(Waiter& waiter) const;
    Clock* clock;
    Signal* signal;
    MonoTime deadline;
  };
  Initiate initiate_;
};

// At most one waiter at a time. set() before a wait is remembered once. Single-threaded, as its executor is.
class Signal {
 public:
  explicit Signal(Clock& clock) : clock_(clock) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() {
    if (waiter_ != nullptr) waiter_->wake(Wake::cancelled);
  }

  // Wakes the waiter through its executor, never from within this call.
  void set() {
    if (waiter_ != nullptr) {
      waiter_->wake(Wake::signalled);
    } else {
      set_ = true;
    }
  }

  // Units: `deadline` is a reading of this process's monotonic clock; MonoTime::max() waits without end.
  Wait wait_until(MonoTime deadline) { return {clock_, this, deadline}; }
  Wait wait() { return wait_until(MonoTime::max()); }

 private:
  friend class Wait;
  Clock& clock_;
  Wait::Waiter* waiter_ = nullptr;
  bool set_ = false;
};

void Wait::Waiter::wake(Wake how) {
  if (std::exchange(woken, true)) return;
  outcome = how;
  detach();
  clock.expedite(*this);
}

void Wait::Waiter::detach() {
  if (signal != nullptr) std::exchange(signal, nullptr)->waiter_ = nullptr;
}

void Wait::Initiate::begin(Waiter& waiter) const {
  clock->arm(waiter, deadline);
  if (signal == nullptr) return;
  CHECK(signal->waiter_ == nullptr);
  signal->waiter_ = &waiter;
  if (std::exchange(signal->set_, false)) waiter.wake(Wake::signalled);
}

// Ends when monotonic() >= deadline, or early with `cancelled`.
inline Wait sleep_until(Clock& clock, MonoTime deadline) { return {clock, nullptr, deadline}; }
inline Wait sleep_for(Clock& clock, Duration duration) {
  return sleep_until(clock, saturating_add(clock.monotonic(), duration));
}

}  // namespace lockstep
