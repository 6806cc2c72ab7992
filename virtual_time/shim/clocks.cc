// What a program is told when it asks for the time. CPU clocks pass through: they are no simulated time.
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timeb.h>
#include <time.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

std::int64_t read(const std::atomic<std::int64_t>& clock) {
  page->reads.fetch_add(1, std::memory_order_relaxed);
  if (const auto step = page->per_read.load(std::memory_order_relaxed); step != 0) {
    page->wall += step;
    page->monotonic += step;
  }
  return clock.load();
}

bool is_simulated(clockid_t clock) {
  return page != nullptr && clock >= 0 && clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID;
}

bool is_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI ||
         clock == CLOCK_REALTIME_ALARM;
}

}  // namespace

LOCKSTEP_EXPORT int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (!is_simulated(clock)) return static_cast<int>(kernel(SYS_clock_gettime, clock, time));
  *time = as_timespec(read(is_wall(clock) ? page->wall : page->monotonic));
  return 0;
}

LOCKSTEP_EXPORT int gettimeofday(timeval* __restrict time, void* __restrict zone) noexcept {
  if (page == nullptr) return static_cast<int>(kernel(SYS_gettimeofday, time, zone));
  const auto now = as_timespec(read(page->wall));
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

LOCKSTEP_EXPORT time_t time(time_t* into) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (into != nullptr) *into = now.tv_sec;
  return now.tv_sec;
}

LOCKSTEP_EXPORT int timespec_get(timespec* into, int base) noexcept {
  if (base != TIME_UTC) return 0;
  clock_gettime(CLOCK_REALTIME, into);
  return base;
}

LOCKSTEP_EXPORT int ftime(timeb* into) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *into = {now.tv_sec, static_cast<unsigned short>(now.tv_nsec / 1'000'000), 0, 0};
  return 0;
}

}  // namespace lockstep::virtual_time
