// Timers that are descriptors, as Asio uses them: each real one stands still, and the driver lets it run out when
// virtual time has come so far. Copies of the descriptor are the same timer; its entry goes with the one that was
// created.
#include <errno.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

TimerFile* timer_of(int descriptor) {
  const int pid = page != nullptr ? getpid() : 0;
  for (std::uint32_t i = 0; page != nullptr && i < kTimerFiles; ++i) {
    TimerFile& timer = page->timer_files[i];
    if (timer.pid == pid && timer.descriptor == descriptor) return &timer;
  }
  return nullptr;
}

int set_real(int descriptor, std::int64_t nanoseconds) {
  const itimerspec real{{}, as_timespec(nanoseconds)};
  return static_cast<int>(kernel(SYS_timerfd_settime, descriptor, 0, &real, nullptr));
}

itimerspec told(const TimerFile& timer) {
  const auto deadline = timer.deadline.load();
  if (deadline == kNever) return {};
  const auto left = deadline - (timer.by_wall != 0 ? page->wall : page->monotonic);
  return {as_timespec(timer.interval), as_timespec(left > 1 ? left : 1)};
}

}  // namespace

void forget_timer(int descriptor) {
  if (TimerFile* timer = timer_of(descriptor)) timer->pid = 0;
}

LOCKSTEP_EXPORT int timerfd_create(clockid_t clock, int flags) noexcept {
  const int descriptor = static_cast<int>(kernel(SYS_timerfd_create, clock, flags));
  if (page == nullptr || descriptor < 0) return descriptor;
  forget_timer(descriptor);  // one that was closed without our seeing it
  for (TimerFile& timer : page->timer_files) {
    std::int32_t nobody = 0;
    if (!timer.pid.compare_exchange_strong(nobody, kReserved)) continue;
    timer.descriptor = descriptor;
    timer.by_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM ? 1 : 0;
    timer.deadline = kNever;
    timer.pid = getpid();
    return descriptor;
  }
  kernel(SYS_close, descriptor);
  errno = EMFILE;
  return -1;
}

LOCKSTEP_EXPORT int timerfd_settime(int descriptor, int flags, const itimerspec* wanted, itimerspec* before) noexcept {
  TimerFile* timer = timer_of(descriptor);
  if (timer == nullptr) return static_cast<int>(kernel(SYS_timerfd_settime, descriptor, flags, wanted, before));
  if (before != nullptr) *before = told(*timer);
  const auto now = (timer->by_wall != 0 ? page->wall : page->monotonic).load();
  const auto value = in_nanoseconds(wanted->it_value);
  const auto deadline = (flags & TFD_TIMER_ABSTIME) != 0 ? value : value >= kNever - now ? kNever : now + value;
  timer->interval = in_nanoseconds(wanted->it_interval);
  timer->deadline = value == 0 || deadline <= now ? kNever : deadline;
  return set_real(descriptor, value != 0 && deadline <= now ? 1 : 0);  // which also takes back that it ran out
}

LOCKSTEP_EXPORT int timerfd_gettime(int descriptor, itimerspec* into) noexcept {
  TimerFile* timer = timer_of(descriptor);
  if (timer == nullptr) return static_cast<int>(kernel(SYS_timerfd_gettime, descriptor, into));
  *into = told(*timer);
  return 0;
}

}  // namespace lockstep::virtual_time
