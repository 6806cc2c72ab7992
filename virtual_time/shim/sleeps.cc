// Sleeping: until the driver has brought virtual time so far, or a signal comes.
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

// 0, or EINTR.
int sleep_until(const Until& until, What what = What::sleep) {
  Slot& slot = me();
  begin_wait(slot);
  for (;;) {
    const auto seen = slot.kick.load();
    const int ended = wait_for_kick(slot, seen, what, until);
    if (ended == ETIMEDOUT) return 0;
    if (ended == EINTR) return EINTR;
  }
}

}  // namespace

LOCKSTEP_EXPORT int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* rest) {
  if (page == nullptr) return kernel(SYS_clock_nanosleep, clock, flags, time, rest) == 0 ? 0 : errno;
  if (time->tv_nsec < 0 || time->tv_nsec >= kSecond || time->tv_sec < 0) return EINVAL;
  if ((flags & TIMER_ABSTIME) != 0) return sleep_until(at(clock, time));
  const auto until = after(time);
  const int ended = sleep_until(until);
  if (ended == EINTR && rest != nullptr) {
    const auto left = until.monotonic - page->monotonic.load();
    *rest = as_timespec(left > 0 ? left : 0);
  }
  return ended;
}

LOCKSTEP_EXPORT int nanosleep(const timespec* time, timespec* rest) {
  if (page == nullptr) return static_cast<int>(kernel(SYS_nanosleep, time, rest));
  const int ended = clock_nanosleep(CLOCK_MONOTONIC, 0, time, rest);
  if (ended == 0) return 0;
  errno = ended;
  return -1;
}

LOCKSTEP_EXPORT int usleep(useconds_t microseconds) {
  const timespec time = as_timespec(std::int64_t{microseconds} * 1000);
  return nanosleep(&time, nullptr);
}

LOCKSTEP_EXPORT unsigned sleep(unsigned seconds) {
  const timespec time{seconds, 0};
  timespec rest{};
  return nanosleep(&time, &rest) == 0 ? 0 : static_cast<unsigned>(rest.tv_sec + (rest.tv_nsec > 0 ? 1 : 0));
}

LOCKSTEP_EXPORT int pause() {
  if (page == nullptr) return static_cast<int>(kernel(SYS_ppoll, nullptr, 0, nullptr, nullptr, 8));
  errno = sleep_until({}, What::signal);
  return -1;
}

// A signal that is waited for interrupts nobody; who sends it kicks all threads of its process.
LOCKSTEP_EXPORT int sigtimedwait(const sigset_t* __restrict set, siginfo_t* __restrict info,
                                 const timespec* __restrict limit) {
  const auto look = [&](const timespec* how) {
    return static_cast<int>(kernel(SYS_rt_sigtimedwait, set, info, how, 8));
  };
  if (page == nullptr) return look(limit);
  constexpr std::uint64_t kSignalKey = 3;
  int signal = -1;
  const int error = wait_for_key(kSignalKey, What::signal, after(limit), true, [&] {
    const timespec none{};
    signal = look(&none);
    return signal > 0 ? 0 : errno == EAGAIN ? EBUSY : errno;
  });
  if (error == 0) return signal;
  errno = error == ETIMEDOUT ? EAGAIN : error;
  return -1;
}

LOCKSTEP_EXPORT int sigwaitinfo(const sigset_t* __restrict set, siginfo_t* __restrict info) {
  return sigtimedwait(set, info, nullptr);
}

LOCKSTEP_EXPORT int sigwait(const sigset_t* __restrict set, int* __restrict signal) {
  for (;;) {
    *signal = sigtimedwait(set, nullptr, nullptr);
    if (*signal > 0) return 0;
    if (errno != EINTR) return errno;
  }
}

LOCKSTEP_EXPORT int sigsuspend(const sigset_t* mask) {
  if (page == nullptr) return static_cast<int>(kernel(SYS_rt_sigsuspend, mask, 8));
  while (wait_for_descriptors(nullptr, 0, {}, What::signal, mask) == 0) {
  }
  return -1;
}

}  // namespace lockstep::virtual_time
