// A register with read, write and compare-and-set: the specification that most logs of key-value stores are held
// against, one register for each key.
#pragma once

#include <cstdint>

#include "models/general/specification.h"

namespace lockstep::general {

class RegisterSpecification {
 public:
  struct Operation {
    enum class Kind : std::uint8_t { read, write, compare_and_set } kind{};
    std::int64_t key = 0;       // for `partition`
    std::int64_t value = 0;     // that was read, or is written
    std::int64_t expected = 0;  // compare_and_set
    bool succeeded = true;      // compare_and_set; of an unknown outcome: true, since else nothing happened
  };
  using State = std::int64_t;

  explicit RegisterSpecification(std::int64_t initial) : initial_(initial) {}

  State initial() const { return initial_; }
  bool step(State& state, const Operation& op) const {
    if (op.kind == Operation::Kind::read) return state == op.value;
    if (op.kind == Operation::Kind::compare_and_set && (state == op.expected) != op.succeeded) return false;
    if (op.succeeded) state = op.value;
    return true;
  }
  bool observes(const Operation& op) const { return op.kind == Operation::Kind::read || !op.succeeded; }
  std::uint64_t hash(const State& state) const { return static_cast<std::uint64_t>(state); }

 private:
  std::int64_t initial_;
};

}  // namespace lockstep::general
