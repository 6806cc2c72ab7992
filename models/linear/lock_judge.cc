// Which certificate fits: the plain ones first.
#include "models/linear/lock_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "models/linear/times.h"

namespace lockstep::linear {

void LockJudge::take(std::uint32_t event) {
  const std::uint32_t o = event / 2;
  const Operation& op = log_.operations[o];
  if (event % 2 == 0) {
    ++judgement_.operations;
    if (keeps_operations_) operations_.push_back(o);
    if (op.action == Action::break_all) breaks_.push_back(o);
  }
  if (!sweep_.take(event)) return fail(o);
  if (event % 2 != 0 && op.action == Action::acquire && op.answer == Answer::yes) grants_.push_back(o);
}

Judgement LockJudge::judgement() const {
  Judgement judgement = judgement_;
  judgement.most_states = sweep_.most_states();
  return judgement;
}

std::string LockJudge::name(const Operation& op) const {
  return op.hold == kNone ? fmt::format("process {}", op.process) : name_of(log_, op.hold);
}

void LockJudge::fail(std::uint32_t o) {
  if (sweep_.gave_up()) {
    judgement_.outcome = Outcome::undecided;
    judgement_.sentence = fmt::format("more orders are possible than the budget allows to try; no objection up to {}",
                                      seconds(op(o).returned));
    return;
  }
  const Operation& x = op(o);
  judgement_.unexplained = o;
  judgement_.holding = sweep_.states().front().holders;
  if (x.action == Action::acquire && x.answer == Answer::yes && (token_is_wrong(o) || too_many_hold(o))) return;
  if (x.action == Action::acquire && x.answer == Answer::no && was_free(o)) return;
  if (x.action == Action::release && x.answer == Answer::yes && holds_[x.hold].kind == Hold::Kind::never)
    return violation("released without a grant", {o},
                     fmt::format("{} was told at {} that it had released {}, which it had never been granted", name(x),
                                 seconds(x.returned), lock_name()));
  no_order(o);
}

std::string LockJudge::shape_of(const Operation& x) const {
  const bool yes = x.answer == Answer::yes;
  switch (x.action) {
    case Action::acquire: return yes ? "granted while held" : "refused while free";
    case Action::release: return yes ? "released while not held" : "living hold denied";
    case Action::renew:
      return !yes                                       ? "living hold denied"
             : holds_[x.hold].kind == Hold::Kind::never ? "renewed without a grant"
                                                        : "renewed while not held";
    case Action::inspect: return x.hold == kNone ? "seen free while held" : "seen held while not held";
    case Action::break_all: break;
  }
  return "broken while it could not be";
}

std::string LockJudge::told(const Operation& x) const {
  const bool yes = x.answer == Answer::yes;
  switch (x.action) {
    case Action::acquire: return fmt::format("{} was {} {}", name(x), yes ? "granted" : "refused", lock_name());
    case Action::release:
    case Action::renew:
      return fmt::format("{} was told that it {} {}", name(x),
                         !yes                          ? "did not hold"
                         : x.action == Action::release ? "had released"
                                                       : "still held",
                         lock_name());
    case Action::inspect:
      return fmt::format("{} was seen {}", lock_name(), x.hold == kNone ? "free" : "held by " + name(x));
    case Action::break_all: break;
  }
  return fmt::format("{} broke {}", name(x), lock_name());
}

void LockJudge::no_order(std::uint32_t o) {
  const Operation& x = op(o);
  std::vector<std::uint32_t> evidence{o};
  const bool acquires = x.action == Action::acquire;
  std::string facts;
  if (!acquires && x.hold != kNone)
    facts = x.answer == Answer::yes ? why_not_held(x.hold, x, evidence) : surely_held(x.hold, x, evidence);
  if (x.answer == Answer::yes && (acquires || x.hold == kNone || facts.empty())) {
    const std::string others = in_its_way(x, evidence);
    facts += (facts.empty() || others.empty() ? "" : ", and ") + others;
  }
  if (facts.empty()) facts = "what was told before rules that out";
  violation(shape_of(x), std::move(evidence),
            fmt::format("{} at {}, having asked at {}, and no order of the operations explains that: {}", told(x),
                        seconds(x.returned), seconds(x.invoked), facts));
}

std::string LockJudge::surely_held(std::uint32_t h, const Operation& x, std::vector<std::uint32_t>& evidence) const {
  const Hold& hold = holds_[h];
  if (hold.acquired == kNone) return "";
  evidence.push_back(hold.acquired);
  const std::string who = h == x.hold ? "it" : name(op(hold.acquired));
  if (hold.kind != Hold::Kind::granted)
    return fmt::format("{} asked for it at {}, its outcome is unknown, and it may hold it since", who,
                       seconds(hold.from));
  const Instant until = sure_until(op(hold.acquired));
  std::string text = until <= hold.granted_by
                         ? fmt::format("{} was granted it at {}", who, seconds(hold.granted_by))
                         : fmt::format("{} held it for certain from {} {}", who, seconds(hold.granted_by),
                                       until == kNever ? "on" : "to " + seconds(until));
  std::uint32_t renewed = kNone;
  for (std::uint32_t i = 0; until < x.returned && i < log_.operations.size(); ++i) {
    const Operation& renewal = op(i);
    if (renewal.hold != h || renewal.action != Action::renew || renewal.answer != Answer::yes) continue;
    if (renewal.returned <= x.returned && (renewed == kNone || renewal.returned > op(renewed).returned)) renewed = i;
  }
  if (renewed == kNone) return text;
  evidence.push_back(renewed);
  text += fmt::format(", and was told at {} that it still did", seconds(op(renewed).returned));
  return op(renewed).ttl == 0 ? text : text + ", for " + length(op(renewed).ttl);
}

// As far as what was asked about it tells.
std::string LockJudge::why_not_held(std::uint32_t h, const Operation& x, std::vector<std::uint32_t>& evidence) const {
  const Hold& hold = holds_[h];
  if (hold.acquired == kNone) return "it was never granted it";
  evidence.push_back(hold.acquired);
  if (hold.from > x.returned) return fmt::format("it asked for it only at {}", seconds(hold.from));
  for (std::uint32_t i = 0; i < log_.operations.size(); ++i) {
    const Operation& end = op(i);
    if (end.lock != x.lock || end.answer != Answer::yes || end.returned >= x.invoked) continue;
    const bool releases = end.action == Action::release && end.hold == h;
    const bool breaks = end.action == Action::break_all && end.invoked > hold.granted_by;
    if (!releases && !breaks) continue;
    evidence.push_back(i);
    return releases ? fmt::format("it had released it by {}", seconds(end.returned))
                    : fmt::format("process {} had broken it by {}", end.process, seconds(end.returned));
  }
  return "";
}

// Who holds in an explanation of all before; and where that is not known of one for certain, the last who was refused.
std::string LockJudge::in_its_way(const Operation& x, std::vector<std::uint32_t>& evidence) const {
  std::string all;
  Instant doubtful = kNever;
  for (const std::uint32_t h : judgement_.holding) {
    if (h == x.hold || holds_[h].acquired == kNone) continue;
    const bool sure = holds_[h].kind == Hold::Kind::granted && holds_[h].granted_by < x.invoked;
    if (!sure) doubtful = std::min(doubtful, holds_[h].from);
    all += (all.empty() ? "" : ", ") + surely_held(h, x, evidence);
  }
  if (doubtful == kNever) return all;
  std::uint32_t last = kNone;
  for (std::uint32_t i = 0; i < log_.operations.size(); ++i) {
    const Operation& refused = op(i);
    if (refused.lock != x.lock || refused.action != Action::acquire || refused.answer != Answer::no) continue;
    if (refused.invoked < doubtful || refused.returned > x.returned) continue;
    if (last == kNone || refused.returned > op(last).returned) last = i;
  }
  if (last == kNone) return all;
  evidence.push_back(last);
  return all + fmt::format("; {} was refused at {}", name(op(last)), seconds(op(last).returned));
}

void LockJudge::violation(std::string shape, std::vector<std::uint32_t> evidence, std::string sentence) {
  judgement_.outcome = Outcome::violation;
  judgement_.shape = std::move(shape);
  judgement_.sentence = std::move(sentence);
  std::ranges::sort(evidence, {}, [&](std::uint32_t o) { return std::pair(op(o).invoked, o); });
  const auto repeated = std::ranges::unique(evidence);
  evidence.erase(repeated.begin(), repeated.end());
  judgement_.evidence = std::move(evidence);
}

// A grant before it has at least its token, although it was answered before this one was asked for, or excludes it.
bool LockJudge::token_is_wrong(std::uint32_t o) {
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

void LockJudge::tokens(std::string shape, std::uint32_t first, std::uint32_t second) {
  const Operation &a = op(first), &b = op(second);
  violation(std::move(shape), {first, second},
            fmt::format("{} was granted {} at {} with token {}, and {} at {} with token {}", name(a), lock_name(),
                        seconds(a.returned), a.token, name(b), seconds(b.returned), b.token));
}

bool LockJudge::excludes(const Operation& a, const Operation& b) const {
  return weight_of(log_, a) + weight_of(log_, b) > capacity_of(log_, judgement_.lock);
}

// Until when a granted attempt holds for certain, once its grant has returned.
Instant LockJudge::sure_until(const Operation& grant) const {
  const Hold& hold = holds_[grant.hold];
  Instant until = std::min(hold.releasable, hold.sure_until);
  for (const std::uint32_t o : breaks_)
    if (op(o).returned >= grant.invoked) until = std::min(until, op(o).invoked);
  return until;
}

// Those that certainly hold it leave no room.
bool LockJudge::too_many_hold(std::uint32_t o) {
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
  const std::uint64_t capacity = capacity_of(log_, judgement_.lock);
  const bool permits = capacity != kWhole;
  story += permits      ? fmt::format(": {} of {} permits, of {} holders", held, capacity, needed + 1)
           : needed > 1 ? fmt::format(": {} holders", needed + 1)
           : until == kNever || until <= x.returned ? ": two holders"
                                                    : fmt::format(": two holders for {}", length(until - x.returned));
  holders.push_back(o);
  violation(needed > 1 || permits ? "too many holders" : "two holders", holders, std::move(story));
  return true;
}

// Between the last certain release before it and the next grant after it nobody can have held the lock.
bool LockJudge::was_free(std::uint32_t o) {
  const Operation& x = op(o);
  if (x.named != kNone) return wrongly_named(o);
  if (weight_of(log_, x) < capacity_of(log_, judgement_.lock)) return had_room(o);
  std::vector<std::uint32_t> evidence{o};
  std::uint32_t last = kNone, next = kNone;
  for (const std::uint32_t g : grants_) {
    const Hold& hold = holds_[op(g).hold];
    if (hold.released_by < x.invoked && (last == kNone || hold.released_by > holds_[op(last).hold].released_by))
      last = g;
  }
  for (const Hold& hold : holds_.own())
    if (hold.kind == Hold::Kind::granted && op(hold.acquired).lock == judgement_.lock && hold.from > x.returned &&
        (next == kNone || hold.from < op(next).invoked))
      next = hold.acquired;
  if (last != kNone) evidence.push_back(last);
  if (next != kNone) evidence.push_back(next);
  violation("refused while free", evidence,
            fmt::format("{} asked for {} at {} and was refused at {}, though {}{}", name(x), lock_name(),
                        seconds(x.invoked), seconds(x.returned),
                        last == kNone ? "nobody can have held it"
                                      : fmt::format("{} had released it by {}", name(op(last)),
                                                    seconds(holds_[op(last).hold].released_by)),
                        next == kNone ? " and nobody was granted it after that"
                                      : fmt::format(" and the next one, {}, asked only at {}", name(op(next)),
                                                    seconds(op(next).invoked))));
  return true;
}

// It was told who is in its way, and that one is not.
bool LockJudge::wrongly_named(std::uint32_t o) {
  const Operation& x = op(o);
  std::vector<std::uint32_t> evidence{o};
  const std::string why = why_not_held(x.named, x, evidence);
  violation("refused while free", std::move(evidence),
            fmt::format("{} asked for {} at {} and was refused at {}, since {} held it; but no order of the operations "
                        "has that one hold it then, in the way of the other{}{}",
                        name(x), lock_name(), seconds(x.invoked), seconds(x.returned), name_of(log_, x.named),
                        why.empty() ? "" : ": ", why));
  return true;
}

// Somebody may have held it, but not so much of it.
bool LockJudge::had_room(std::uint32_t o) {
  const Operation& x = op(o);
  std::vector<std::uint32_t> evidence{o};
  std::string who;
  for (const std::uint32_t h : judgement_.holding) {
    if (holds_[h].acquired == kNone) continue;
    evidence.push_back(holds_[h].acquired);
    who += (who.empty() ? "" : ", ") + name(op(holds_[h].acquired));
  }
  const bool permits = capacity_of(log_, judgement_.lock) != kWhole;
  violation("refused while free", std::move(evidence),
            fmt::format("{} asked for {} at {} and was refused at {}, though there was room for it all that time: {}",
                        name(x), permits ? fmt::format("{} of {}", weight_of(log_, x), lock_name()) : lock_name(),
                        seconds(x.invoked), seconds(x.returned),
                        who.empty() ? "nobody held it at the end" : "at the end it was held by " + who));
  return true;
}

void LockJudge::keep(Renumbering& kept) const {
  sweep_.keep(kept);
  std::uint32_t last = kNone;
  for (const std::uint32_t g : grants_) {
    const Instant until = holds_[op(g).hold].released_by;
    if (kept.holds[op(g).hold] != 0) kept.keep_operation(g);
    if (until != kNever && (last == kNone || until > holds_[op(last).hold].released_by)) last = g;
  }
  if (last == kNone) return;
  kept.keep_operation(last);
  kept.keep_hold(op(last).hold);
}

void LockJudge::renumber(const Renumbering& to) {
  sweep_.renumber(to);
  Renumbering::apply(to.operations, grants_);
  Renumbering::apply(to.operations, breaks_);
  Renumbering::apply(to.operations, judgement_.evidence);
}

}  // namespace lockstep::linear
