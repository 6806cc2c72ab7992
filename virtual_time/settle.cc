// Looks, spins for a moment, then sleeps until something changes. Nobody runs, nobody is about to, and nothing has
// changed while that was found out: then all is quiet.
#include "virtual_time/settle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "impl/env/wide.h"
#include "virtual_time/loopback.h"
#include "virtual_time/slots.h"

namespace lockstep::virtual_time {
namespace {

using RealClock = std::chrono::steady_clock;

constexpr int kSpins = 2000;
constexpr int kFewSpins = 32;
constexpr std::int64_t kLook = 5'000'000;  // after so many real nanoseconds the dead are looked after
constexpr std::int64_t kLookAtReaders = 100'000;
constexpr std::int64_t kLookAtEnding = 200'000;  // and so often when somebody is about to die

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

// For as long as it lives, changes wake who waits for them.
class Watching {
 public:
  explicit Watching(Page& page) : page_(page) { ++page_.watched; }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  ~Watching() { --page_.watched; }

 private:
  Page& page_;
};

VirtualHost* busy_one(const Hosts& hosts) {
  for (VirtualHost* host : hosts) {
    if (host->runs()) return host;
  }
  for (VirtualHost* host : hosts) {
    if (host->is_ready()) return host;
  }
  for (VirtualHost* host : hosts) {
    if (host->runs() || !host->readers_wait()) return host;  // it was woken while others were looked at
  }
  return nullptr;
}

std::uint64_t changes(const Hosts& hosts) {
  std::uint64_t sum = 0;
  for (VirtualHost* host : hosts) sum += host->page().change.load();
  return sum;
}

bool use_network(const Hosts& hosts) {
  return std::ranges::any_of(hosts, [](VirtualHost* host) { return host->page().uses_network != 0; });
}

Loopback& loopback() {
  thread_local Loopback one;
  return one;
}

void wait_for_change(VirtualHost& host, std::uint32_t seen) {
  auto& change = host.page().change;
  // On a busy machine who is waited for may need this very processor.
  thread_local int spins = kSpins;
  for (int i = 0; i < spins; ++i) {
    if (change != seen) {
      spins = std::min(kSpins, 2 * spins);
      return;
    }
    pause();
  }
  spins = std::max(kFewSpins, spins / 2);
  const Watching watching(host.page());
  if (host.ends_now()) {
    host.bury();
    if (change == seen && host.runs()) wait_futex(change, seen, kLookAtEnding);
  } else if (!wait_futex(change, seen, kLookAtReaders) && !host.look_at_readers() && !wait_futex(change, seen, kLook)) {
    host.bury();
  }
}

}  // namespace

void settle(const Hosts& hosts, std::chrono::milliseconds patience) {
  RealClock::time_point until{};
  bool flushed = false;  // and nothing has changed since
  for (VirtualHost* host : hosts) host->forget_readers();
  for (;;) {
    const auto before = changes(hosts);
    std::vector<std::uint32_t> seen;
    for (VirtualHost* host : hosts) seen.push_back(host->page().change.load());
    VirtualHost* busy = busy_one(hosts);
    if (busy == nullptr && changes(hosts) == before) {
      if (flushed || !use_network(hosts)) return;
      loopback().flush();
      flushed = true;
      continue;
    }
    flushed = false;
    if (busy == nullptr) continue;
    if (until == RealClock::time_point{}) until = RealClock::now() + patience;
    if (RealClock::now() > until) {
      busy->bury();
      if (!busy->runs() && !busy->is_ready()) continue;
      throw TimeTrouble(fmt::format("virtual time cannot go on after {} ms: {}", patience.count(), busy->who_runs()));
    }
    wait_for_change(*busy, seen[static_cast<std::size_t>(std::ranges::find(hosts, busy) - hosts.begin())]);
  }
}

void wake_due(const Hosts& hosts, std::chrono::milliseconds patience) {
  for (bool any = true; any;) {
    any = false;
    for (VirtualHost* host : hosts) {
      while (host->wake_one_due()) {
        any = true;
        settle(hosts, patience);
      }
    }
  }
}

void pass_time(const Hosts& hosts, Duration by, std::chrono::milliseconds patience) {
  wake_due(hosts, patience);
  while (by > Duration::zero()) {
    Duration step = by;
    for (const VirtualHost* host : hosts) {
      const auto now = host->now();
      const auto next = host->next_deadline();
      if (next.monotonic != MonoTime::max()) step = std::min(step, next.monotonic - now.monotonic);
      if (next.wall != WallTime::max()) step = std::min(step, next.wall - now.wall);
    }
    for (VirtualHost* host : hosts) host->jump(host->now() + step);
    by -= step;
    wake_due(hosts, patience);
  }
}

namespace {

Duration scaled(Duration value, Duration by, Duration of, bool up) {
  const auto product = static_cast<Wide>(value.count()) * by.count() + (up ? of.count() - 1 : 0);
  return Duration(static_cast<std::int64_t>(product / of.count()));
}

}  // namespace

void advance_to(VirtualHost& host, const Clocks& to, std::chrono::milliseconds patience) {
  const auto from = host.now();
  const auto wall = to.wall - from.wall;
  const auto monotonic = to.monotonic - from.monotonic;
  const auto whole = std::max(wall, monotonic);
  const auto at = [&](Duration gone) {
    return Clocks{from.wall + scaled(wall, gone, whole, false), from.monotonic + scaled(monotonic, gone, whole, false)};
  };
  // After how much of the whole way a clock that goes on by `by` has gone on by `part`.
  const auto when = [&](Duration by, Duration part) {
    return by > Duration::zero() ? std::min(whole, scaled(whole, part, by, true)) : whole;
  };
  wake_due({&host}, patience);
  for (Duration gone{}; gone < whole;) {
    const auto next = host.next_deadline();
    auto then = whole;
    if (next.monotonic < to.monotonic) then = std::min(then, when(monotonic, next.monotonic - from.monotonic));
    if (next.wall < to.wall) then = std::min(then, when(wall, next.wall - from.wall));
    gone = std::max(gone, then);
    host.jump(at(gone));
    wake_due({&host}, patience);
  }
}

}  // namespace lockstep::virtual_time
