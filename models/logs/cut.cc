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

// More permits than these are not followed one by one.
constexpr std::uint64_t kMostPermits = 256;

struct LockFacts {
  bool readers = false, leases = false;
  Instant unsure_until = kNever;  // who was asked for before, and as what, may matter; kBefore: nobody was
};

struct HoldFacts {
  std::uint32_t lock = kNone;
  bool asked = false;
  Instant over_by = kNever;  // it certainly does not hold any more
};

bool is_semaphore(const Log& log, std::uint32_t lock) { return log.locks[lock].capacity != 0; }

class Before {
 public:
  explicit Before(Log& log) : log_(log), locks_(log.locks.size()), holds_(log.holds) {}

  void add() && {
    Instant first = kNever;
    for (LockFacts& lock : locks_) lock.unsure_until = kBefore;
    for (const Operation& op : log_.operations) {
      note(op);
      for (const Instant at : {op.invoked, op.returned})
        if (at != kBefore) first = std::min(first, at);
    }
    if (first == kNever) return;
    begin_ = first - 1;
    for (Operation& op : log_.operations)
      if (op.invoked == kBefore) op.invoked = begin_;
    for (std::uint32_t hold = 0; hold < holds_.size(); ++hold)
      if (holds_[hold].lock != kNone && !holds_[hold].asked) ask_before(hold);
    forget_refusals();
    log_.strangers = log_.holds;
    for (std::uint32_t lock = 0; lock < locks_.size(); ++lock) hold_before(lock);
    put_in_order(log_);
  }

 private:
  void note(const Operation& op) {
    LockFacts& lock = locks_[op.lock];
    lock.leases = lock.leases || op.ttl != 0;
    lock.readers = lock.readers || op.mode == Mode::shared;
    if (op.hold == kNone) return;
    HoldFacts& hold = holds_[op.hold];
    hold.lock = op.lock;
    hold.asked = hold.asked || op.action == Action::acquire;
    const bool ends = op.answer == Answer::no || (op.action == Action::release && op.answer == Answer::yes);
    if (ends) hold.over_by = std::min(hold.over_by, op.returned);
  }

  Operation from_before(std::uint32_t lock, std::uint32_t hold) const {
    return {.invoked = begin_, .ttl = locks_[lock].leases ? 1 : 0, .lock = lock, .hold = hold};
  }

  void ask_before(std::uint32_t hold) {
    LockFacts& lock = locks_[holds_[hold].lock];
    Operation op = from_before(holds_[hold].lock, hold);
    op.action = Action::acquire;
    op.mode = is_semaphore(log_, op.lock) ? Mode::permits : Mode::shared;  // as little as it can be
    lock.unsure_until = std::max(lock.unsure_until, holds_[hold].over_by);
    log_.operations.push_back(op);
    // It may be over already: whatever a second release is told is right.
    op.action = Action::release;
    op.ttl = 0;
    log_.operations.push_back(op);
  }

  // What a writer refuses whom a reader would not, or several permits whom one would not.
  void forget_refusals() {
    for (Operation& op : log_.operations) {
      const LockFacts& lock = locks_[op.lock];
      const bool semaphore = is_semaphore(log_, op.lock);
      const bool matters = semaphore ? log_.locks[op.lock].capacity > 1 : op.mode == Mode::shared;
      const bool refused = op.action == Action::acquire && op.answer == Answer::no;
      const bool early = lock.unsure_until != kBefore && op.invoked <= lock.unsure_until;
      const bool many = semaphore && log_.locks[op.lock].capacity > kMostPermits;
      if (refused && ((matters && early) || many)) op.answer = Answer::nothing;
    }
  }

  void hold_before(std::uint32_t lock) {
    const std::uint64_t capacity = log_.locks[lock].capacity;
    if (capacity > kMostPermits) return;
    for (std::uint64_t i = 0; i < std::max<std::uint64_t>(1, capacity); ++i) {
      const std::uint32_t hold = log_.holds++;
      log_.sids.resize(log_.holds, linear::kNoNumber);
      Operation op = from_before(lock, hold);
      op.action = Action::release;
      log_.operations.push_back(op);
      if (locks_[lock].readers) {
        op.action = Action::renew;
        op.mode = Mode::shared;
        log_.operations.push_back(op);
      }
      op.action = Action::acquire;
      op.answer = Answer::yes;
      op.ttl = 0;
      op.returned = begin_;
      op.mode = capacity == 0 ? Mode::exclusive : Mode::permits;
      log_.operations.push_back(op);
    }
  }

  Log& log_;
  std::vector<LockFacts> locks_;
  std::vector<HoldFacts> holds_;
  Instant begin_ = 0;
};

}  // namespace

void begin_before(Log& log) { Before(log).add(); }

}  // namespace lockstep::models
