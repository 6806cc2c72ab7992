// The order of a log's invocations and returns, as the search needs it, and a list of the calls that are still to be
// placed, from which calls are taken and into which they are put back. Knows no specification.
// Source: Wing and Gong 1993 (lifting); Lowe 2017 (the list).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/general/specification.h"

namespace lockstep::general {

struct Interval {
  Instant invoked = 0, returned = kNever;
  bool left_out = false;  // in no order at all
};

// By call, where nothing else is said. At equal times invocations come before returns.
struct Timeline {
  explicit Timeline(std::span<const Interval> calls);

  std::vector<std::uint32_t> invoked_at, returned_at;  // places in the order; kNone: never
  std::vector<std::uint32_t> returns;                  // calls, in the order of their returns
  std::vector<std::uint32_t> invocations;              // calls, in the order of their invocations
  // By place in `returns`: of those who never return, the last that was invoked before it. kNone: nobody.
  std::vector<std::uint32_t> newest_unknown;
  // A bit for each call, such that calls which are open at one time have different ones. Who never returns keeps it.
  std::vector<std::uint32_t> bit;
  std::size_t words = 0;  // of 64 bits

  std::size_t bytes() const;
};

// Two lists: the calls that return, in the order of their invocations, and those that do not, the newest first. Taking
// a call and putting it back are a few assignments. Calls are put back in the reverse order of taking.
class Waiting {
 public:
  explicit Waiting(const Timeline& timeline);

  // kNone at the end. `next` of a call that was taken: the next one when it was.
  std::uint32_t first_returned() const { return call(next_[returned_]); }
  std::uint32_t next(std::uint32_t taken) const { return call(next_[taken]); }

  void take(std::uint32_t taken) {
    next_[previous_[taken]] = next_[taken];
    previous_[next_[taken]] = previous_[taken];
  }
  void put_back(std::uint32_t taken) {
    next_[previous_[taken]] = taken;
    previous_[next_[taken]] = taken;
  }

  std::size_t bytes() const { return (next_.capacity() + previous_.capacity()) * sizeof(std::uint32_t); }

 private:
  std::uint32_t call(std::uint32_t entry) const { return entry < returned_ ? entry : kNone; }

  std::uint32_t returned_;  // the entry at which the list of those begins and ends; the others' comes after it
  std::vector<std::uint32_t> next_, previous_;
};

}  // namespace lockstep::general
