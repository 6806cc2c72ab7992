// 128-bit intermediate results: 2^63 ns times 2e9 does not fit 64 bits.
#include "sim/host_clock.h"

#include <algorithm>
#include <limits>

#include "impl/env/wide.h"

namespace lockstep::sim {
namespace {
constexpr std::int64_t kBillion = 1'000'000'000;
}  // namespace

Duration LinearClock::read(TrueTime now) const {
  if (rate_ppb_ == 0) return base_value_ + (now - base_at_);
  // Nearly always everything fits 64 bits, and 128-bit division is slow: elapsed + floor(elapsed * rate / 1e9).
  const std::int64_t since = (now - base_at_).count();
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(since, std::max(rate_ppb_, -kBillion), &product)) {
    const std::int64_t floor = product / kBillion - (product % kBillion < 0);
    return base_value_ + Duration(since + floor);
  }
  const Wide speed = kBillion + std::max(rate_ppb_, -kBillion);
  const Wide elapsed = (now - base_at_).count();
  return base_value_ + Duration(static_cast<std::int64_t>(elapsed * speed / kBillion));
}

TrueTime LinearClock::when(Duration value, TrueTime now) const {
  if (read(now) >= value) return now;
  const Wide speed = kBillion + std::max(rate_ppb_, -kBillion);
  if (speed == 0) return TrueTime::max();
  const Wide missing = (static_cast<Wide>(value.count()) - base_value_.count()) * kBillion;
  const Wide elapsed = (missing + speed - 1) / speed;
  const Wide limit = std::numeric_limits<std::int64_t>::max() - base_at_.time_since_epoch().count();
  if (elapsed >= limit) return TrueTime::max();
  return base_at_ + Duration(static_cast<std::int64_t>(elapsed));
}

void LinearClock::set_rate(TrueTime now, std::int64_t ppb) {
  base_value_ = read(now);
  base_at_ = now;
  rate_ppb_ = ppb;
}

void LinearClock::step(TrueTime now, Duration by) {
  base_value_ = read(now) + by;
  base_at_ = now;
}

void LinearClock::restart(TrueTime now, Duration value) {
  base_value_ = value;
  base_at_ = now;
}

}  // namespace lockstep::sim
