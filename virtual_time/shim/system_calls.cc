// System calls that programs make by syscall(2): Rust parks its threads by futexes, and OpenSSL draws chance. Those
// that have to do with time, waiting or chance go where the functions of the C library go.
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

using Word = std::atomic<std::uint32_t>;

std::uint64_t key_of(const Word* word, long what) {
  return (what & FUTEX_PRIVATE_FLAG) != 0 ? reinterpret_cast<std::uint64_t>(word) : kSharedKey;
}

// FUTEX_WAIT has a limit from now, FUTEX_WAIT_BITSET an instant.
Until until_of(long what, const timespec* time) {
  if (time == nullptr) return {};
  if ((what & FUTEX_CMD_MASK) == FUTEX_WAIT) return after(time);
  return at((what & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, time);
}

long wait_on(Word* word, long what, std::uint32_t expected, const timespec* time) {
  const auto until = until_of(what, time);
  const auto key = key_of(word, what);
  Slot& slot = me();
  begin_wait(slot);
  slot.ticket = page->tickets++;
  slot.key = key;
  int error = 0;
  for (;;) {
    const auto seen = slot.kick.load();
    if (slot.key == 0) break;  // it was woken
    if (word->load() != expected) error = EAGAIN;
    if (error == 0) error = wait_for_kick(slot, seen, What::futex, until);
    if (error == 0) continue;
    auto mine = key;
    if (!slot.key.compare_exchange_strong(mine, 0)) error = 0;
    break;
  }
  if (error == 0) return 0;
  errno = error;
  return -1;
}

long wake_on(Word* word, long what, long count) {
  const auto key = key_of(word, what);
  long woken = 0;
  while (woken < count && kick_first(key, true)) ++woken;
  return woken;
}

bool is_for_us(long what) {
  switch (what & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET: return true;
    default: return false;
  }
}

}  // namespace

LOCKSTEP_EXPORT long syscall(long number, ...) noexcept {
  long arguments[6];
  va_list rest;
  va_start(rest, number);
  for (long& argument : arguments) argument = va_arg(rest, long);
  va_end(rest);
  const auto& [a, b, c, d, e, f] = arguments;
  if (page != nullptr) {
    switch (number) {
      case SYS_futex: {
        auto* word = reinterpret_cast<Word*>(a);
        const auto what = b & FUTEX_CMD_MASK;
        if (!is_for_us(b)) break;
        if (what == FUTEX_WAKE || what == FUTEX_WAKE_BITSET) return wake_on(word, b, static_cast<int>(c));
        return wait_on(word, b, static_cast<std::uint32_t>(c), reinterpret_cast<const timespec*>(d));
      }
      case SYS_getrandom:
        return getrandom(reinterpret_cast<void*>(a), static_cast<std::size_t>(b), static_cast<unsigned>(c));
      case SYS_clock_gettime: return clock_gettime(static_cast<clockid_t>(a), reinterpret_cast<timespec*>(b));
      default: break;
    }
  }
  return kernel(number, a, b, c, d, e, f);
}

}  // namespace lockstep::virtual_time
