// The seam for randomness. Production draws from the operating system, a simulation from counter-based streams
// that are forked by label, so that one draw more or less in one place moves no draw anywhere else.
#pragma once

#include <cstdint>
#include <string_view>

#include "impl/env/wide.h"

namespace lockstep {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;

  // Uniform in [0, bound). Requires bound > 0. Multiply-shift: the bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<UnsignedWide>(next()) * bound) >> 64);
  }
  // Uniform in [low, high], both included. Requires low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const auto width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    return low + static_cast<std::int64_t>(width == 0 ? next() : below(width));
  }
  bool chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }
};

// A value: a key and a counter. Source: splitmix64 (Steele, Lea, Flood 2014) used as a counter-mode hash.
class RandomStream final : public Random {
 public:
  explicit RandomStream(std::uint64_t key) : key_(mix(key)) {}
  std::uint64_t next() override { return mix(key_ + 0x9e3779b97f4a7c15u * ++counter_); }
  // An independent stream; the same label and number always give the same one, whatever was drawn before.
  RandomStream fork(std::string_view label, std::uint64_t number = 0) const {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : label) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return RandomStream(key_ ^ mix(hash) ^ mix(number * 0xd1342543de82ef95u + 1));
  }
  // The stream of one number, cheaper than a fork by label.
  RandomStream at(std::uint64_t number) const { return RandomStream(key_ + 0xd1342543de82ef95u * (number + 1)); }

 private:
  static constexpr std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace lockstep
