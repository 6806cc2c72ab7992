// Operations are settled in the order in which they were asked for; what is known of holds is gathered ahead of the
// sweep, so that it sees at each event what it would see in the whole log.
#include "models/linear/follow.h"

#include <algorithm>
#include <utility>

namespace lockstep::linear {
namespace {

constexpr std::size_t kClutter = 4096;

}  // namespace

LockJudge& Follow::judge_of(std::uint32_t lock) {
  while (locks_.size() <= lock)
    locks_.emplace_back(log_, holds_, static_cast<std::uint32_t>(locks_.size()), LockShape{}, rules_.budget);
  return locks_[lock];
}

void Follow::asked(std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  holds_.grow(log_.holds);
  last_.resize(log_.holds, kNone);
  touched_.resize(log_.holds, op.invoked);
  before_.resize(log_.operations.size(), kNone);
  most_kept_ = std::max<std::uint64_t>(most_kept_, log_.operations.size());
  open_.insert(operation);
  pending_.push_back(2 * operation);
  judge_of(op.lock).sweep().foresee(op);
  if (op.hold == kNone) return;
  // Its kind was taken for settled, so that nothing later can be said against it.
  if (holds_[op.hold].closed) judge_of(op.lock).sweep().doubt();
  before_[operation] = std::exchange(last_[op.hold], operation);
  touched_[op.hold] = op.invoked;
  learn_hold(op.hold);
}

// What all of its operations tell. Those that are open may have their effect.
void Follow::learn_hold(std::uint32_t hold) {
  Hold& now = *holds_.find(hold);
  // Also by those that name it.
  now = {.closed = now.closed, .watched_until = now.watched_until, .seen_until = now.seen_until};
  for (std::uint32_t o = last_[hold]; o != kNone; o = before_[o]) {
    note(holds_, log_, o);
    const Action action = log_.operations[o].action;
    now.open_questions += action != Action::acquire && open_.contains(o);
  }
  now.sure_until = now.ttl == 0 ? kNever : now.from + now.ttl;
}

// That somebody was granted it whose outcome counted as unknown would have to have been known before.
bool Follow::is_too_late(std::uint32_t operation) const {
  const Operation& op = log_.operations[operation];
  if (op.action == Action::acquire && op.answer == Answer::yes && unknown_once_.contains(op.hold)) return true;
  if (open_.contains(operation)) return false;
  const bool helps = op.answer == Answer::yes && op.action == Action::release;
  return !late_.contains(operation) || !helps || holds_[op.hold].closed;
}

void Follow::answered(std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  const bool late = late_.erase(operation) > 0 || !open_.contains(operation);
  if (op.answer == Answer::unknown) {  // it was made so again
    ++too_late_;
    return late ? void() : settle(operation);
  }
  pending_.push_back(2 * operation + 1);
  if (!late) return settle(operation);
  if (op.hold != kNone) learn_hold(op.hold);
}

void Follow::will_not_be_answered(std::uint32_t operation) {
  if (open_.contains(operation)) settle(operation);
}

void Follow::settle(std::uint32_t operation) {
  open_.erase(operation);
  const Operation& op = log_.operations[operation];
  judge_of(op.lock).sweep().learn(op);
  if (op.named != kNone) note(holds_, log_, operation);
  if (op.hold == kNone) return;
  touched_[op.hold] = std::max(touched_[op.hold], op.returned == kNever ? op.invoked : op.returned);
  learn_hold(op.hold);
  if (op.answer != Answer::unknown) return;
  late_.insert(operation);
  ghosts_.push_back(op.hold);
  if (op.action == Action::acquire) unknown_once_.insert(op.hold);
}

void Follow::lose_patience(Instant now) {
  while (!open_.empty() && log_.operations[*open_.begin()].invoked < now - rules_.patience) settle(*open_.begin());
  while (!ghosts_.empty() && touched_[ghosts_.front()] < now - 2 * rules_.patience) {
    const std::uint32_t hold = ghosts_.front();
    ghosts_.pop_front();
    if (holds_[hold].closed || holds_[hold].kind != Hold::Kind::ghost) continue;
    holds_.find(hold)->closed = true;
    judge_of(log_.operations[holds_[hold].acquired].lock).sweep().close(hold);
  }
}

void Follow::advance(Instant now) {
  judge_before(std::min(now, open_.empty() ? now : log_.operations[*open_.begin()].invoked));
  lose_patience(now);
}

void Follow::pass(Instant now) {
  judge_before(std::min(now + 1, open_.empty() ? now + 1 : log_.operations[*open_.begin()].invoked));
}

// At equal times questions come first: what touches may be in either order.
void Follow::judge_before(Instant horizon) {
  std::size_t to = 0;
  while (to < pending_.size() && instant_of(log_, pending_[to]) < horizon) ++to;
  if (to == 0) return;
  const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(to);
  std::stable_sort(pending_.begin(), end, [this](std::uint32_t a, std::uint32_t b) {
    return std::pair(instant_of(log_, a), a % 2) < std::pair(instant_of(log_, b), b % 2);
  });
  for (auto event = pending_.begin(); event != end; ++event) {
    LockJudge& lock = judge_of(log_.operations[*event / 2].lock);
    if (lock.decided()) continue;
    lock.take(*event);
    violated_ = violated_ || lock.outcome() == Outcome::violation;
  }
  pending_.erase(pending_.begin(), end);
  judged_up_to_ = horizon;
}

void Follow::finish() {
  while (!open_.empty()) settle(*open_.begin());
  judge_before(kNever);
}

std::uint64_t Follow::undecided() const {
  return static_cast<std::uint64_t>(std::ranges::count(locks_, Outcome::undecided, &LockJudge::outcome));
}

bool Follow::is_cluttered() const { return log_.operations.size() > 2 * kept_ + kClutter; }

Renumbering Follow::kept() const {
  Renumbering kept{.operations = std::vector<std::uint32_t>(log_.operations.size(), 0),
                   .holds = std::vector<std::uint32_t>(log_.holds, 0)};
  const auto keep = [&](std::uint32_t o) {
    kept.keep_operation(o);
    kept.keep_hold(log_.operations[o].hold);
    kept.keep_hold(log_.operations[o].named);
  };
  for (const std::uint32_t event : pending_) keep(event / 2);
  for (const std::uint32_t o : open_) keep(o);
  for (const std::uint32_t hold : ghosts_) kept.keep_hold(hold);
  const Instant recent = judged_up_to_ - rules_.patience;
  for (std::uint32_t hold = 0; hold < last_.size(); ++hold)
    if (touched_[hold] >= recent && holds_[hold].kind != Hold::Kind::never) kept.keep_hold(hold);
  for (const LockJudge& lock : locks_) {
    for (const std::uint32_t o : lock.evidence()) keep(o);
    lock.keep(kept);
  }
  for (std::uint32_t hold = 0; hold < last_.size(); ++hold)
    for (std::uint32_t o = kept.holds[hold] != 0 ? last_[hold] : kNone; o != kNone; o = before_[o]) keep(o);
  kept.count();
  return kept;
}

void Follow::renumber(const Renumbering& to) {
  holds_.renumber(to);
  Renumbering::keep(to.holds, last_);
  Renumbering::keep(to.holds, touched_);
  Renumbering::keep(to.operations, before_);
  for (auto* links : {&last_, &before_})
    for (std::uint32_t& operation : *links)
      if (operation != kNone) operation = to.operations[operation];
  for (std::uint32_t& event : pending_) event = 2 * to.operations[event / 2] + event % 2;
  for (auto* set : {&open_, &late_}) {
    std::set<std::uint32_t> renamed;
    for (const std::uint32_t o : *set)
      if (to.operations[o] != kNone) renamed.insert(renamed.end(), to.operations[o]);
    *set = std::move(renamed);
  }
  std::set<std::uint32_t> unknown_once;
  for (const std::uint32_t hold : unknown_once_)
    if (to.holds[hold] != kNone) unknown_once.insert(unknown_once.end(), to.holds[hold]);
  unknown_once_ = std::move(unknown_once);
  for (std::uint32_t& hold : ghosts_) hold = to.holds[hold];
  for (LockJudge& lock : locks_) lock.renumber(to);
  kept_ = before_.size();
}

std::vector<Judgement> Follow::judgements() const {
  std::vector<Judgement> judgements;
  for (const LockJudge& lock : locks_) judgements.push_back(lock.judgement());
  return judgements;
}

}  // namespace lockstep::linear
