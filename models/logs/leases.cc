// What was told before a renewal is made so short that it ends by the time at which the renewal would end: whenever the
// two took effect within what the log tells. Before the renewal it may then be taken to end too early, which excuses.
#include "models/logs/leases.h"

#include <algorithm>
#include <span>
#include <vector>

#include "models/logs/builder.h"

namespace lockstep::models {
namespace {

using linear::Action;
using linear::Answer;
using linear::Instant;
using linear::kNever;
using linear::kNone;
using linear::Log;
using linear::Operation;

// Of renewals that come later: beyond these, the shortest of all is taken.
constexpr std::size_t kMostLater = 64;

bool may_last(const Operation& op) {
  return op.hold != kNone && (op.action == Action::acquire || op.action == Action::renew) &&
         (op.answer == Answer::yes || op.answer == Answer::unknown);
}

bool renews(const Operation& op) { return op.action == Action::renew && op.ttl != 0; }

// All that may have begun or prolonged the lease of one attempt, by when it was asked.
class Lease {
 public:
  Lease(Log& log, std::span<const std::uint32_t> operations)
      : log_(log), operations_(operations), shortest_(operations.size() + 1, kNever) {
    for (std::size_t i = operations.size(); i-- > 0;)
      shortest_[i] = std::min(shortest_[i + 1], renews(op(i)) ? op(i).ttl : kNever);
  }

  void shorten() {
    std::vector<Instant> ttls;
    for (std::size_t i = 0; i < operations_.size(); ++i) ttls.push_back(std::min(before(i), after(i)));
    for (std::size_t i = 0; i < operations_.size(); ++i)
      if (ttls[i] != kNever && (renews(op(i)) || op(i).action == Action::acquire))
        op(i).ttl = std::min(ttls[i], kLongestTtl);
  }

 private:
  Operation& op(std::size_t i) { return log_.operations[operations_[i]]; }
  Instant told(std::size_t i) { return op(i).ttl == 0 ? kNever : op(i).ttl; }

  // Renewals that were asked for before it and may have come after it all the same.
  Instant before(std::size_t i) {
    const Instant asked = op(i).invoked;
    std::erase_if(open_, [&](std::uint32_t o) { return log_.operations[o].returned < asked; });
    Instant ttl = unknown_;
    for (const std::uint32_t o : open_) ttl = std::min(ttl, log_.operations[o].ttl);
    if (renews(op(i))) {
      if (op(i).returned == kNever)
        unknown_ = std::min(unknown_, op(i).ttl);
      else
        open_.push_back(operations_[i]);
    }
    return ttl;
  }

  Instant after(std::size_t i) {
    if (op(i).action == Action::renew && op(i).ttl == 0) return kNever;
    const Instant latest = log_.leases_from_asking ? op(i).invoked : op(i).returned;
    Instant ttl = told(i);
    if (latest == kNever) return std::min(ttl, shortest_[i + 1]);
    for (std::size_t j = i + 1; j < operations_.size() && shortest_[j] < ttl; ++j) {
      if (op(j).invoked - latest + shortest_[j] >= ttl) break;
      if (j - i > kMostLater) return shortest_[j];
      if (renews(op(j))) ttl = std::min(ttl, std::max(op(j).ttl, op(j).invoked - latest + op(j).ttl));
    }
    return ttl;
  }

  Log& log_;
  std::span<const std::uint32_t> operations_;
  std::vector<Instant> shortest_;  // of the renewals from here on
  std::vector<std::uint32_t> open_;
  Instant unknown_ = kNever;  // the shortest of these
};

}  // namespace

void shorten_by_renewals(Log& log) {
  std::vector<Instant> shortest;  // renewal, by hold
  for (const Operation& op : log.operations) {
    if (!may_last(op) || !renews(op)) continue;
    if (shortest.empty()) shortest.resize(log.holds, kNever);
    shortest[op.hold] = std::min(shortest[op.hold], op.ttl);
  }
  if (shortest.empty()) return;
  std::vector<bool> matters(log.holds, false);
  for (const Operation& op : log.operations)
    if (may_last(op) && (op.ttl > shortest[op.hold] || (op.ttl == 0 && op.action == Action::acquire)))
      matters[op.hold] = shortest[op.hold] != kNever;
  std::vector<std::uint32_t> operations;
  for (std::uint32_t o = 0; o < log.operations.size(); ++o)
    if (const Operation& op = log.operations[o]; may_last(op) && matters[op.hold]) operations.push_back(o);
  const auto hold_of = [&](std::uint32_t o) { return log.operations[o].hold; };
  std::ranges::stable_sort(operations, [&](std::uint32_t a, std::uint32_t b) {
    return hold_of(a) != hold_of(b) ? hold_of(a) < hold_of(b) : log.operations[a].invoked < log.operations[b].invoked;
  });
  for (std::size_t from = 0, to = 0; from < operations.size(); from = to) {
    while (to < operations.size() && hold_of(operations[to]) == hold_of(operations[from])) ++to;
    Lease(log, std::span(operations).subspan(from, to - from)).shorten();
  }
}

}  // namespace lockstep::models
