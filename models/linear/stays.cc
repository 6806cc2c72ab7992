// Two passes over the operations: acquisitions, then all that ends or prolongs what they hold.
#include "models/linear/stays.h"

#include <algorithm>

namespace lockstep::linear {
namespace {

bool may_have_happened(const Operation& op) { return op.answer == Answer::yes || op.answer == Answer::unknown; }

// The breaks of one lock, asked by instants.
class Breaks {
 public:
  void add(const Log& log, std::uint32_t o) {
    by_return_.push_back(o);
    if (log.operations[o].answer == Answer::yes) by_invocation_.push_back(o);
  }

  void prepare(const Log& log) {
    const auto& ops = log.operations;
    std::ranges::stable_sort(by_return_, {}, [&](std::uint32_t o) { return ops[o].returned; });
    std::ranges::stable_sort(by_invocation_, {}, [&](std::uint32_t o) { return ops[o].invoked; });
    earliest_.assign(by_return_.size(), kNever);
    for (std::size_t i = by_return_.size(); i-- > 0;)
      earliest_[i] = std::min(ops[by_return_[i]].invoked, i + 1 < earliest_.size() ? earliest_[i + 1] : kNever);
    first_ = by_invocation_;
    for (std::size_t i = first_.size(); i-- > 0;)
      if (i + 1 < first_.size() && ops[first_[i + 1]].returned < ops[first_[i]].returned) first_[i] = first_[i + 1];
  }

  void end(const Log& log, Stay& stay) const {
    const auto& ops = log.operations;
    const auto after = std::ranges::lower_bound(by_return_, stay.from, {}, [&](auto o) { return ops[o].returned; });
    if (after != by_return_.end())
      stay.sure_to = std::min(stay.sure_to, earliest_[static_cast<std::size_t>(after - by_return_.begin())]);
    if (stay.told == kNever) return;
    const auto certain =
        std::ranges::lower_bound(by_invocation_, stay.told, {}, [&](auto o) { return ops[o].invoked; });
    if (certain == by_invocation_.end()) return;
    const std::uint32_t o = first_[static_cast<std::size_t>(certain - by_invocation_.begin())];
    if (ops[o].returned < stay.over_by) stay.over_by = ops[o].returned, stay.over = o;
  }

 private:
  std::vector<std::uint32_t> by_return_, by_invocation_;  // may have happened; happened
  std::vector<Instant> earliest_;                         // invocation of those from here on
  std::vector<std::uint32_t> first_;                      // to return of those from here on
};

void acquire(Stay& stay, const Log& log, std::uint32_t o) {
  const Operation& op = log.operations[o];
  stay.again = stay.first != kNone;
  if (stay.first == kNone || op.invoked < log.operations[stay.first].invoked) stay.first = o;
  stay.is_turn = stay.is_turn || op.waits || may_have_happened(op);
  if (op.answer == Answer::yes && (stay.told == kNever || op.returned < stay.told))
    stay.told = op.returned, stay.acquired = o;
  if (stay.told == kNever) stay.acquired = stay.first;
}

void end_by(Stay& stay, const Log& log, std::uint32_t o) {
  const Operation& op = log.operations[o];
  const bool releases = op.action == Action::release, renews = op.action == Action::renew;
  if (releases && may_have_happened(op)) {
    stay.sure_to = std::min(stay.sure_to, op.invoked);
    stay.asked_back = true;
  }
  if (renews && op.mode == Mode::shared && may_have_happened(op) && log.operations[stay.acquired].mode != Mode::shared)
    stay.sure_to = std::min(stay.sure_to, op.invoked);
  const bool released = releases && op.answer == Answer::yes;
  const bool denied = (releases || renews) && op.answer == Answer::no && op.invoked >= stay.told;
  if ((released || denied) && op.returned < stay.over_by) stay.over_by = op.returned, stay.over = o;
}

// Until when leases cannot have ended by themselves, by hold.
class Leases {
 public:
  void acquired(const Log& log, const Operation& op) {
    if (op.ttl == 0) return;
    if (until_.empty()) until_.resize(log.holds, kNever);
    until_[op.hold] = std::min(until_[op.hold], op.ttl);
  }
  // From here on instants, no durations.
  void begin(const Log& log, const std::vector<Stay>& stays) {
    for (std::size_t h = 0; h < until_.size(); ++h)
      if (until_[h] != kNever) until_[h] = later(begin_of(log, stays[h]), until_[h]);
  }
  void renewed(const Log& log, const Stay& stay, const Operation& op) {
    if (op.action != Action::renew || op.ttl == 0 || !may_have_happened(op)) return;
    if (until_.empty()) until_.resize(log.holds, kNever);
    // A renewal that is unknown may have made a lease of what was none.
    Instant& until = until_[op.hold];
    if (until == kNever) until = begin_of(log, stay);
    if (op.answer == Answer::yes) until = std::max(until, later(op.invoked, op.ttl));
  }
  void end(std::vector<Stay>& stays) const {
    for (std::size_t h = 0; h < until_.size(); ++h) stays[h].sure_to = std::min(stays[h].sure_to, until_[h]);
  }

 private:
  static Instant begin_of(const Log& log, const Stay& stay) {
    return log.leases_from_asking ? log.operations[stay.first].invoked : stay.from;
  }
  std::vector<Instant> until_;
};

}  // namespace

std::vector<Stay> stays_of(const Log& log, std::optional<Instant> told_within) {
  std::vector<Stay> stays(log.holds);
  Leases leases;
  std::vector<Breaks> breaks;
  const auto& ops = log.operations;
  for (std::uint32_t o = 0; o < ops.size(); ++o) {
    const Operation& op = ops[o];
    if (op.action == Action::break_all && may_have_happened(op)) {
      if (breaks.empty()) breaks.resize(log.locks.size());
      breaks[op.lock].add(log, o);
    }
    if (op.action != Action::acquire || op.hold == kNone) continue;
    acquire(stays[op.hold], log, o);
    leases.acquired(log, op);
  }
  for (Stay& stay : stays) {
    if (stay.first == kNone) continue;
    stay.from = ops[stay.first].invoked;
    if (told_within && stay.told != kNever && !stay.again) stay.from = std::max(stay.from, stay.told - *told_within);
  }
  leases.begin(log, stays);
  for (std::uint32_t o = 0; o < ops.size(); ++o) {
    if (ops[o].hold == kNone || stays[ops[o].hold].first == kNone || ops[o].action == Action::acquire) continue;
    end_by(stays[ops[o].hold], log, o);
    leases.renewed(log, stays[ops[o].hold], ops[o]);
  }
  leases.end(stays);
  for (Breaks& b : breaks) b.prepare(log);
  if (!breaks.empty())
    for (Stay& stay : stays)
      if (stay.first != kNone) breaks[ops[stay.acquired].lock].end(log, stay);
  return stays;
}

Instant end_of(const Log& log) {
  if (log.events.empty()) return 0;
  const Operation& last = log.operations[log.events.back() / 2];
  return log.events.back() % 2 == 0 ? last.invoked : last.returned;
}

}  // namespace lockstep::linear
