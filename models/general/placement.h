// Which calls of a log have been placed, in which order, and which may come next, by their times alone. Placing a call
// and taking back the last one cost the same few steps however long the log is. Knows no specification.
// Source: Wing and Gong 1993; Lowe 2017.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/general/dead_ends.h"
#include "models/general/timeline.h"

namespace lockstep::general {

class Placement {
 public:
  explicit Placement(std::span<const Interval> calls) : timeline_(calls), waiting_(timeline_), open_(timeline_.words) {}

  std::size_t words() const { return timeline_.words; }
  // Everybody who has to be in the order is.
  bool is_complete() const { return passed_ == timeline_.returns.size(); }
  std::uint32_t passed() const { return passed_; }
  // How many calls were placed, and the one at a place.
  std::size_t size() const { return placed_.size(); }
  std::uint32_t at(std::size_t place) const { return placed_[place].call; }
  // Whose return is the first after `passed` of them.
  std::uint32_t return_after(std::uint32_t passed) const { return timeline_.returns[passed]; }

  // The others only while it is not complete.
  //
  // Whose return has to be passed next: nobody who was asked for after it can come before it.
  std::uint32_t due() const { return timeline_.returns[passed_]; }
  bool was_asked(std::uint32_t call) const { return timeline_.invoked_at[call] < timeline_.returned_at[due()]; }
  bool is_unknown(std::uint32_t call) const { return timeline_.returned_at[call] == kNone; }
  // Those that are not placed and were asked for, and return, in the order of their invocations. kNone at the end.
  // `next` may be asked of a call that was just placed.
  std::uint32_t first_returned() const { return if_asked(waiting_.first_returned()); }
  std::uint32_t next_returned(std::uint32_t call) const { return if_asked(waiting_.next(call)); }
  // Likewise those that do not return, the newest first: what is to be explained now is rather of late.
  std::uint32_t first_unknown() const { return if_free(timeline_.newest_unknown[passed_]); }
  std::uint32_t next_unknown(std::uint32_t call) const { return if_free(waiting_.next(call)); }

  void place(std::uint32_t call);
  void take_back();
  Configuration configuration(std::uint32_t state) const {
    return {.passed = passed_, .state = state, .open = open_, .hash = mix(hash_, state)};
  }

  std::size_t bytes() const { return timeline_.bytes() + waiting_.bytes() + placed_.capacity() * sizeof(Placed); }

 private:
  struct Placed {
    std::uint32_t call, passed;  // how many returns had been passed before it
  };

  std::uint32_t if_asked(std::uint32_t call) const {
    return call != kNone && !is_complete() && was_asked(call) ? call : kNone;
  }
  std::uint32_t if_free(std::uint32_t unknown) const {
    while (unknown != kNone && is_placed(unknown)) unknown = waiting_.next(unknown);
    return unknown;
  }
  void flip(std::uint32_t call) { open_[timeline_.bit[call] / 64] ^= std::uint64_t{1} << timeline_.bit[call] % 64; }
  bool is_placed(std::uint32_t call) const {
    return (open_[timeline_.bit[call] / 64] >> timeline_.bit[call] % 64 & 1) != 0;
  }

  Timeline timeline_;
  Waiting waiting_;
  std::uint32_t passed_ = 0;         // returns
  std::vector<std::uint64_t> open_;  // who of those that are open at the return that is due is placed
  std::uint64_t hash_ = 0;           // of who is placed
  std::vector<Placed> placed_;
};

}  // namespace lockstep::general
