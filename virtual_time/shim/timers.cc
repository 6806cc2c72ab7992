// Timers that send SIGALRM: kept in the slot of the first thread of the process; the driver sends the signal.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

Slot& first_thread() {
  const int pid = me().pid;
  for (std::uint32_t i = 0; i < page->used; ++i) {
    Slot& slot = page->slots[i];
    if (slot.pid == pid && slot.tid == pid) return slot;
  }
  return me();
}

timeval as_timeval(std::int64_t nanoseconds) {
  const auto time = as_timespec(nanoseconds);
  return {time.tv_sec, time.tv_nsec / 1000};
}

std::int64_t in_nanoseconds(const timeval& time) { return time.tv_sec * kSecond + time.tv_usec * 1000; }

itimerval told(const Slot& slot) {
  itimerval timer{};
  if (slot.timer == kNever) return timer;
  const auto left = slot.timer - page->monotonic;
  timer.it_value = as_timeval(left > 1000 ? left : 1000);
  timer.it_interval = as_timeval(slot.timer_interval);
  return timer;
}

}  // namespace

LOCKSTEP_EXPORT int getitimer(__itimer_which_t which, itimerval* into) noexcept {
  if (page == nullptr || which != ITIMER_REAL) return static_cast<int>(kernel(SYS_getitimer, which, into));
  *into = told(first_thread());
  return 0;
}

LOCKSTEP_EXPORT int setitimer(__itimer_which_t which, const itimerval* __restrict timer,
                              itimerval* __restrict before) noexcept {
  if (page == nullptr || which != ITIMER_REAL) return static_cast<int>(kernel(SYS_setitimer, which, timer, before));
  Slot& slot = first_thread();
  if (before != nullptr) *before = told(slot);
  if (timer == nullptr) return 0;
  const auto first = in_nanoseconds(timer->it_value);
  slot.timer_interval = in_nanoseconds(timer->it_interval);
  slot.timer = first == 0 ? kNever : page->monotonic + first;
  return 0;
}

LOCKSTEP_EXPORT unsigned alarm(unsigned seconds) noexcept {
  const itimerval timer{{}, {seconds, 0}};
  itimerval before{};
  if (setitimer(ITIMER_REAL, &timer, &before) != 0) return 0;
  return static_cast<unsigned>(before.it_value.tv_sec + (before.it_value.tv_usec > 0 ? 1 : 0));
}

}  // namespace lockstep::virtual_time
