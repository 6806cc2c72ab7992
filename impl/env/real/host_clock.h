// The clocks of this machine: CLOCK_BOOTTIME, CLOCK_REALTIME and the kernel's boot id, and timers that fire on an
// io_context. A suspended machine's deadlines pass meanwhile and fire when it resumes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "impl/env/clock.h"

namespace lockstep {

// The readings may be taken from any thread, everything else belongs to the one thread that runs the context.
class RealHostClock final : public Clock {
 public:
  // The context must outlive the clock. Throws std::system_error if the kernel has no such clocks or boot id.
  explicit RealHostClock(boost::asio::io_context& context);
  // Abandons every pending timer. Coroutines that waited are unwound by the context, when it next runs or ends.
  ~RealHostClock() override;

  MonoTime monotonic() const override;
  WallTime wall() const override;
  BootId boot() const override { return boot_; }
  void arm(Timer& timer, MonoTime deadline) override;
  void expedite(Timer& timer) override;
  void disarm(Timer& timer) override;

 private:
  // Expedited timers come first, in the order of being expedited.
  using Key = std::pair<MonoTime, std::uint64_t>;
  static Key key_of(const Timer& timer) { return {timer.hook.deadline, timer.hook.order}; }
  void insert(Timer& timer, Timer::Hook::Place place, MonoTime deadline);
  void remove(Timer& timer);
  void fire_expedited(std::uint64_t order);
  void set_alarm();
  void wait_for_alarm();
  void on_alarm();

  boost::asio::io_context& context_;
  BootId boot_;
  std::map<Key, Timer*> pending_;
  std::uint64_t order_ = 0;
  // One timerfd for the earliest deadline. A disarmed timer leaves it set: it rings once for nothing.
  boost::asio::posix::stream_descriptor alarm_;
  MonoTime alarm_at_ = MonoTime::max();
  bool waiting_ = false;
  bool closing_ = false;
  std::shared_ptr<void> alive_;  // what is posted to the context may come after the clock's end
};

// The text form of /proc/sys/kernel/random/boot_id: 32 hexadecimal digits, with hyphens. Throws
// std::invalid_argument for anything else.
BootId boot_id_of(std::string_view text);

}  // namespace lockstep
