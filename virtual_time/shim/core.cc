// Finds the page, keeps the slots, and waits.
#include "virtual_time/shim/core.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lockstep::virtual_time {

Page* page = nullptr;
char page_path[PATH_MAX];

namespace {

thread_local Slot* my_slot = nullptr;
thread_local int my_pipe = -1;
thread_local std::uint32_t first_turn = 0;
thread_local int my_pipe_losses = 0;
std::atomic<int> losses{0};

constexpr int kPipesFrom = 400;  // where few programs have descriptors of their own

long futex(std::atomic<std::uint32_t>& word, int what, std::uint32_t value) {
  return kernel(SYS_futex, &word, what, value, nullptr, nullptr, 0);
}

void pipe_of(const Slot& slot, char (&path)[PATH_MAX + 16]) {
  snprintf(path, sizeof path, "%s.%d", page_path, static_cast<int>(&slot - page->slots));
}

[[noreturn]] void give_up(const char* why) {
  dprintf(STDERR_FILENO, "lockstep: %s\n", why);
  abort();
}

void open_pipe(Slot& slot) {
  char path[PATH_MAX + 16];
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

// After exec the other threads are gone, and the first one keeps its slot.
Slot* inherited() {
  const int pid = getpid();
  Slot* mine = nullptr;
  for (std::uint32_t i = 0; i < page->used; ++i) {
    Slot& slot = page->slots[i];
    if (slot.pid != pid) continue;
    if (mine == nullptr) {
      mine = &slot;
    } else {
      give_back(slot);
    }
  }
  if (mine != nullptr) return mine;
  for (std::uint32_t i = 0; i < page->used; ++i) {
    std::int32_t reserved = kReserved;
    Slot& slot = page->slots[i];
    if (slot.parent == getppid() && slot.pid.compare_exchange_strong(reserved, pid)) return &slot;
  }
  return nullptr;
}

__attribute__((constructor(101))) void begin() {
  const char* path = getenv(kFileVariable);
  if (path == nullptr || strlen(path) + 16 > sizeof page_path) return;
  strcpy(page_path, path);  // some programs write over their environment
  const int file = open(page_path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* mapped = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED || static_cast<Page*>(mapped)->magic != kMagic) return;
  page = static_cast<Page*>(mapped);
  my_slot = inherited();
  if (my_slot == nullptr) my_slot = reserve(getpid());
  become(*my_slot);
}

}  // namespace

Slot* reserve(std::int32_t pid) {
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    std::uint32_t expected = free_slot;
    Slot& slot = page->slots[i];
    if (!slot.state.compare_exchange_strong(expected, running)) continue;
    slot.tid = 0;
    slot.parent = pid == kReserved ? getpid() : getppid();
    slot.key = 0;
    slot.signalled = 0;
    slot.polls = 0;
    slot.kick_seen = slot.kick.load();
    slot.monotonic_deadline = slot.wall_deadline = slot.timer = kNever;
    slot.what = What::nothing;
    slot.pid = pid;
    for (auto used = page->used.load(); used <= i && !page->used.compare_exchange_weak(used, i + 1);) {
    }
    return &slot;
  }
  give_up("more threads than one host can have");
}

void give_back(Slot& slot) {
  slot.pid = 0;
  slot.state = free_slot;
  changed();
}

void become(Slot& slot) {
  my_slot = &slot;
  if (my_pipe >= 0) kernel(SYS_close, my_pipe);
  my_pipe = -1;
  slot.state = running;
  slot.pid = getpid();
  slot.tid = static_cast<std::int32_t>(kernel(SYS_gettid));
  slot.handle = pthread_self();
  if (slot.pid == slot.tid) slot.parent = getppid();
}

Slot& me() {
  if (my_slot == nullptr) become(*reserve(getpid()));
  return *my_slot;
}

void forget_me() {
  if (my_slot == nullptr) return;
  if (my_pipe >= 0) kernel(SYS_close, my_pipe);
  my_pipe = -1;
  Slot& slot = *my_slot;
  my_slot = nullptr;
  kick_all(slot.handle.exchange(0));
  give_back(slot);
}

bool is_my_pipe(int descriptor) { return page != nullptr && descriptor >= 0 && descriptor == my_pipe; }

void changed() {
  ++page->change;
  if (page->watched != 0) futex(page->change, FUTEX_WAKE, INT_MAX);
}

void kick(Slot& slot) {
  ++slot.kick;
  futex(slot.kick, FUTEX_WAKE, INT_MAX);
  if (slot.state != blocked || slot.polls == 0) return;
  char path[PATH_MAX + 16];
  pipe_of(slot, path);
  const int descriptor = static_cast<int>(kernel(SYS_openat, AT_FDCWD, path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0));
  if (descriptor < 0) return;
  kernel(SYS_write, descriptor, "", 1);
  kernel(SYS_close, descriptor);
}

bool kick_first(std::uint64_t key, bool grant) {
  const int pid = key == kSharedKey ? 0 : getpid();
  for (;;) {
    Slot* first = nullptr;
    for (std::uint32_t i = 0; i < page->used; ++i) {
      Slot& slot = page->slots[i];
      if (slot.key != key || slot.state == free_slot || (pid != 0 && slot.pid != pid)) continue;
      if (first == nullptr || slot.ticket < first->ticket) first = &slot;
    }
    if (first == nullptr) return false;
    auto expected = key;
    if (grant && !first->key.compare_exchange_strong(expected, 0)) continue;
    kick(*first);
    return true;
  }
}

void kick_all(std::uint64_t key) {
  const int pid = key == kSharedKey ? 0 : getpid();
  for (std::uint32_t i = 0; i < page->used; ++i) {
    Slot& slot = page->slots[i];
    if (slot.key == key && slot.state != free_slot && (pid == 0 || slot.pid == pid)) kick(slot);
  }
}

Until after(std::int64_t nanoseconds) {
  const auto now = page->monotonic.load();
  return {nanoseconds >= kNever - now ? kNever : now + nanoseconds, kNever};
}

Until at(clockid_t clock, const timespec* time) {
  if (time == nullptr) return {};
  const auto instant = in_nanoseconds(*time);
  return clock == CLOCK_REALTIME ? Until{kNever, instant} : Until{instant, kNever};
}

timespec as_timespec(std::int64_t nanoseconds) {
  auto seconds = nanoseconds / kSecond;
  auto rest = nanoseconds % kSecond;
  if (rest < 0) --seconds, rest += kSecond;
  return {seconds, rest};
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
  const bool signalled = futex(slot.kick, FUTEX_WAIT, seen) != 0 && errno == EINTR;
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
