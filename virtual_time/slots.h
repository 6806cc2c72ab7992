// The slots of a page as the driver sees them, and the system calls by which it deals with threads and processes.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>
#include <span>

#include "virtual_time/shim/layout.h"

namespace lockstep::virtual_time {

inline std::span<Slot> slots_of(Page& page) { return {page.slots, page.used.load()}; }

inline void wake_futex(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

// False if the time was over first.
inline bool wait_futex(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::int64_t nanoseconds) {
  const timespec limit{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  return ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, &limit, nullptr, 0) == 0 || errno != ETIMEDOUT;
}

// By system calls: the header of glibc 2.36 declares them for C alone.
inline int open_process(int pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }
inline void send_signal(int process, int signal) { ::syscall(SYS_pidfd_send_signal, process, signal, nullptr, 0); }
inline int copy_of(int process, int descriptor) {
  return static_cast<int>(::syscall(SYS_pidfd_getfd, process, descriptor, 0));
}

}  // namespace lockstep::virtual_time
