// Finds the page, keeps the slots, and wakes who waits in them.
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
void wake_futex(std::atomic<std::uint32_t>& word) {
  kernel(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
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

void pipe_of(const Slot& slot, PipePath& path) {
  snprintf(path, sizeof path, "%s.%d", page_path, static_cast<int>(&slot - page->slots));
}

[[noreturn]] void give_up(const char* why) {
  dprintf(STDERR_FILENO, "lockstep: %s\n", why);
  abort();
}

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
  close_my_pipe();
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
  close_my_pipe();
  Slot& slot = *my_slot;
  my_slot = nullptr;
  kick_all(slot.handle.exchange(0));
  give_back(slot);
}

void changed() {
  ++page->change;
  if (page->watched != 0) wake_futex(page->change);
}

void kick(Slot& slot) {
  ++slot.kick;
  wake_futex(slot.kick);
  if (slot.state != blocked || slot.polls == 0) return;
  PipePath path;
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

}  // namespace lockstep::virtual_time
