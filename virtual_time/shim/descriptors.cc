// Waiting for descriptors with a time limit: poll, select and epoll. What is ready is told at once; otherwise the
// thread waits without a limit, and the driver kicks it when virtual time has come so far.
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

Until after_ms(int milliseconds) { return milliseconds < 0 ? Until{} : after(std::int64_t{milliseconds} * 1'000'000); }

bool is_none(const timespec* time) { return time != nullptr && time->tv_sec == 0 && time->tv_nsec == 0; }

int epoll_until(int descriptor, epoll_event* events, int most, const Until& until, const sigset_t* mask) {
  for (;;) {
    const int got = static_cast<int>(kernel(SYS_epoll_pwait, descriptor, events, most, 0, nullptr, 8));
    if (got != 0 || until.passed()) return got;
    pollfd polled{descriptor, POLLIN, 0};
    const int ready = wait_for_descriptors(&polled, 1, until, What::descriptors, mask, true);
    if (ready <= 0) return ready;
  }
}

// Sets of descriptors as an array; the number of them.
nfds_t listed(int count, const fd_set* read, const fd_set* write, const fd_set* except, pollfd* into) {
  nfds_t listed = 0;
  for (int i = 0; i < count; ++i) {
    short events = 0;
    if (read != nullptr && FD_ISSET(i, read)) events |= POLLIN;
    if (write != nullptr && FD_ISSET(i, write)) events |= POLLOUT;
    if (except != nullptr && FD_ISSET(i, except)) events |= POLLPRI;
    if (events != 0) into[listed++] = {i, events, 0};
  }
  return listed;
}

int told(const pollfd* polled, nfds_t count, int bits, fd_set* read, fd_set* write, fd_set* except) {
  const auto bytes = static_cast<std::size_t>(bits + 63) / 64 * 8;  // no more than the caller has
  for (fd_set* set : {read, write, except}) {
    if (set != nullptr) memset(set, 0, bytes);
  }
  int found = 0;
  const auto tell = [&](const pollfd& one, short wanted, short events, fd_set* set) {
    if (set == nullptr || (one.events & wanted) == 0 || (one.revents & events) == 0) return;
    FD_SET(one.fd, set);
    ++found;
  };
  for (nfds_t i = 0; i < count; ++i) {
    tell(polled[i], POLLIN, POLLIN | POLLHUP | POLLERR, read);
    tell(polled[i], POLLOUT, POLLOUT | POLLERR, write);
    tell(polled[i], POLLPRI, POLLPRI, except);
  }
  return found;
}

int select_until(int count, fd_set* read, fd_set* write, fd_set* except, const Until& until, const sigset_t* mask) {
  pollfd polled[FD_SETSIZE];
  if (count < 0 || count > FD_SETSIZE) return errno = EINVAL, -1;
  const auto waited = listed(count, read, write, except, polled);
  const int ready = wait_for_descriptors(polled, waited, until, What::descriptors, mask);
  if (ready < 0) return ready;
  for (nfds_t i = 0; i < waited; ++i) {
    if ((polled[i].revents & POLLNVAL) != 0) return errno = EBADF, -1;
  }
  return told(polled, waited, count, read, write, except);
}

int real_pselect(int count, fd_set* read, fd_set* write, fd_set* except, const timespec* limit, const sigset_t* mask) {
  struct {
    const sigset_t* mask;
    std::size_t size;
  } const sixth{mask, 8};
  timespec copy = limit != nullptr ? *limit : timespec{};  // which the kernel changes
  return static_cast<int>(kernel(SYS_pselect6, count, read, write, except, limit != nullptr ? &copy : nullptr, &sixth));
}

// PostgreSQL backs off like that while its processes start; it has to be as long as it says.
bool is_short_pause(int count, const timespec* limit) {
  return count == 0 && limit != nullptr && limit->tv_sec == 0 && limit->tv_nsec <= 200'000'000;
}

}  // namespace

LOCKSTEP_EXPORT int poll(pollfd* polled, nfds_t count, int milliseconds) {
  if (page == nullptr || milliseconds == 0) return static_cast<int>(kernel(SYS_poll, polled, count, milliseconds));
  return wait_for_descriptors(polled, count, after_ms(milliseconds), What::descriptors);
}

LOCKSTEP_EXPORT int ppoll(pollfd* polled, nfds_t count, const timespec* limit, const sigset_t* mask) {
  if (page == nullptr || is_none(limit)) {
    timespec copy = limit != nullptr ? *limit : timespec{};
    return static_cast<int>(kernel(SYS_ppoll, polled, count, limit != nullptr ? &copy : nullptr, mask, 8));
  }
  return wait_for_descriptors(polled, count, after(limit), What::descriptors, mask);
}

LOCKSTEP_EXPORT int __poll_chk(pollfd* polled, nfds_t count, int milliseconds, std::size_t /*size*/) {
  return poll(polled, count, milliseconds);
}

LOCKSTEP_EXPORT int __ppoll_chk(pollfd* polled, nfds_t count, const timespec* limit, const sigset_t* mask,
                                std::size_t /*size*/) {
  return ppoll(polled, count, limit, mask);
}

LOCKSTEP_EXPORT int epoll_pwait(int descriptor, epoll_event* events, int most, int milliseconds, const sigset_t* mask) {
  if (page == nullptr || milliseconds == 0) {
    return static_cast<int>(kernel(SYS_epoll_pwait, descriptor, events, most, milliseconds, mask, 8));
  }
  return epoll_until(descriptor, events, most, after_ms(milliseconds), mask);
}

LOCKSTEP_EXPORT int epoll_wait(int descriptor, epoll_event* events, int most, int milliseconds) {
  return epoll_pwait(descriptor, events, most, milliseconds, nullptr);
}

LOCKSTEP_EXPORT int epoll_pwait2(int descriptor, epoll_event* events, int most, const timespec* limit,
                                 const sigset_t* mask) {
  if (page == nullptr || is_none(limit)) {
    return static_cast<int>(kernel(SYS_epoll_pwait2, descriptor, events, most, limit, mask, 8));
  }
  return epoll_until(descriptor, events, most, after(limit), mask);
}

LOCKSTEP_EXPORT int pselect(int count, fd_set* __restrict read, fd_set* __restrict write, fd_set* __restrict except,
                            const timespec* __restrict limit, const sigset_t* __restrict mask) {
  if (page == nullptr || is_none(limit)) return real_pselect(count, read, write, except, limit, mask);
  return select_until(count, read, write, except, after(limit), mask);
}

LOCKSTEP_EXPORT int select(int count, fd_set* __restrict read, fd_set* __restrict write, fd_set* __restrict except,
                           timeval* __restrict limit) {
  timespec given{};
  if (limit != nullptr) given = {limit->tv_sec + limit->tv_usec / 1'000'000, limit->tv_usec % 1'000'000 * 1000};
  const timespec* until = limit != nullptr ? &given : nullptr;
  if (page != nullptr && is_short_pause(count, until)) {
    return real_pselect(count, read, write, except, until, nullptr);
  }
  return pselect(count, read, write, except, until, nullptr);
}

}  // namespace lockstep::virtual_time
