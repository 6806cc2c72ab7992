// Condition variables, as a line of waiting threads in our own slots: who has waited longest is woken first, and only
// by a signal or at his deadline. The memory of the condition itself is only read. Those that several processes share
// wake all who wait for such a one, which the standard allows.
#include <errno.h>
#include <pthread.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

constexpr unsigned kShared = 1;
constexpr unsigned kMonotonic = 2;
constexpr char kVersion[] = "GLIBC_2.3.2";  // the older one of two has conditions of another size

std::uint64_t key_of(const pthread_cond_t* condition) {
  return (condition->__data.__wrefs & kShared) != 0 ? kSharedKey : reinterpret_cast<std::uint64_t>(condition);
}

clockid_t clock_of(const pthread_cond_t* condition) {
  return (condition->__data.__wrefs & kMonotonic) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

int wait_until(pthread_cond_t* condition, pthread_mutex_t* mutex, const Until& until) {
  Slot& slot = me();
  const auto key = key_of(condition);
  slot.ticket = page->tickets++;
  slot.key = key;
  if (const int error = pthread_mutex_unlock(mutex); error != 0) {
    slot.key = 0;
    return error;
  }
  int error = 0;
  for (;;) {
    const auto seen = slot.kick.load();
    if (slot.key == 0) break;
    if (wait_for_kick(slot, seen, What::condition, until) != ETIMEDOUT) continue;
    auto expected = key;
    error = slot.key.compare_exchange_strong(expected, 0) ? ETIMEDOUT : 0;
    break;
  }
  const int locked = pthread_mutex_lock(mutex);
  return locked != 0 ? locked : error;
}

void wake(pthread_cond_t* condition, bool all) {
  const auto key = key_of(condition);
  while (kick_first(key, true) && (all || key == kSharedKey)) {
  }
}

bool is_instant(const timespec* time) { return time->tv_nsec >= 0 && time->tv_nsec < kSecond; }

}  // namespace

LOCKSTEP_EXPORT int pthread_cond_wait(pthread_cond_t* __restrict condition, pthread_mutex_t* __restrict mutex) {
  const auto real = behind<pthread_cond_wait>("pthread_cond_wait", kVersion);
  return page == nullptr ? real(condition, mutex) : wait_until(condition, mutex, {});
}

LOCKSTEP_EXPORT int pthread_cond_timedwait(pthread_cond_t* __restrict condition, pthread_mutex_t* __restrict mutex,
                                           const timespec* __restrict time) {
  const auto real = behind<pthread_cond_timedwait>("pthread_cond_timedwait", kVersion);
  if (page == nullptr || !is_instant(time)) return real(condition, mutex, time);
  return wait_until(condition, mutex, at(clock_of(condition), time));
}

LOCKSTEP_EXPORT int pthread_cond_clockwait(pthread_cond_t* __restrict condition, pthread_mutex_t* __restrict mutex,
                                           clockid_t clock, const timespec* __restrict time) {
  const auto real = behind<pthread_cond_clockwait>("pthread_cond_clockwait");
  if (page == nullptr || !is_instant(time)) return real(condition, mutex, clock, time);
  return wait_until(condition, mutex, at(clock, time));
}

LOCKSTEP_EXPORT int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  const auto real = behind<pthread_cond_signal>("pthread_cond_signal", kVersion);
  if (page == nullptr) return real(condition);
  wake(condition, false);
  return 0;
}

LOCKSTEP_EXPORT int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  const auto real = behind<pthread_cond_broadcast>("pthread_cond_broadcast", kVersion);
  if (page == nullptr) return real(condition);
  wake(condition, true);
  return 0;
}

}  // namespace lockstep::virtual_time
