// The trace: everything that happens in a world, folded into one number as it happens. Two runs are the same run
// exactly when their traces are; with the records kept, the first event that differs can be named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/time.h"

namespace lockstep::sim {

enum class TraceKind : std::uint8_t {
  start,    // a: process, b: incarnation
  crash,    // a: process
  pause,    // a: process
  resume,   // a: process
  send,     // a: link, b: message number
  deliver,  // a: process, b: message number
  lose,     // a: link, b: message number
  storage,  // a: process and call, b: file and offset
  fault,    // a: fault number, b: 1 began, 0 ended
  clock,    // a: host, b: what changed
  history,  // a, b: digest of a history event
};
std::string_view name_of(TraceKind kind);

struct TraceRecord {
  TrueTime at;
  TraceKind kind{};
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  friend bool operator==(const TraceRecord&, const TraceRecord&) = default;
};

class Trace {
 public:
  void note(TrueTime at, TraceKind kind, std::uint64_t a, std::uint64_t b) {
    mix(static_cast<std::uint64_t>(at.time_since_epoch().count()) ^ (static_cast<std::uint64_t>(kind) << 56));
    mix(a);
    mix(b);
    ++count_;
    if (keep_) records_.push_back({at, kind, a, b});
  }
  // Keeps every record from here on, at 32 bytes each.
  void keep() { keep_ = true; }
  std::uint64_t hash() const { return hash_; }
  std::uint64_t count() const { return count_; }
  const std::vector<TraceRecord>& records() const { return records_; }

 private:
  void mix(std::uint64_t value) {
    hash_ ^= value;
    hash_ *= 0x9e3779b97f4a7c15u;
    hash_ ^= hash_ >> 29;
  }
  std::uint64_t hash_ = 0x243f6a8885a308d3u;
  std::uint64_t count_ = 0;
  bool keep_ = false;
  std::vector<TraceRecord> records_;
};

// "0.004012 s deliver 3 17".
std::string describe(const TraceRecord& record);
// In words: the first record that differs, with its index, or that one trace ends where the other goes on.
// Empty when they are equal.
std::string first_difference(const std::vector<TraceRecord>& left, const std::vector<TraceRecord>& right);

}  // namespace lockstep::sim
