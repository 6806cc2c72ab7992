// A clock for tests that moves only when told to, so that no test waits for a lease to end.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <utility>

#include "impl/env/check.h"
#include "impl/env/clock.h"

namespace lockstep {

// Timers fire on the context. Readings may be taken from any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(boost::asio::io_context& context) : context_(context) {}
  ~ManualClock() override {
    closing_ = true;
    while (!pending_.empty()) {
      Timer& timer = *pending_.begin()->second;
      remove(timer);
      timer.abandon();
    }
  }

  // Lets everything happen that happens meanwhile, each at its time, and whatever is ready at the end.
  void pass(Duration duration) {
    const MonoTime end = monotonic() + duration;
    for (;;) {
      context_.restart();
      context_.poll();
      const auto first = pending_.lower_bound({MonoTime::min() + Duration(1), 0});
      if (first == pending_.end() || first->first.first > end) break;
      set(std::max(first->first.first, monotonic()));
      expedite(*first->second);
    }
    set(end);
  }
  // Moves to the next deadline only, and lets happen what is due then.
  void pass_to_next() {
    pass({});
    const auto first = pending_.lower_bound({MonoTime::min() + Duration(1), 0});
    if (first != pending_.end() && first->first.first != MonoTime::max()) pass(first->first.first - monotonic());
  }
  // Moves without anybody's noticing: for readings that are taken without waiting.
  void jump(Duration duration) { set(monotonic() + duration); }
  // Another boot of the host, or another host. The clock begins anew.
  void reboot() {
    ++boot_;
    set(kFirst);
  }
  void step_wall(Duration duration) { wall_ += duration.count(); }
  std::size_t pending() const { return pending_.size(); }

  MonoTime monotonic() const override { return MonoTime(Duration(now_.load())); }
  WallTime wall() const override { return WallTime(Duration(wall_.load())); }
  BootId boot() const override { return {0xb007, boot_.load()}; }
  void arm(Timer& timer, MonoTime deadline) override {
    CHECK(timer.hook.place == Timer::Hook::Place::idle);
    insert(timer, Timer::Hook::Place::timed, std::max(deadline, MonoTime{}));
    if (!closing_ && timer.hook.deadline <= monotonic()) expedite(timer);
  }
  void expedite(Timer& timer) override {
    if (closing_ || timer.hook.place != Timer::Hook::Place::timed) return;
    remove(timer);
    insert(timer, Timer::Hook::Place::ready, MonoTime::min());
    boost::asio::post(context_, [this, alive = std::weak_ptr<void>(alive_), order = order_] {
      if (alive.expired()) return;
      const auto found = pending_.find({MonoTime::min(), order});
      if (found == pending_.end()) return;
      Timer& due = *found->second;
      remove(due);
      due.fire();
    });
  }
  void disarm(Timer& timer) override {
    if (timer.hook.place != Timer::Hook::Place::idle) remove(timer);
  }

 private:
  static constexpr MonoTime kFirst{std::chrono::hours(1)};
  using Key = std::pair<MonoTime, std::uint64_t>;
  void set(MonoTime now) { now_ = now.time_since_epoch().count(); }
  void insert(Timer& timer, Timer::Hook::Place place, MonoTime deadline) {
    timer.hook.place = place;
    timer.hook.deadline = deadline;
    timer.hook.order = ++order_;
    pending_.emplace(Key{deadline, timer.hook.order}, &timer);
  }
  void remove(Timer& timer) {
    pending_.erase({timer.hook.deadline, timer.hook.order});
    timer.hook = {};
  }

  boost::asio::io_context& context_;
  std::atomic<std::int64_t> now_{kFirst.time_since_epoch().count()};
  std::atomic<std::int64_t> wall_{1'700'000'000'000'000'000};
  std::atomic<std::uint64_t> boot_{1};
  std::map<Key, Timer*> pending_;
  std::uint64_t order_ = 0;
  bool closing_ = false;
  std::shared_ptr<void> alive_ = std::make_shared<char>();
};

}  // namespace lockstep
