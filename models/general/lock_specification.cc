// The rules of a lock, each by itself. States are small: whoever holds, and those few of whom something is still told.
#include "models/general/lock_specification.h"

#include <algorithm>

#include "models/general/specification.h"

namespace lockstep::general {
namespace {

using linear::Action;
using linear::Answer;
using linear::Mode;
using linear::Operation;
using Stage = LockSpecification::Stage;
using Attempt = LockSpecification::Attempt;
using Attempts = std::vector<Attempt>;

constexpr auto kBefore = [](const Attempt& a, std::uint32_t hold) { return a.hold < hold; };

// Where the attempt is; the end if it neither holds nor is remembered.
auto find(auto& attempts, std::uint32_t hold) {
  const auto at = std::lower_bound(attempts.begin(), attempts.end(), hold, kBefore);
  return at != attempts.end() && at->hold == hold ? at : attempts.end();
}

bool holds(const Attempts& attempts, std::uint32_t hold) {
  const auto at = find(attempts, hold);
  return at != attempts.end() && at->stage != Stage::over;
}

std::uint64_t print_of(const Attempt& attempt) {
  return mix(std::uint64_t{attempt.hold} << 32 | static_cast<std::uint64_t>(attempt.stage), attempt.releases_left);
}

bool may_have(const Operation& op) { return op.answer == Answer::yes || op.answer == Answer::unknown; }

}  // namespace

std::vector<AttemptFacts> attempt_facts(const linear::Log& log) {
  std::vector<AttemptFacts> facts(log.holds);
  std::vector<linear::Instant> granted(log.holds, linear::kNever);  // not before
  for (const Operation& op : log.operations) {
    if (op.hold == linear::kNone) continue;
    AttemptFacts& attempt = facts[op.hold];
    if (op.action == Action::release && op.answer == Answer::yes) ++attempt.releases_acked;
    if (op.action != Action::acquire) continue;
    if (attempt.weight == 0) {
      attempt.weight = weight_of(log, op);
      attempt.writes = op.mode == Mode::exclusive;
    }
    if (attempt.token == 0) attempt.token = op.token;
    if (!may_have(op)) continue;
    ++attempt.acquisitions;
    attempt.leased = attempt.leased || op.ttl != 0;
    granted[op.hold] = std::min(granted[op.hold], op.invoked);
  }
  for (const Operation& op : log.operations)
    if (op.action == Action::acquire && op.answer == Answer::no && op.returned >= granted[op.hold])
      ++facts[op.hold].acquisitions;
  return facts;
}

bool LockSpecification::step(State& state, const Operation& op) const {
  if (op.answer == Answer::nothing) return true;
  switch (op.action) {
    case Action::acquire: return op.answer == Answer::no ? refuses(state, op) : acquire(state, op);
    case Action::release: return op.answer == Answer::no ? !holds(state.attempts, op.hold) : release(state, op);
    case Action::renew: return op.answer == Answer::no ? !holds(state.attempts, op.hold) : renew(state, op);
    case Action::break_all:
      if (op.answer == Answer::no) return false;
      break_all(state);
      return true;
    case Action::inspect:
      return op.answer == Answer::unknown ||
             (op.hold == linear::kNone ? state.held == 0 : holds(state.attempts, op.hold));
  }
  return false;
}

bool LockSpecification::observes(const Operation& op) const {
  return op.answer == Answer::nothing || op.answer == Answer::no || op.action == Action::inspect ||
         (op.action == Action::renew && !becomes_reader(op));
}

bool LockSpecification::rules_out(const State& state, const Operation& op) const {
  if (op.action != Action::acquire || op.answer != Answer::yes) return false;
  const std::uint64_t token = attempts_[op.hold].token;
  return token != 0 && token <= state.token && find(state.attempts, op.hold) == state.attempts.end();
}

bool LockSpecification::acquire(State& state, const Operation& op) const {
  const AttemptFacts& facts = attempts_[op.hold];
  const auto at = std::lower_bound(state.attempts.begin(), state.attempts.end(), op.hold, kBefore);
  if (at != state.attempts.end() && at->hold == op.hold) return op.answer == Answer::yes;
  if (state.held + facts.weight > capacity_ || (facts.token != 0 && facts.token <= state.token)) return false;
  state.print ^= print_of(*state.attempts.insert(at, {op.hold, facts.writes ? Stage::writes : Stage::reads}));
  state.held += facts.weight;
  state.token = std::max(state.token, facts.token);
  return true;
}

bool LockSpecification::refuses(const State& state, const Operation& op) const {
  if (const auto at = find(state.attempts, op.hold); at != state.attempts.end()) return at->stage == Stage::over;
  return state.held + attempts_[op.hold].weight + op.in_line > capacity_ &&
         (op.named == linear::kNone || holds(state.attempts, op.named));
}

bool LockSpecification::release(State& state, const Operation& op) const {
  const auto at = find(state.attempts, op.hold);
  if (at == state.attempts.end()) return false;
  const bool acked = op.answer == Answer::yes;
  if (at->stage == Stage::over && (!acked || at->releases_left == 0)) return false;
  state.print ^= print_of(*at);
  if (at->stage != Stage::over) {
    state.held -= weight(*at);
    at->stage = Stage::over;
    at->releases_left = attempts_[op.hold].releases_acked;
  }
  if (acked) --at->releases_left;
  if (is_remembered(*at))
    state.print ^= print_of(*at);
  else
    state.attempts.erase(at);
  return true;
}

bool LockSpecification::renew(State& state, const Operation& op) const {
  const auto at = find(state.attempts, op.hold);
  if (at == state.attempts.end() || at->stage == Stage::over) return false;
  if (!becomes_reader(op) || at->stage == Stage::reads) return true;
  state.print ^= print_of(*at);
  state.held -= weight(*at);
  at->stage = Stage::reads;
  state.held += weight(*at);
  state.print ^= print_of(*at);
  return true;
}

void LockSpecification::break_all(State& state) const {
  for (Attempt& attempt : state.attempts)
    if (attempt.stage != Stage::over) attempt = {attempt.hold, Stage::over, attempts_[attempt.hold].releases_acked};
  std::erase_if(state.attempts, [this](const Attempt& attempt) { return !is_remembered(attempt); });
  state.held = 0;
  state.print = 0;
  for (const Attempt& attempt : state.attempts) state.print ^= print_of(attempt);
}

bool LockSpecification::becomes_reader(const Operation& renewal) const {
  return renewal.mode == Mode::shared && attempts_[renewal.hold].writes && may_have(renewal);
}

std::uint64_t LockSpecification::weight(const Attempt& attempt) const {
  const AttemptFacts& facts = attempts_[attempt.hold];
  return facts.writes && attempt.stage == Stage::reads ? 1 : facts.weight;
}

// Whether something is told of it in the rest of the order that depends on its having held.
bool LockSpecification::is_remembered(const Attempt& over) const {
  return over.releases_left != 0 || attempts_[over.hold].acquisitions > 1;
}

}  // namespace lockstep::general
