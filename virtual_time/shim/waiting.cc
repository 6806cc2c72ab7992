// The two ways of waiting: on the slot's kick, or on descriptors and a pipe that whoever kicks writes into.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

thread_local int my_pipe = -1;
thread_local int my_pipe_losses = 0;
thread_local std::uint32_t first_turn = 0;
std::atomic<int> losses{0};

constexpr int kPipesFrom = 400;  // where few programs have descriptors of their own

void open_pipe(Slot& slot) {
  PipePath path;
  pipe_of(slot, path);
  mknodat(AT_FDCWD, path, S_IFIFO | 0600, 0);
  const int opened = static_cast<int>(kernel(SYS_openat, AT_FDCWD, path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0));
  if (opened < 0) give_up("a thread has got no pipe to be woken by");
  my_pipe = static_cast<int>(kernel(SYS_fcntl, opened, F_DUPFD_CLOEXEC, kPipesFrom));
  if (my_pipe < 0) {
    my_pipe = opened;
  } else {
    kernel(SYS_close, opened);
  }
}

// Whoever has taken its number has closed ours.
void see_to_pipe(Slot& slot) {
  if (my_pipe_losses != losses) {
    struct stat status;
    if (my_pipe >= 0 && (fstat(my_pipe, &status) != 0 || !S_ISFIFO(status.st_mode))) my_pipe = -1;
    my_pipe_losses = losses;
  }
  if (my_pipe < 0) open_pipe(slot);
}

void drain_pipe() {
  char buffer[64];
  while (kernel(SYS_read, my_pipe, buffer, sizeof buffer) == sizeof buffer) {
  }
}

// What the driver has to look at to know that nothing is ready.
void publish(Slot& slot, const pollfd* all, nfds_t count) {
  slot.polled = reinterpret_cast<std::uint64_t>(all);
  for (nfds_t i = 0; i < count && count <= kFewPolls; ++i) {
    std::uint64_t word = 0;
    memcpy(&word, &all[i], sizeof word);
    slot.few_polled[i].store(word, std::memory_order_relaxed);
  }
  slot.polls = static_cast<std::uint32_t>(count) + 1;
}

}  // namespace

bool is_my_pipe(int descriptor) { return page != nullptr && descriptor >= 0 && descriptor == my_pipe; }

void close_my_pipe() {
  if (my_pipe >= 0) kernel(SYS_close, my_pipe);
  my_pipe = -1;
}

void enter(Slot& slot, What what, const Until& until) {
  slot.what = what;
  slot.monotonic_deadline = until.monotonic;
  slot.wall_deadline = until.wall;
  ++slot.turn;
  slot.state = blocked;
  changed();
}

void leave(Slot& slot) {
  slot.state = running;
  slot.monotonic_deadline = slot.wall_deadline = kNever;
  slot.polls = 0;
}

void begin_wait(const Slot& slot) { first_turn = slot.turn + 1; }

bool interrupted(const Slot& slot) {
  const auto signalled = slot.signalled.load();
  const int signal = static_cast<int>(signalled & 0xff);
  const auto turn = static_cast<std::uint32_t>(signalled >> 8);
  if (signal == 0 || turn < first_turn || turn > slot.turn) return false;
  struct sigaction action;
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

int wait_for_kick(Slot& slot, std::uint32_t seen, What what, const Until& until) {
  slot.kick_seen = seen;
  if (until.passed()) return ETIMEDOUT;
  enter(slot, what, until);
  const bool signalled = kernel(SYS_futex, &slot.kick, FUTEX_WAIT, seen, nullptr, nullptr, 0) != 0 && errno == EINTR;
  leave(slot);
  return interrupted(slot) || signalled ? EINTR : 0;
}

void pipes_are_lost() { ++losses; }

int wait_for_descriptors(pollfd* polled, nfds_t count, const Until& until, What what, const sigset_t* mask,
                         bool looked) {
  Slot& slot = me();
  see_to_pipe(slot);
  begin_wait(slot);
  constexpr nfds_t kFew = 64;
  pollfd few[kFew + 1];
  const auto bytes = (count + 1) * sizeof(pollfd);
  pollfd* all = few;
  if (count > kFew) {
    all = static_cast<pollfd*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (all == MAP_FAILED) return errno = ENOMEM, -1;
  }
  int result = 0;
  int error = 0;
  for (bool waited = false;; waited = true) {
    const auto seen = slot.kick.load();
    if (count > 0) memcpy(all, polled, count * sizeof(pollfd));
    if (waited || !looked || mask != nullptr) {
      const timespec none{};
      result = static_cast<int>(kernel(SYS_ppoll, all, count, &none, mask, 8));
      error = errno;
    }
    if (result != 0) break;
    if (waited && interrupted(slot)) {
      result = -1, error = EINTR;
      break;
    }
    if (until.passed()) break;
    all[count] = {my_pipe, POLLIN, 0};
    slot.kick_seen = seen;
    publish(slot, all, count);
    enter(slot, what, until);
    result = slot.kick == seen ? static_cast<int>(kernel(SYS_ppoll, all, count + 1, nullptr, mask, 8)) : 1;
    error = errno;
    leave(slot);
    if (result < 0) break;
    const bool woken = all[count].revents != 0;
    if ((all[count].revents & POLLNVAL) != 0) pipes_are_lost();
    if (woken) drain_pipe();
    if (result > (woken ? 1 : 0) && slot.kick == seen) {
      result -= woken ? 1 : 0;
      break;
    }
    see_to_pipe(slot);
    result = 0;
  }
  for (nfds_t i = 0; i < count && result >= 0; ++i) polled[i].revents = result == 0 ? short{0} : all[i].revents;
  if (all != few) munmap(all, bytes);
  if (result < 0) errno = error;
  return result;
}

}  // namespace lockstep::virtual_time
