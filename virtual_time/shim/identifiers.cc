// Identifiers of libuuid, which waits for a clock that stands still, and mixes in the number of the process: made of
// virtual time and the host's seed instead.
#include <string.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

using Identifier = unsigned char[16];

void mark(Identifier& out, unsigned char version) {
  out[6] = static_cast<unsigned char>((out[6] & 0x0f) | version << 4);
  out[8] = static_cast<unsigned char>((out[8] & 0x3f) | 0x80);
}

void by_chance(Identifier& out) {
  fill_by_chance(out, sizeof out);
  mark(out, 4);
}

void by_time(Identifier& out) {
  static std::atomic<std::int64_t> last{0};
  constexpr std::int64_t kFrom1582To1970 = 0x01b21dd213814000;
  auto ticks = page->wall / 100 + kFrom1582To1970;
  auto before = last.load();
  do {
    if (ticks <= before) ticks = before + 1;
  } while (!last.compare_exchange_weak(before, ticks));
  fill_by_chance(out, sizeof out);
  const auto put = [&](int at, int bytes, std::int64_t value) {
    for (int i = 0; i < bytes; ++i) out[at + i] = static_cast<unsigned char>(value >> (8 * (bytes - 1 - i)));
  };
  put(0, 4, ticks);
  put(4, 2, ticks >> 32);
  put(6, 2, ticks >> 48);
  out[10] |= 1;  // no address of a network card
  mark(out, 1);
}

}  // namespace

LOCKSTEP_EXPORT void uuid_generate_random(Identifier& out) {
  const auto real = behind<uuid_generate_random>("uuid_generate_random");
  page == nullptr ? real(out) : by_chance(out);
}

LOCKSTEP_EXPORT void uuid_generate(Identifier& out) {
  const auto real = behind<uuid_generate>("uuid_generate");
  page == nullptr ? real(out) : by_chance(out);
}

LOCKSTEP_EXPORT void uuid_generate_time(Identifier& out) {
  const auto real = behind<uuid_generate_time>("uuid_generate_time");
  page == nullptr ? real(out) : by_time(out);
}

// 0: it is safe.
LOCKSTEP_EXPORT int uuid_generate_time_safe(Identifier& out) {
  const auto real = behind<uuid_generate_time_safe>("uuid_generate_time_safe");
  if (page == nullptr) return real(out);
  by_time(out);
  return 0;
}

}  // namespace lockstep::virtual_time
