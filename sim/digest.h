// A running 64-bit digest of bytes and numbers, to compare two runs. Not cryptographic; the same on every
// machine with the byte order of ours.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace lockstep::sim {

class Digest {
 public:
  void add(std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15u;
    hash_ ^= hash_ >> 29;
  }
  void add(std::span<const std::uint8_t> bytes) {
    add(bytes.size());
    while (!bytes.empty()) {
      std::uint64_t word = 0;
      const auto taken = bytes.size() < sizeof word ? bytes.size() : sizeof word;
      std::memcpy(&word, bytes.data(), taken);
      add(word);
      bytes = bytes.subspan(taken);
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0x243f6a8885a308d3u;
};

}  // namespace lockstep::sim
