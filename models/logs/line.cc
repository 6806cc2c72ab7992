// Who may wait at some time of an interval: all who began before its end, less those who ended before it began.
#include "models/logs/line.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace lockstep::models {
namespace {

using linear::Action;
using linear::Answer;
using linear::Instant;
using linear::Log;
using linear::Mode;
using linear::Operation;

// How much had been added at any time.
class Sum {
 public:
  void add(Instant at, std::uint64_t amount) { steps_.emplace_back(at, amount); }
  void done() {
    std::ranges::sort(steps_);
    for (std::size_t i = 1; i < steps_.size(); ++i) steps_[i].second += steps_[i - 1].second;
  }
  // Up to `at`, this included or not.
  std::uint64_t upto(Instant at, bool included) const {
    const auto next = included ? std::ranges::upper_bound(steps_, at, {}, &Step::first)
                               : std::ranges::lower_bound(steps_, at, {}, &Step::first);
    return next == steps_.begin() ? 0 : std::prev(next)->second;
  }

 private:
  using Step = std::pair<Instant, std::uint64_t>;
  std::vector<Step> steps_;
};

// Those who wait for one lock in one mode: how many, or of permits how many of these.
struct Waiters {
  Sum began, ended;
  std::uint64_t within(const Operation& refused) const {
    return began.upto(refused.returned, true) - ended.upto(refused.invoked, false);
  }
};

}  // namespace

void excuse_by_line(Log& log) {
  constexpr int kModes = 3;
  std::vector<Waiters> waiters(log.locks.size() * kModes);
  const auto of = [&](std::uint32_t lock, Mode mode) -> Waiters& {
    return waiters[lock * kModes + static_cast<std::size_t>(mode)];
  };
  for (const Operation& op : log.operations) {
    if (op.action != Action::acquire || (!op.waits && op.answer != Answer::unknown)) continue;
    const std::uint64_t amount = op.mode == Mode::permits ? op.permits : 1;
    of(op.lock, op.mode).began.add(op.invoked, amount);
    if (op.returned != linear::kNever) of(op.lock, op.mode).ended.add(op.returned, amount);
  }
  for (Waiters& some : waiters) some.began.done(), some.ended.done();
  for (Operation& op : log.operations) {
    if (op.action != Action::acquire || op.answer != Answer::no) continue;
    std::uint64_t excluded = of(op.lock, Mode::exclusive).within(op);
    if (op.mode == Mode::exclusive) excluded += of(op.lock, Mode::shared).within(op);
    if (excluded > 0) op.answer = Answer::nothing;
    if (op.mode != Mode::permits) continue;
    const std::uint64_t more = op.in_line + of(op.lock, Mode::permits).within(op);
    op.in_line = static_cast<std::uint32_t>(std::min<std::uint64_t>(more, std::numeric_limits<std::uint32_t>::max()));
  }
}

}  // namespace lockstep::models
