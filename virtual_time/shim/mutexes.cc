// Mutexes and semaphores: taken as ever if they are free. Who has to wait for one does it where the driver can see it,
// for the holder may be asleep in virtual time.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

constexpr int kSharedMutex = 128;
std::atomic<int> waiting_for_mutexes{0};

std::uint64_t key_of(const pthread_mutex_t* mutex) {
  return (mutex->__data.__kind & kSharedMutex) != 0 ? kSharedKey : reinterpret_cast<std::uint64_t>(mutex);
}

int try_lock(pthread_mutex_t* mutex) {
  const auto real = behind<pthread_mutex_trylock>("pthread_mutex_trylock");
  return real(mutex);
}

bool is_own(const pthread_mutex_t* mutex) {
  return (mutex->__data.__kind & 3) == PTHREAD_MUTEX_ERRORCHECK && mutex->__data.__owner == me().tid;
}

int lock_until(pthread_mutex_t* mutex, const Until& until) {
  ++waiting_for_mutexes;
  const int error = wait_for_key(key_of(mutex), What::mutex, until, false, [&] { return try_lock(mutex); });
  --waiting_for_mutexes;
  return error;
}

// As glibc lays a semaphore out where a word has 64 bits.
struct Semaphore {
  std::uint64_t value_and_waiters;
  int shared;
};

std::uint64_t key_of(const sem_t* semaphore) {
  return reinterpret_cast<const Semaphore*>(semaphore)->shared != 0 ? kSharedKey
                                                                    : reinterpret_cast<std::uint64_t>(semaphore);
}

int take_until(sem_t* semaphore, const Until& until) {
  const auto real = behind<sem_trywait>("sem_trywait");
  const int error = wait_for_key(key_of(semaphore), What::semaphore, until, true, [&] {
    if (real(semaphore) == 0) return 0;
    return errno == EAGAIN ? EBUSY : errno;
  });
  if (error == 0) return 0;
  errno = error;
  return -1;
}

void kick_waiters(std::uint64_t key) {
  if (key == kSharedKey) {
    kick_all(key);
  } else {
    kick_first(key);
  }
}

}  // namespace

LOCKSTEP_EXPORT int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  const auto real = behind<pthread_mutex_lock>("pthread_mutex_lock");
  if (page == nullptr) return real(mutex);
  const int error = try_lock(mutex);
  if (error != EBUSY) return error;
  return is_own(mutex) ? real(mutex) : lock_until(mutex, {});
}

LOCKSTEP_EXPORT int pthread_mutex_timedlock(pthread_mutex_t* __restrict mutex,
                                            const timespec* __restrict time) noexcept {
  const auto real = behind<pthread_mutex_timedlock>("pthread_mutex_timedlock");
  return page == nullptr ? real(mutex, time) : lock_until(mutex, at(CLOCK_REALTIME, time));
}

LOCKSTEP_EXPORT int pthread_mutex_clocklock(pthread_mutex_t* __restrict mutex, clockid_t clock,
                                            const timespec* __restrict time) noexcept {
  const auto real = behind<pthread_mutex_clocklock>("pthread_mutex_clocklock");
  return page == nullptr ? real(mutex, clock, time) : lock_until(mutex, at(clock, time));
}

LOCKSTEP_EXPORT int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  const auto real = behind<pthread_mutex_unlock>("pthread_mutex_unlock");
  if (page == nullptr) return real(mutex);
  const auto key = key_of(mutex);
  const int error = real(mutex);
  if (error == 0 && (key == kSharedKey || waiting_for_mutexes > 0)) kick_waiters(key);
  return error;
}

LOCKSTEP_EXPORT int sem_wait(sem_t* semaphore) {
  const auto real = behind<sem_wait>("sem_wait");
  return page == nullptr ? real(semaphore) : take_until(semaphore, {});
}

LOCKSTEP_EXPORT int sem_timedwait(sem_t* __restrict semaphore, const timespec* __restrict time) {
  const auto real = behind<sem_timedwait>("sem_timedwait");
  return page == nullptr ? real(semaphore, time) : take_until(semaphore, at(CLOCK_REALTIME, time));
}

LOCKSTEP_EXPORT int sem_clockwait(sem_t* __restrict semaphore, clockid_t clock, const timespec* __restrict time) {
  const auto real = behind<sem_clockwait>("sem_clockwait");
  return page == nullptr ? real(semaphore, clock, time) : take_until(semaphore, at(clock, time));
}

LOCKSTEP_EXPORT int sem_post(sem_t* semaphore) noexcept {
  const auto real = behind<sem_post>("sem_post");
  if (page == nullptr) return real(semaphore);
  const auto key = key_of(semaphore);
  const int failed = real(semaphore);
  if (failed == 0) kick_waiters(key);
  return failed;
}

}  // namespace lockstep::virtual_time
