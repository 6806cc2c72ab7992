// The heart of the preloaded library: the page of the host, the calling thread's slot in it, and the two ways of
// waiting, for a kick and for descriptors. A thread that is kicked without need goes back to wait, so a kick is never
// wrong.
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "virtual_time/shim/layout.h"

namespace lockstep::virtual_time {

inline constexpr std::int64_t kSecond = 1'000'000'000;
// The key of all that is shared between processes, where addresses differ.
inline constexpr std::uint64_t kSharedKey = 1;

// Null: this process is not controlled, and every call passes through.
extern Page* page;
extern char page_path[];
// The pipe by which the thread of a slot is woken from waiting for descriptors.
using PipePath = char[PATH_MAX + 16];
void pipe_of(const Slot& slot, PipePath& path);
[[noreturn]] void give_up(const char* why);

// The function that is hidden behind ours.
template <auto* ours>
auto* behind(const char* name, const char* version = nullptr) {
  static constinit std::atomic<void*> known{nullptr};
  void* symbol = known.load(std::memory_order_relaxed);
  if (symbol == nullptr) {
    if (version != nullptr) symbol = dlvsym(RTLD_NEXT, name, version);
    if (symbol == nullptr) symbol = dlsym(RTLD_NEXT, name);
    known.store(symbol, std::memory_order_relaxed);
  }
  return reinterpret_cast<decltype(ours)>(symbol);
}

// A system call; as syscall(2), which is one of ours.
template <class... Arguments>
long kernel(long number, Arguments... arguments) {
  return behind<::syscall>("syscall")(number, arguments...);
}

// A deadline on either clock.
struct Until {
  std::int64_t monotonic = kNever;
  std::int64_t wall = kNever;
  bool passed() const { return page->monotonic.load() >= monotonic || page->wall.load() >= wall; }
};
Until after(std::int64_t nanoseconds);
inline std::int64_t in_nanoseconds(const timespec& time) {
  return time.tv_sec > kNever / kSecond - 1 ? kNever : time.tv_sec * kSecond + time.tv_nsec;
}
inline Until after(const timespec* time) { return time == nullptr ? Until{} : after(in_nanoseconds(*time)); }
// At an instant of that clock.
Until at(clockid_t clock, const timespec* time);
timespec as_timespec(std::int64_t nanoseconds);

Slot& me();
// A slot for a thread or process that is about to be born; it counts as running. Ends the program if there is none.
Slot* reserve(std::int32_t pid);
void give_back(Slot& slot);
// In a child just forked: it is who was reserved for it.
void become(Slot& slot);
// The calling thread ends.
void forget_me();
// Is that the pipe by which the calling thread is woken?
bool is_my_pipe(int descriptor);
void close_my_pipe();
void changed();
void kick(Slot& slot);
// Kicks the thread of this process that waits longest for the key; false: nobody does. With `grant`, its key is taken.
bool kick_first(std::uint64_t key, bool grant = false);
void kick_all(std::uint64_t key);
// Sends a signal to a process, or to one thread of this one, whose slots count as running from before until it is
// there.
template <class Send>
int kick_by_signal(std::int32_t pid, std::uint64_t thread, int signal, Send send) {
  const auto each = [&](auto what) {
    for (std::uint32_t i = 0; page != nullptr && signal != 0 && i < page->used; ++i) {
      Slot& slot = page->slots[i];
      if (slot.pid == pid && slot.state != free_slot && (thread == 0 || slot.handle == thread)) what(slot);
    }
  };
  std::uint32_t turn = 0;  // of the thread that is likely to handle it
  each([&](Slot& slot) {
    if (thread != 0 || slot.tid == pid) turn = slot.turn;
    ++slot.kick;
  });
  const int result = send();
  const int error = errno;
  each([&](Slot& slot) {
    if (thread != 0 || slot.tid == pid) slot.signalled = signal_at(turn, signal);
    kick(slot);
  });
  errno = error;
  return result;
}

// Begin and end of waiting.
void enter(Slot& slot, What what, const Until& until);
void leave(Slot& slot);
// A call that may wait several times begins. interrupted(): a handler of the program has run since, for a signal of
// which its sender has told us.
void begin_wait(const Slot& slot);
bool interrupted(const Slot& slot);

// Waits to be kicked. 0: it was; EINTR: a signal came; ETIMEDOUT. `seen`: the slot's kick as it was before the caller
// looked for what it waits for.
int wait_for_kick(Slot& slot, std::uint32_t seen, What what, const Until& until);
// As ppoll. `looked`: the caller knows that nothing was ready just now.
int wait_for_descriptors(pollfd* polled, nfds_t count, const Until& until, What what, const sigset_t* mask = nullptr,
                         bool looked = false);
// A program has closed many descriptors at once, perhaps also those by which its threads are woken.
void pipes_are_lost();

// Tries until it succeeds: attempt() gives an error or EBUSY, which is waited out.
template <class Attempt>
int wait_for_key(std::uint64_t key, What what, const Until& until, bool ends_by_signal, Attempt attempt) {
  int error = attempt();
  if (error != EBUSY) return error;
  Slot& slot = me();
  begin_wait(slot);
  slot.ticket = page->tickets++;
  slot.key = key;
  for (;;) {
    const auto seen = slot.kick.load();
    error = attempt();
    if (error != EBUSY) break;
    error = wait_for_kick(slot, seen, what, until);
    if (error == ETIMEDOUT || (error == EINTR && ends_by_signal)) break;
  }
  slot.key = 0;
  // One more may have become free, and its kick have come to us while we still stood first.
  if (key == kSharedKey) {
    kick_all(key);
  } else {
    kick_first(key);
  }
  return error;
}

// A descriptor is closed that may be a timer.
void forget_timer(int descriptor);
void fill_by_chance(void* into, std::size_t size);

}  // namespace lockstep::virtual_time

// What programs see of the library.
#define LOCKSTEP_EXPORT extern "C" __attribute__((visibility("default")))
