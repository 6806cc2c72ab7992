// A queue, first in, first out: the example of Herlihy and Wing 1990.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/general/specification.h"

namespace lockstep::general {

class QueueSpecification {
 public:
  struct Operation {
    enum class Kind : std::uint8_t { enqueue, dequeue } kind{};
    std::optional<std::int64_t> item;  // dequeue: without, the queue was empty
    bool seen = true;                  // dequeue: false if its outcome is unknown, so that it may have got anything
  };
  // Without a hash: states have an order, which is enough.
  using State = std::vector<std::int64_t>;

  State initial() const { return {}; }
  bool step(State& state, const Operation& op) const {
    if (op.kind == Operation::Kind::enqueue) {
      state.push_back(*op.item);
      return true;
    }
    if (state.empty()) return !op.seen || !op.item;
    if (op.seen && op.item != state.front()) return false;
    state.erase(state.begin());
    return true;
  }
  bool observes(const Operation& op) const { return op.kind == Operation::Kind::dequeue && op.seen && !op.item; }
  std::size_t bytes(const State& state) const { return state.capacity() * sizeof(std::int64_t); }
};

}  // namespace lockstep::general
