// Reading from what may not have anything yet: the thread says so, and waits where the driver can see it. Descriptors
// that do not block are left as they are.
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

bool blocks(int descriptor) {
  const auto flags = kernel(SYS_fcntl, descriptor, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

bool may_wait(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) &&
         !S_ISBLK(status.st_mode);
}

// SO_RCVTIMEO.
Until limit_of(int descriptor) {
  timeval limit{};
  socklen_t size = sizeof limit;
  if (getsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, &size) != 0) return {};
  const auto nanoseconds = limit.tv_sec * kSecond + limit.tv_usec * 1000;
  return nanoseconds == 0 ? Until{} : after(nanoseconds);
}

// 1: there is something. Otherwise errno says why not.
int wait_for_input(int descriptor) {
  pollfd polled{descriptor, POLLIN, 0};
  const int ready = wait_for_descriptors(&polled, 1, limit_of(descriptor), What::input);
  if (ready == 0) errno = EAGAIN;
  return ready;
}

// Receives without blocking, and waits in between if the caller was willing to.
template <class Receive>
ssize_t receive(int descriptor, int flags, Receive real) {
  if (page == nullptr || (flags & MSG_DONTWAIT) != 0) return real(flags);
  if ((flags & MSG_WAITALL) != 0) {  // one wait, then as the kernel has it
    return !blocks(descriptor) || wait_for_input(descriptor) == 1 ? real(flags) : -1;
  }
  for (;;) {
    const auto got = real(flags | MSG_DONTWAIT);
    if (got >= 0 || errno != EAGAIN) return got;
    if (!blocks(descriptor)) return errno = EAGAIN, -1;
    if (wait_for_input(descriptor) != 1) return -1;
  }
}

ssize_t read_into(int descriptor, const iovec* parts, int count) {
  for (;;) {
    const auto got = kernel(SYS_preadv2, descriptor, parts, count, -1L, -1L, RWF_NOWAIT);
    if (got >= 0) return got;
    if (errno != EAGAIN && errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS) return got;
    if (!may_wait(descriptor) || !blocks(descriptor)) break;
    if (wait_for_input(descriptor) != 1) return -1;
    return kernel(SYS_readv, descriptor, parts, count);
  }
  return kernel(SYS_readv, descriptor, parts, count);
}

}  // namespace

LOCKSTEP_EXPORT ssize_t read(int descriptor, void* into, std::size_t size) {
  if (page == nullptr || size == 0) return kernel(SYS_read, descriptor, into, size);
  const iovec part{into, size};
  return read_into(descriptor, &part, 1);
}

LOCKSTEP_EXPORT ssize_t __read_chk(int descriptor, void* into, std::size_t size, std::size_t /*room*/) {
  return read(descriptor, into, size);
}

LOCKSTEP_EXPORT ssize_t readv(int descriptor, const iovec* parts, int count) {
  if (page == nullptr) return kernel(SYS_readv, descriptor, parts, count);
  return read_into(descriptor, parts, count);
}

LOCKSTEP_EXPORT ssize_t recvfrom(int descriptor, void* __restrict into, std::size_t size, int flags,
                                 sockaddr* __restrict from, socklen_t* __restrict length) {
  return receive(descriptor, flags, [&](int how) {
    return static_cast<ssize_t>(kernel(SYS_recvfrom, descriptor, into, size, how, from, length));
  });
}

LOCKSTEP_EXPORT ssize_t recv(int descriptor, void* into, std::size_t size, int flags) {
  return recvfrom(descriptor, into, size, flags, nullptr, nullptr);
}

LOCKSTEP_EXPORT ssize_t __recv_chk(int descriptor, void* into, std::size_t size, std::size_t /*room*/, int flags) {
  return recv(descriptor, into, size, flags);
}

LOCKSTEP_EXPORT ssize_t __recvfrom_chk(int descriptor, void* __restrict into, std::size_t size, std::size_t /*room*/,
                                       int flags, sockaddr* __restrict from, socklen_t* __restrict length) {
  return recvfrom(descriptor, into, size, flags, from, length);
}

LOCKSTEP_EXPORT ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
  return receive(descriptor, flags,
                 [&](int how) { return static_cast<ssize_t>(kernel(SYS_recvmsg, descriptor, message, how)); });
}

LOCKSTEP_EXPORT int accept4(int descriptor, sockaddr* __restrict from, socklen_t* __restrict length, int flags) {
  if (page != nullptr && blocks(descriptor) && wait_for_input(descriptor) != 1) return -1;
  return static_cast<int>(kernel(SYS_accept4, descriptor, from, length, flags));
}

LOCKSTEP_EXPORT int accept(int descriptor, sockaddr* __restrict from, socklen_t* __restrict length) {
  return accept4(descriptor, from, length, 0);
}

// Some programs close all that they do not know.
LOCKSTEP_EXPORT int close(int descriptor) {
  if (is_my_pipe(descriptor)) return 0;
  forget_timer(descriptor);
  return static_cast<int>(kernel(SYS_close, descriptor));
}

LOCKSTEP_EXPORT int close_range(unsigned first, unsigned last, int flags) noexcept {
  pipes_are_lost();
  return static_cast<int>(kernel(SYS_close_range, first, last, flags));
}

LOCKSTEP_EXPORT void closefrom(int first) noexcept { close_range(static_cast<unsigned>(first), ~0U, 0); }

}  // namespace lockstep::virtual_time
