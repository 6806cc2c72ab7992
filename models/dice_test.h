// Chance for the tests of the checkers: the same on every machine, and cheap enough for many thousand histories. For
// tests only.
#pragma once

#include <cstdint>

namespace lockstep::models {

// Random numbers for tests, the same on every machine (splitmix64).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool chance(std::uint64_t in_hundred) { return below(100) < in_hundred; }
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace lockstep::models
