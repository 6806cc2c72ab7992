// A lock that does one thing at a time, and what may be told of it.
#include "models/linear/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace lockstep::linear {

using Objection = std::optional<std::string>;

class Replay::Lock {
 public:
  Lock(const Replay& replay, std::uint32_t lock)
      : log_(replay.log_), attempts_(replay.attempts_), capacity_(log_.locks[lock].capacity) {}

  Objection ends_by_itself(std::uint32_t hold, Instant at) {
    const auto holder = holders_.find(hold);
    if (holder == holders_.end()) return "a lease ends of somebody who does not hold";
    if (holder->second.ends == kNever) return "a lease ends where there is none";
    if (at < holder->second.ends) return "a lease ends before its time";
    end(hold);
    return std::nullopt;
  }

  Objection happens(const Operation& op, Instant at) {
    const bool yes = op.answer == Answer::yes || op.answer == Answer::unknown;
    switch (op.action) {
      case Action::acquire: return yes ? acquires(op, at) : is_refused(op);
      case Action::release: return yes ? releases(op) : is_not_held(op);
      case Action::renew: return yes ? renews(op, at) : is_not_held(op);
      case Action::break_all:
        if (!yes) return "a break has no other answer than yes";
        while (!holders_.empty()) end(holders_.begin()->first);
        return std::nullopt;
      case Action::inspect:
        if (op.answer != Answer::yes) return "an inspection has no other answer than yes";
        if (op.hold == kNone ? holders_.empty() : holders_.contains(op.hold)) return std::nullopt;
        return op.hold == kNone ? "it was seen free while held" : "it was seen held by somebody who does not hold it";
    }
    return "there is no such action";
  }

 private:
  struct Holder {
    Mode mode{};
    Instant ends = kNever;  // its lease, not before
  };

  Objection acquires(const Operation& op, Instant at) {
    if (holders_.contains(op.hold) || over_.contains(op.hold)) {
      if (op.answer == Answer::yes) return std::nullopt;  // told once more
      return "an attempt was granted a second time";
    }
    const Attempt& attempt = attempts_[op.hold];
    if (!has_room(op.mode, op.permits)) return "it was granted without room";
    if (attempt.token != 0 && attempt.token <= token_) return "tokens went back";
    token_ = std::max(token_, attempt.token);
    const Instant from = log_.leases_from_asking ? attempt.asked : at;
    holders_[op.hold] = {.mode = attempt.mode, .ends = attempt.ttl == 0 ? kNever : from + attempt.ttl};
    count(op.hold, true);
    return std::nullopt;
  }

  Objection is_refused(const Operation& op) const {
    if (holders_.contains(op.hold)) return "somebody was refused who holds it";
    if (over_.contains(op.hold)) return std::nullopt;
    if (has_room(op.mode, op.permits + std::uint64_t{op.in_line})) return "somebody was refused though there was room";
    if (op.named != kNone && !holders_.contains(op.named)) return "the one named in a refusal did not hold";
    return std::nullopt;
  }

  Objection releases(const Operation& op) {
    if (holders_.contains(op.hold)) {
      end(op.hold);
      return std::nullopt;
    }
    if (op.answer == Answer::yes && over_.contains(op.hold)) return std::nullopt;
    return "a release found that nobody had held";
  }

  Objection renews(const Operation& op, Instant at) {
    const auto holder = holders_.find(op.hold);
    if (holder == holders_.end()) return "somebody renewed who did not hold";
    Instant& ends = holder->second.ends;
    if (ends != kNever) ends = std::max(ends, (log_.leases_from_asking ? op.invoked : at) + op.ttl);
    if (op.mode == Mode::shared && holder->second.mode == Mode::exclusive) {
      count(op.hold, false);
      holder->second.mode = Mode::shared;
      count(op.hold, true);
    }
    return std::nullopt;
  }

  Objection is_not_held(const Operation& op) const {
    if (holders_.contains(op.hold)) return "somebody was told that it did not hold, and did";
    return std::nullopt;
  }

  bool has_room(Mode mode, std::uint64_t permits) const {
    switch (mode) {
      case Mode::exclusive: return holders_.empty();
      case Mode::shared: return holders_.size() == readers_;
      case Mode::permits: return holders_.size() == semaphore_users_ && permits_ + permits <= capacity_;
    }
    return false;
  }

  void count(std::uint32_t hold, bool more) {
    const auto add = [more](std::uint64_t& sum, std::uint64_t n) { sum = more ? sum + n : sum - n; };
    const Mode mode = holders_[hold].mode;
    if (mode == Mode::shared) add(readers_, 1);
    if (mode == Mode::permits) add(semaphore_users_, 1), add(permits_, attempts_[hold].permits);
  }

  void end(std::uint32_t hold) {
    count(hold, false);
    holders_.erase(hold);
    over_.insert(hold);
  }

  const Log& log_;
  const std::vector<Attempt>& attempts_;
  std::uint64_t capacity_;
  std::map<std::uint32_t, Holder> holders_;
  std::set<std::uint32_t> over_;  // who held and does not any more
  std::uint64_t token_ = 0, readers_ = 0, semaphore_users_ = 0, permits_ = 0;
};

Replay::Replay(const Log& log) : log_(log), attempts_(log.holds), operations_(log.locks.size()) {
  std::vector<bool> known(log.holds);
  for (std::uint32_t o = 0; o < log.operations.size(); ++o) {
    const Operation& op = log.operations[o];
    const bool answered = op.answer == Answer::yes || op.answer == Answer::no;
    if (answered && op.returned != kNever) operations_[op.lock].push_back(o);
    if (op.action != Action::acquire || op.hold == kNone) continue;
    Attempt& attempt = attempts_[op.hold];
    if (!known[op.hold]) attempt.mode = op.mode, attempt.permits = op.permits, known[op.hold] = true;
    if (attempt.token == 0) attempt.token = op.token;
    if (op.answer == Answer::no || op.answer == Answer::nothing) continue;
    attempt.asked = std::min(attempt.asked, op.invoked);
    if (op.ttl != 0) attempt.ttl = attempt.ttl == 0 ? op.ttl : std::min(attempt.ttl, op.ttl);
  }
}

Objection Replay::objection(const Witness& witness) const {
  Lock lock(*this, witness.lock);
  std::set<std::uint32_t> done;
  Instant now = std::numeric_limits<Instant>::min();
  for (const Point& point : witness.points) {
    if (point.at < now) return "a point lies before the one before it";
    now = point.at;
    Objection wrong;
    if (point.kind == Point::Kind::lease_end) {
      wrong = lock.ends_by_itself(point.hold, point.at);
    } else {
      if (point.operation >= log_.operations.size()) return "a point is of no operation of the log";
      const Operation& op = log_.operations[point.operation];
      if (op.lock != witness.lock) return fmt::format("line {}: the operation is of another lock", op.line);
      if (op.answer == Answer::nothing) return fmt::format("line {}: the operation had no effect", op.line);
      if (op.hold != point.hold) return fmt::format("line {}: the point tells of another attempt", op.line);
      if (!done.insert(point.operation).second) return fmt::format("line {}: it happens twice", op.line);
      if (point.at < op.invoked || point.at > op.returned)
        return fmt::format("line {}: the point does not lie between question and answer", op.line);
      wrong = lock.happens(op, point.at);
      if (wrong) wrong = fmt::format("line {}: {}", op.line, *wrong);
    }
    if (wrong) return wrong;
  }
  for (const std::uint32_t o : operations_[witness.lock])
    if (!done.contains(o)) return fmt::format("line {}: it was answered, and never happens", log_.operations[o].line);
  return std::nullopt;
}

}  // namespace lockstep::linear
