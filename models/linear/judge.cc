// Splits a log by locks, sweeps each, checks the order of the tokens, and words what was found.
#include "models/linear/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "models/words.h"

namespace lockstep::linear {
namespace {

std::string seconds(Instant at) { return models::seconds(models::Duration(at)); }

class Lock {
 public:
  Lock(const Log& log, const std::vector<Hold>& holds, std::uint32_t lock, LockShape shape, SweepBudget budget)
      : log_(log), holds_(holds), sweep_(log, holds, lock, std::move(shape), budget) {
    judgement_.lock = lock;
  }

  bool decided() const { return judgement_.outcome != Outcome::ok; }

  void take(std::uint32_t event) {
    const std::uint32_t o = event / 2;
    const Operation& op = log_.operations[o];
    if (event % 2 == 0) {
      ++judgement_.operations;
      if (op.action == Action::break_all) breaks_.push_back(o);
    }
    if (!sweep_.take(event)) return fail(o);
    if (event % 2 != 0 && op.action == Action::acquire && op.answer == Answer::yes) grants_.push_back(o);
  }

  Judgement judgement() && {
    judgement_.most_states = sweep_.most_states();
    return std::move(judgement_);
  }

 private:
  const Operation& op(std::uint32_t o) const { return log_.operations[o]; }
  std::string name(const Operation& op) const {
    return op.hold == kNone ? fmt::format("process {}", op.process) : name_of(log_, op.hold);
  }
  std::string lock_name() const { return log_.locks[judgement_.lock].name; }

  void fail(std::uint32_t o) {
    if (sweep_.gave_up()) {
      judgement_.outcome = Outcome::undecided;
      judgement_.sentence = fmt::format("more orders are possible than the budget allows to try; no objection up to {}",
                                        seconds(op(o).returned));
      return;
    }
    const Operation& x = op(o);
    judgement_.unexplained = o;
    if (sweep_.leans()) {
      judgement_.outcome = Outcome::undecided;
      judgement_.sentence = fmt::format(
          "no order was found that explains what {} was told at {}, but with leases of readers or of permits that is "
          "no proof yet",
          name(x), seconds(x.returned));
      return;
    }
    if (x.action == Action::acquire && x.answer == Answer::yes &&
        (token_is_wrong(o) || too_many_hold(o) || token_comes_too_late(o)))
      return;
    if (x.action == Action::acquire && x.answer == Answer::no && was_free(o)) return;
    if (x.action == Action::release && x.answer == Answer::yes && holds_[x.hold].kind == Hold::Kind::never)
      return violation("released without a grant", {o},
                       fmt::format("{} was told at {} that it had released {}, which it had never been granted",
                                   name(x), seconds(x.returned), lock_name()));
    std::vector<std::uint32_t> evidence{o};
    std::string who;
    for (const std::uint32_t h : sweep_.states().front().holders) {
      if (h == x.hold || holds_[h].acquired == kNone) continue;
      evidence.push_back(holds_[h].acquired);
      who += (who.empty() ? "" : ", ") + name(op(holds_[h].acquired));
    }
    violation(
        x.action == Action::acquire   ? (x.answer == Answer::yes ? "granted while held" : "refused while free")
        : x.action == Action::release ? (x.answer == Answer::yes ? "released while not held" : "living hold denied")
                                      : "seen in no state",
        std::move(evidence),
        fmt::format("{} asked about {} at {}, and no order of the operations explains what it was told at {}: the "
                    "best one has {} there",
                    name(x), lock_name(), seconds(x.invoked), seconds(x.returned),
                    who.empty() ? "nobody holding it" : "it held by " + who));
  }

  void violation(std::string shape, std::vector<std::uint32_t> evidence, std::string sentence) {
    judgement_.outcome = Outcome::violation;
    judgement_.shape = std::move(shape);
    judgement_.sentence = std::move(sentence);
    std::ranges::sort(evidence, {}, [&](std::uint32_t o) { return std::pair(op(o).invoked, o); });
    const auto repeated = std::ranges::unique(evidence);
    evidence.erase(repeated.begin(), repeated.end());
    judgement_.evidence = std::move(evidence);
  }

  // A grant before it has at least its token, although it was answered before this one was asked for, or excludes it.
  bool token_is_wrong(std::uint32_t o) {
    const Operation& x = op(o);
    if (x.token == 0) return false;
    for (std::uint32_t g = 0; g < log_.operations.size(); ++g) {
      const Operation& before = op(g);
      if (g == o || before.lock != x.lock || before.action != Action::acquire || before.answer != Answer::yes) continue;
      if (before.token < x.token || before.token == 0) continue;
      const bool repeated = before.token == x.token;
      const bool earlier = before.returned < x.invoked || (excludes(before, x) && before.returned < x.returned);
      if (!repeated && !earlier) continue;
      tokens(repeated ? "token repeated" : "token went back", g, o);
      return true;
    }
    return false;
  }

  // The turn of another grant, which was asked for only after this one was answered, would have come before.
  bool token_comes_too_late(std::uint32_t o) {
    const Operation& x = op(o);
    for (std::uint32_t g = 0; g < log_.operations.size() && x.token != 0; ++g) {
      const Operation& after = op(g);
      if (after.lock != x.lock || after.action != Action::acquire || after.answer != Answer::yes) continue;
      if (after.token == 0 || after.token >= x.token || after.invoked <= x.returned) continue;
      tokens("token went back", o, g);
      return true;
    }
    return false;
  }

  void tokens(std::string shape, std::uint32_t first, std::uint32_t second) {
    const Operation &a = op(first), &b = op(second);
    violation(std::move(shape), {first, second},
              fmt::format("{} was granted {} at {} with token {}, and {} at {} with token {}", name(a), lock_name(),
                          seconds(a.returned), a.token, name(b), seconds(b.returned), b.token));
  }

  bool excludes(const Operation& a, const Operation& b) const {
    return weight_of(log_, a) + weight_of(log_, b) > capacity_of(log_, judgement_.lock);
  }

  // Until when a granted attempt holds for certain, once its grant has returned.
  Instant sure_until(const Operation& grant) const {
    const Hold& hold = holds_[grant.hold];
    Instant until = std::min(hold.releasable, hold.sure_until);
    for (const std::uint32_t o : breaks_)
      if (op(o).returned >= grant.invoked) until = std::min(until, op(o).invoked);
    return until;
  }

  // Those that certainly hold it leave no room.
  bool too_many_hold(std::uint32_t o) {
    const Operation& x = op(o);
    std::vector<std::uint32_t> holders;
    for (const std::uint32_t g : grants_)
      if (sure_until(op(g)) > x.returned) holders.push_back(g);
    std::ranges::stable_sort(holders, std::greater(), [&](std::uint32_t g) { return holds_[op(g).hold].weight; });
    std::uint64_t held = holds_[x.hold].weight;
    std::size_t needed = 0;
    while (needed < holders.size() && held <= capacity_of(log_, judgement_.lock))
      held += holds_[op(holders[needed++]).hold].weight;
    if (held <= capacity_of(log_, judgement_.lock)) return false;
    if (needed == 0) {
      violation("more than there is", {o},
                fmt::format("{} was granted {} of {} at {}, which has {}", name(x), held, lock_name(),
                            seconds(x.returned), capacity_of(log_, judgement_.lock)));
      return true;
    }
    holders.resize(needed);
    const Operation& first = op(holders.front());
    const Instant until = std::min(sure_until(first), sure_until(x));
    std::string story = fmt::format(
        "{} held {} from {} {} for certain, {} was granted it at {}", name(first), lock_name(), seconds(first.returned),
        sure_until(first) == kNever ? "on" : "to " + seconds(sure_until(first)), name(x), seconds(x.returned));
    story += needed > 1 ? fmt::format(": {} holders", needed + 1)
             : until == kNever
                 ? ": two holders"
                 : fmt::format(": two holders for {}", models::length(models::Duration(until - x.returned)));
    holders.push_back(o);
    violation(needed > 1 ? "too many holders" : "two holders", holders, std::move(story));
    return true;
  }

  // Between the last certain release before it and the next grant after it nobody can have held the lock.
  bool was_free(std::uint32_t o) {
    const Operation& x = op(o);
    std::vector<std::uint32_t> evidence{o};
    std::uint32_t last = kNone, next = kNone;
    for (const std::uint32_t g : grants_) {
      const Hold& hold = holds_[op(g).hold];
      if (hold.released_by < x.invoked && (last == kNone || hold.released_by > holds_[op(last).hold].released_by))
        last = g;
    }
    for (const Hold& hold : holds_)
      if (hold.kind == Hold::Kind::granted && op(hold.acquired).lock == judgement_.lock && hold.from > x.returned &&
          (next == kNone || hold.from < op(next).invoked))
        next = hold.acquired;
    if (last != kNone) evidence.push_back(last);
    if (next != kNone) evidence.push_back(next);
    violation("refused while free", evidence,
              fmt::format("{} asked for {} at {} and was refused at {}, though {} had released it by {}{}", name(x),
                          lock_name(), seconds(x.invoked), seconds(x.returned),
                          last == kNone ? "whoever held it" : name(op(last)),
                          last == kNone ? "then" : seconds(holds_[op(last).hold].released_by),
                          next == kNone ? " and nobody was granted it after that"
                                        : fmt::format(" and the next one, {}, asked only at {}", name(op(next)),
                                                      seconds(op(next).invoked))));
    return true;
  }

  const Log& log_;
  const std::vector<Hold>& holds_;
  Sweep sweep_;
  Judgement judgement_;
  std::vector<std::uint32_t> grants_;  // that have returned
  std::vector<std::uint32_t> breaks_;  // asked for
};

void rank(const Log& log, std::vector<Hold>& holds) {
  std::vector<std::vector<std::uint32_t>> tokened(log.locks.size());
  for (std::uint32_t i = 0; i < log.operations.size(); ++i) {
    const Operation& op = log.operations[i];
    if (op.action == Action::acquire && op.answer == Answer::yes && op.token != 0) tokened[op.lock].push_back(i);
  }
  for (auto& operations : tokened) {
    std::ranges::stable_sort(operations, {}, [&](std::uint32_t o) { return log.operations[o].token; });
    std::uint64_t before = 0;
    for (std::uint32_t i = 0; i < operations.size(); ++i) {
      const Operation& op = log.operations[operations[i]];
      holds[op.hold].rank = op.token == before ? kNone - 1 : i;  // a token that repeats has no turn
      before = op.token;
    }
  }
}

}  // namespace

std::vector<Hold> holds_of(const Log& log) {
  std::vector<Hold> holds(log.holds);
  std::map<std::uint32_t, Instant> renewed;
  for (std::uint32_t i = 0; i < log.operations.size(); ++i) {
    const Operation& op = log.operations[i];
    if (op.hold == kNone) continue;
    Hold& hold = holds[op.hold];
    if (op.action == Action::renew && op.answer == Answer::yes && op.ttl != 0)
      renewed[op.hold] = std::max(renewed[op.hold], op.invoked + op.ttl);
    const bool changes = (op.action == Action::acquire || op.action == Action::release) &&
                         (op.answer == Answer::yes || op.answer == Answer::unknown);
    if (changes) hold.last_asked = hold.last_asked == kNever ? op.invoked : std::max(hold.last_asked, op.invoked);
    if (op.action == Action::acquire) {
      hold.acquired = i;
      hold.from = op.invoked;
      hold.weight = weight_of(log, op);
      hold.ttl = op.ttl;
      if (op.answer == Answer::yes) {
        hold.kind = Hold::Kind::granted;
        hold.granted_by = op.returned;
      } else if (op.answer == Answer::unknown) {
        hold.kind = Hold::Kind::ghost;
      }
    } else if (op.action == Action::release && (op.answer == Answer::yes || op.answer == Answer::unknown)) {
      hold.releasable = std::min(hold.releasable, op.invoked);
      if (op.answer == Answer::yes) hold.released_by = std::min(hold.released_by, op.returned);
    } else if ((op.action == Action::release && op.answer == Answer::no) ||
               (op.action == Action::renew && (op.answer == Answer::yes || op.answer == Answer::no)) ||
               (op.action == Action::inspect && op.answer == Answer::yes)) {
      hold.watched_until = std::max(hold.watched_until, op.returned);
      if (op.answer == Answer::yes) hold.seen_until = std::max(hold.seen_until, op.returned);
    }
  }
  for (Hold& hold : holds)
    if (hold.ttl != 0) hold.sure_until = hold.from + hold.ttl;
  for (const auto& [hold, until] : renewed) holds[hold].sure_until = std::max(holds[hold].sure_until, until);
  rank(log, holds);
  return holds;
}

std::vector<LockShape> shapes_of(const Log& log) {
  std::vector<LockShape> shapes(log.locks.size());
  for (const Operation& op : log.operations) {
    LockShape& shape = shapes[op.lock];
    shape.leases = shape.leases || op.ttl != 0;
    if (op.action == Action::break_all) shape.breaks_asked.push_back(op.invoked);
    if (op.action != Action::acquire) continue;
    const auto weight = weight_of(log, op);
    shape.all_exclusive = shape.all_exclusive && weight == capacity_of(log, op.lock);
    const auto note = [weight](auto& known) {
      if (std::ranges::find(known, weight) == known.end()) known.push_back(weight);
    };
    if (op.answer == Answer::no) note(shape.refused_weights);
    if (op.answer == Answer::unknown) note(shape.ghost_weights);
  }
  for (LockShape& shape : shapes) std::ranges::sort(shape.breaks_asked);
  return shapes;
}

std::vector<Judgement> judge(const Log& log, SweepBudget budget) {
  const auto holds = holds_of(log);
  auto shapes = shapes_of(log);
  std::vector<Lock> locks;
  locks.reserve(log.locks.size());
  for (std::uint32_t i = 0; i < log.locks.size(); ++i) locks.emplace_back(log, holds, i, std::move(shapes[i]), budget);
  for (const std::uint32_t event : log.events) {
    Lock& lock = locks[log.operations[event / 2].lock];
    if (!lock.decided()) lock.take(event);
  }
  std::vector<Judgement> judgements;
  for (Lock& lock : locks) judgements.push_back(std::move(lock).judgement());
  return judgements;
}

}  // namespace lockstep::linear
