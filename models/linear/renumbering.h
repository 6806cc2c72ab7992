// A log that grows is made shorter by leaving out what nobody needs any more: those that are kept, and what their new
// numbers are. Order is kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/linear/log.h"

namespace lockstep::linear {

// First 0 or 1 for each: whether it is kept. After count(): the new number, or kNone.
struct Renumbering {
  std::vector<std::uint32_t> operations, holds;

  void keep_operation(std::uint32_t o) { operations[o] = 1; }
  void keep_hold(std::uint32_t h) {
    if (h != kNone) holds[h] = 1;
  }

  void count() {
    for (auto* numbers : {&operations, &holds}) {
      std::uint32_t next = 0;
      for (std::uint32_t& number : *numbers) number = number != 0 ? next++ : kNone;
    }
  }

  // Of what there is one of for each operation or hold, or for fewer: those that are kept.
  template <typename Values>
  static void keep(const std::vector<std::uint32_t>& numbers, Values& values) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < std::min(numbers.size(), values.size()); ++i)
      if (numbers[i] != kNone) values[kept++] = std::move(values[i]);
    values.resize(kept);
  }

  // Of sets of operations or holds, in any order.
  static void apply(const std::vector<std::uint32_t>& numbers, std::vector<std::uint32_t>& set) {
    for (std::uint32_t& number : set) number = numbers[number];
    std::erase(set, kNone);
  }
};

}  // namespace lockstep::linear
