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
  Awaitable<Wake> wait_until(MonoTime deadline) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(Wake)>(Initiate{this, deadline},
                                                                            asio::use_awaitable);
  }
  Awaitable<Wake> wait() { return wait_until(MonoTime::max()); }

 private:
  struct Waiter : Timer {
    explicit Waiter(Signal* s) : signal(s) {}
    void wake(Wake how) {
      outcome = how;
      Signal* s = std::exchange(signal, nullptr);
      s->waiter_ = nullptr;
      s->clock_.expedite(*this);
    }
    Signal* signal;
    Wake outcome = Wake::deadline;
  };

  template <typename Handler>
  struct Operation final : Waiter {
    Operation(Signal* s, Handler&& h) : Waiter(s), handler(std::move(h)) {}
    void fire() override {
      detach();
      Handler taken = std::move(handler);
      const Wake how = outcome;
      destroy();
      std::move(taken)(how);
    }
    void abandon() override {
      detach();
      destroy();
    }
    // Asio's recycled memory: waits are made and ended all the time.
    static Operation* create(Signal* s, Handler&& h) {
      asio::recycling_allocator<Operation> allocator;
      return std::construct_at(allocator.allocate(1), s, std::move(h));
    }
    void destroy() {
      std::destroy_at(this);
      asio::recycling_allocator<Operation>().deallocate(this, 1);
    }
    void detach() {
      if (signal != nullptr) signal->waiter_ = nullptr;
      auto slot = asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.clear();
    }
    using Waiter::outcome;
    using Waiter::signal;
    Handler handler;
  };

  struct Initiate {
    template <typename Handler>
    void operator()(Handler&& handler) const {
      CHECK(signal->waiter_ == nullptr);
      auto slot = asio::get_associated_cancellation_slot(handler);
      auto* operation = Operation<std::decay_t<Handler>>::create(signal, std::move(handler));
      Clock& clock = signal->clock_;
      clock.arm(*operation, deadline);
      signal->waiter_ = operation;
      if (slot.is_connected()) {
        slot.assign([operation](asio::cancellation_type type) {
          if (type != asio::cancellation_type::none && operation->signal != nullptr) {
            operation->wake(Wake::cancelled);
          }
        });
      }
      if (std::exchange(signal->set_, false)) operation->wake(Wake::signalled);
    }
    Signal* signal;
    MonoTime deadline;
  };

  Clock& clock_;
  Waiter* waiter_ = nullptr;
  bool set_ = false;
};

// Returns when monotonic() >= deadline, or early with `cancelled`.
inline Awaitable<Wake> sleep_until(Clock& clock, MonoTime deadline) {
  Signal never(clock);
  co_return co_await never.wait_until(deadline);
}
inline Awaitable<Wake> sleep_for(Clock& clock, Duration duration) {
  return sleep_until(clock, saturating_add(clock.monotonic(), duration));
}

}  // namespace lockstep
