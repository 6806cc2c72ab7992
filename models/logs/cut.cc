// Operations are added at one instant before the first of the log.
#include "models/logs/cut.h"

#include <algorithm>
#include <vector>

namespace lockstep::models {
namespace {

using linear::Action;
using linear::Answer;
using linear::Instant;
using linear::kNever;
using linear::kNone;
using linear::Log;
using linear::Mode;
using linear::Operation;

struct HoldFacts {
  std::uint32_t lock = kNone;
  bool asked = false;      // for its lock
  bool asked_cut = false;  // and that was before the log
  bool writes = false;     // as far as its answer tells
  bool renewed = false;    // it certainly held at some time of the log
  bool is_of_before() const { return !asked || asked_cut; }
};

class Before {
 public:
  explicit Before(Log& log) : log_(log), holds_(log.holds) {}

  void add() && {
    Instant first = kNever;
    for (const Operation& op : log_.operations) {
      note(op);
      for (const Instant at : {op.invoked, op.returned})
        if (at != kBefore) first = std::min(first, at);
    }
    if (first == kNever) return;
    begin_ = first - 1;
    for (Operation& op : log_.operations) {
      if (op.invoked == kBefore) op.invoked = begin_;
      if (tells_nothing(op)) op.answer = Answer::nothing;
    }
    for (std::uint32_t hold = 0; hold < holds_.size(); ++hold)
      if (holds_[hold].lock != kNone && holds_[hold].is_of_before() && holds_[hold].renewed) ask_before(hold);
    log_.strangers = log_.holds;
    for (std::uint32_t lock = 0; lock < log_.locks.size(); ++lock) meet_a_stranger(lock);
    put_in_order(log_);
  }

 private:
  void note(const Operation& op) {
    breaks_ = breaks_ || op.action == Action::break_all;
    readers_ = readers_ || op.mode == Mode::shared;
    if (op.hold == kNone) return;
    HoldFacts& hold = holds_[op.hold];
    hold.lock = op.lock;
    hold.renewed = hold.renewed || (op.action == Action::renew && op.answer == Answer::yes);
    if (op.action != Action::acquire) return;
    hold.asked = true;
    hold.asked_cut = hold.asked_cut || op.invoked == kBefore;
    hold.writes = hold.writes || op.mode == Mode::exclusive;
  }

  // Who was asked for before may be over whenever others hold, and released or denied for that; only to be renewed he
  // has to hold.
  bool tells_nothing(const Operation& op) const {
    if (op.answer == Answer::unknown) return false;
    if (op.action == Action::acquire && op.answer == Answer::no) return true;
    return op.hold != kNone && holds_[op.hold].is_of_before() && !holds_[op.hold].renewed;
  }

  void add(Action action, std::uint32_t lock, std::uint32_t hold, Mode mode = Mode::exclusive) {
    Operation op{.invoked = begin_, .lock = lock, .hold = hold};
    op.action = action;
    op.mode = mode;
    log_.operations.push_back(op);
  }

  void ask_before(std::uint32_t number) {
    const HoldFacts& hold = holds_[number];
    const bool semaphore = log_.locks[hold.lock].capacity != 0;
    // As little as it can be.
    if (!hold.asked) add(Action::acquire, hold.lock, number, semaphore ? Mode::permits : Mode::shared);
    // It may be over already: released by another process, broken, or its lease has ended. Whatever a second release
    // is told is right.
    add(Action::release, hold.lock, number);
    if (hold.writes && readers_ && !semaphore) add(Action::renew, hold.lock, number, Mode::shared);
  }

  // Who asked for all of it and has no answer in the log; and who broke it, if such a thing is done to these locks.
  void meet_a_stranger(std::uint32_t lock) {
    const std::uint32_t hold = log_.holds++;
    log_.sids.resize(log_.holds, linear::kNoNumber);
    add(Action::acquire, lock, hold);
    if (breaks_) add(Action::break_all, lock, kNone);
  }

  Log& log_;
  std::vector<HoldFacts> holds_;
  bool breaks_ = false, readers_ = false;
  Instant begin_ = 0;
};

}  // namespace

void begin_before(Log& log) { Before(log).add(); }

}  // namespace lockstep::models
