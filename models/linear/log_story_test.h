// Logs written by hand, operation by operation, for tests of what logs say of waiting. For tests only.
#pragma once

#include <string>
#include <vector>

#include "models/linear/log.h"

namespace lockstep::linear {

class LogStory {
 public:
  explicit LogStory(std::vector<Log::Lock> locks = {{.name = "A"}}) { log.locks = std::move(locks); }

  // Each attempt is an acquisition; who it is, is the number that is given back.
  std::uint32_t waits(std::uint32_t process, Instant asked, Instant told, Operation more = {}) {
    more.waits = true;
    return acquires(process, asked, told, more);
  }
  std::uint32_t tries(std::uint32_t process, Instant asked, Instant told, Operation more = {}) {
    return acquires(process, asked, told, more);
  }
  std::uint32_t gives_up(std::uint32_t process, Instant asked, Instant told, Operation more = {}) {
    const auto hold = waits(process, asked, told, more);
    log.operations.back().answer = Answer::nothing;
    return hold;
  }
  void releases(std::uint32_t hold, Instant asked, Instant told, Answer answer = Answer::yes) {
    Operation op = of(hold);
    op.action = Action::release;
    op.invoked = asked;
    op.returned = told;
    op.answer = told == kNever ? Answer::unknown : answer;
    op.waits = false;
    op.token = 0;
    op.ttl = 0;
    log.operations.push_back(op);
  }
  void breaks(Instant asked, Instant told) {
    log.operations.push_back({.invoked = asked, .returned = told, .action = Action::break_all, .answer = Answer::yes});
  }
  // Something happens so late: the log goes on until then.
  void ends(Instant at) { tries(99, at, at), log.operations.back().answer = Answer::nothing; }

  Log make() {
    put_in_order(log);
    return log;
  }

  Log log;

 private:
  std::uint32_t acquires(std::uint32_t process, Instant asked, Instant told, Operation op) {
    op.process = process;
    op.invoked = asked;
    op.returned = told;
    op.hold = log.holds++;
    op.action = Action::acquire;
    op.answer = told == kNever ? Answer::unknown : Answer::yes;
    log.operations.push_back(op);
    return op.hold;
  }
  const Operation& of(std::uint32_t hold) const {
    for (const Operation& op : log.operations)
      if (op.hold == hold) return op;
    return log.operations.front();
  }
};

}  // namespace lockstep::linear
