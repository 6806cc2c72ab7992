// The alarm is a timerfd on CLOCK_BOOTTIME. Asio's own timers count CLOCK_MONOTONIC, which stands still while the
// machine is suspended: a lease lost during suspension would be reported late by as long as it lasted.
#include "impl/env/real/host_clock.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>

#include "impl/env/check.h"

namespace lockstep {
namespace {

using Place = Timer::Hook::Place;

// A deadline before the boot is long past; below it is the place of the expedited.
constexpr MonoTime kEarliest{Duration(1)};
constexpr MonoTime kExpedited = MonoTime::min();

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

Duration read_clock(clockid_t id) {
  timespec now{};
  CHECK(::clock_gettime(id, &now) == 0);
  return std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec);
}

int open_alarm() {
  const int fd = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) fail("timerfd_create");
  return fd;
}

BootId read_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  if (!std::getline(file, text)) fail("/proc/sys/kernel/random/boot_id");
  return boot_id_of(text);
}

std::uint64_t value_of_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint64_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint64_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint64_t>(c - 'A' + 10);
  throw std::invalid_argument("a boot id has hexadecimal digits only");
}

}  // namespace

BootId boot_id_of(std::string_view text) {
  BootId id;
  int digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    id.high = (id.high << 4) | (id.low >> 60);
    id.low = (id.low << 4) | value_of_digit(c);
    ++digits;
  }
  if (digits != 32) throw std::invalid_argument("a boot id has 32 digits");
  return id;
}

RealHostClock::RealHostClock(boost::asio::io_context& context)
    : context_(context), boot_(read_boot_id()), alarm_(context, open_alarm()), alive_(std::make_shared<char>()) {}

RealHostClock::~RealHostClock() {
  closing_ = true;
  // What an abandoned timer destroys may disarm or expedite others, so the map is asked anew each time.
  while (!pending_.empty()) {
    Timer& timer = *pending_.begin()->second;
    remove(timer);
    timer.abandon();
  }
}

MonoTime RealHostClock::monotonic() const { return MonoTime(read_clock(CLOCK_BOOTTIME)); }
WallTime RealHostClock::wall() const { return WallTime(read_clock(CLOCK_REALTIME)); }

void RealHostClock::insert(Timer& timer, Place place, MonoTime deadline) {
  timer.hook.owner = this;
  timer.hook.place = place;
  timer.hook.deadline = deadline;
  timer.hook.order = ++order_;
  pending_.emplace(key_of(timer), &timer);
}

void RealHostClock::remove(Timer& timer) {
  pending_.erase(key_of(timer));
  timer.hook = {};
}

void RealHostClock::arm(Timer& timer, MonoTime deadline) {
  CHECK(timer.hook.place == Place::idle);
  const bool endless = deadline == MonoTime::max();
  insert(timer, endless ? Place::waiting : Place::timed, std::max(deadline, kEarliest));
  if (!endless && !closing_) set_alarm();
}

void RealHostClock::disarm(Timer& timer) {
  if (timer.hook.place != Place::idle) remove(timer);
}

void RealHostClock::expedite(Timer& timer) {
  if (closing_ || timer.hook.place == Place::idle || timer.hook.place == Place::ready) return;
  remove(timer);
  insert(timer, Place::ready, kExpedited);
  boost::asio::post(context_, [this, alive = std::weak_ptr<void>(alive_), order = order_] {
    if (!alive.expired()) fire_expedited(order);
  });
}

void RealHostClock::fire_expedited(std::uint64_t order) {
  const auto found = pending_.find({kExpedited, order});
  if (found == pending_.end()) return;  // disarmed meanwhile
  Timer& timer = *found->second;
  remove(timer);
  timer.fire();
}

// Sets the alarm for the earliest deadline, unless it rings by then anyway.
void RealHostClock::set_alarm() {
  const auto next = pending_.lower_bound({kEarliest, 0});
  if (next == pending_.end() || next->second->hook.place != Place::timed) return;
  const MonoTime deadline = next->first.first;
  if (deadline < alarm_at_) {
    const Duration since_boot = deadline.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    itimerspec when{};
    when.it_value = {seconds.count(), (since_boot - seconds).count()};
    if (::timerfd_settime(alarm_.native_handle(), TFD_TIMER_ABSTIME, &when, nullptr) != 0) {
      fail("timerfd_settime");
    }
    alarm_at_ = deadline;
  }
  wait_for_alarm();
}

void RealHostClock::wait_for_alarm() {
  if (std::exchange(waiting_, true)) return;
  alarm_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                    [this, alive = std::weak_ptr<void>(alive_)](boost::system::error_code) {
                      if (!alive.expired()) on_alarm();
                    });
}

// Due timers fire one by one from the context, so that an exception out of one of them costs no other its turn.
void RealHostClock::on_alarm() {
  waiting_ = false;
  alarm_at_ = MonoTime::max();
  std::uint64_t rings = 0;
  while (::read(alarm_.native_handle(), &rings, sizeof rings) < 0 && errno == EINTR) continue;
  const MonoTime now = monotonic();
  for (auto entry = pending_.begin(); entry != pending_.end() && entry->first.first <= now;) {
    Timer& timer = *(entry++)->second;
    if (timer.hook.place == Place::timed) expedite(timer);
  }
  set_alarm();
}

}  // namespace lockstep
