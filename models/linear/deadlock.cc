// One walk over the events, with what each process holds and waits for, and who holds each lock.
#include "models/linear/deadlock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "models/linear/times.h"

namespace lockstep::linear {
namespace {

// The processes of a log as small numbers, by operation.
std::vector<std::uint32_t> processes_of(const Log& log) {
  std::vector<std::uint32_t> known;
  for (const Operation& op : log.operations) known.push_back(op.process);
  std::vector<std::uint32_t> numbers = known;
  std::ranges::sort(known);
  const auto repeated = std::ranges::unique(known);
  known.erase(repeated.begin(), repeated.end());
  for (std::uint32_t& number : numbers)
    number = static_cast<std::uint32_t>(std::ranges::lower_bound(known, number) - known.begin());
  return numbers;
}

class Walk {
 public:
  Walk(const Log& log, const std::vector<Stay>& stays, const WaitRules& rules)
      : log_(log),
        stays_(stays),
        rules_(rules),
        end_(end_of(log)),
        numbers_(processes_of(log)),
        held_(log.locks.size()) {
    const auto most = std::ranges::max_element(numbers_);
    processes_.resize(most == numbers_.end() ? 0 : *most + 1);
  }

  Circles run() && {
    for_each_event([&](std::uint32_t event) { find_several(event); });
    for (Process& process : processes_) process.open = 0;
    for_each_event([&](std::uint32_t event) { take(event); });
    if (deadlock_) found_.findings.push_back(std::move(*deadlock_));
    inversions();
    return std::move(found_);
  }

 private:
  struct Process {
    std::uint32_t open = 0;
    bool several = false;              // questions at a time, at some time
    std::uint32_t waits = kNone;       // the acquisition
    std::vector<std::uint32_t> holds;  // certainly, or has held
    std::uint64_t seen = 0;            // the last search that came here
    std::uint32_t came_from = kNone;   // in it: the process that waits for this one
    std::uint32_t by = kNone;          // and the stay that it waits for
  };

  const Operation& op(std::uint32_t o) const { return log_.operations[o]; }
  Process& process_of(std::uint32_t o) { return processes_[numbers_[o]]; }
  const Operation& acquired(std::uint32_t hold) const { return op(stays_[hold].acquired); }
  bool is_question(const Operation& o) const { return o.returned != kNever || (o.waits && rules_.unanswered_wait); }

  // At one instant returns come first: a process may ask on as soon as it is told.
  template <class Take>
  void for_each_event(const Take& take) {
    const auto& events = log_.events;
    const auto at = [&](std::uint32_t e) { return instant_of(log_, e); };
    for (std::size_t i = 0, j = 0; i < events.size(); i = j) {
      for (j = i; j < events.size() && at(events[j]) == at(events[i]);) ++j;
      for (const std::uint32_t returns : {1u, 0u})
        for (std::size_t k = i; k < j; ++k)
          if (events[k] % 2 == returns && !is_instant(op(events[k] / 2))) take(events[k]);
    }
  }
  // It takes no time, so nobody waits for it, and what it grants is held from then on.
  static bool is_instant(const Operation& o) { return o.invoked == o.returned && !is_grant(o); }
  static bool is_grant(const Operation& o) { return o.action == Action::acquire && o.answer == Answer::yes; }

  void find_several(std::uint32_t event) {
    const Operation& o = op(event / 2);
    if (!is_question(o) || o.invoked == o.returned) return;
    Process& process = process_of(event / 2);
    if (event % 2 == 1) {
      --process.open;
    } else if (process.open++ > 0) {
      process.several = true;
    }
  }

  void take(std::uint32_t event) {
    const std::uint32_t number = event / 2;
    const Operation& o = op(number);
    Process& process = process_of(number);
    if (process.several || o.action != Action::acquire || o.hold == kNone) return;
    if (event % 2 == 1) {
      if (process.waits == number) process.waits = kNone;
      if (!is_grant(o) || !stays_[o.hold].is_sure() || stays_[o.hold].acquired != number) return;
      process.holds.push_back(o.hold);
      held_[o.lock].push_back(o.hold);
    } else if (o.waits && is_question(o) && o.invoked != o.returned && !stays_[o.hold].again) {
      process.waits = number;
      forget(process.holds, o.invoked);
      if (process.holds.empty()) return;
      ++found_.nested;
      for (const std::uint32_t hold : process.holds) note_order(hold, number);
      search(number);
    }
  }

  void forget(std::vector<std::uint32_t>& holds, Instant now) const {
    std::erase_if(holds, [&](std::uint32_t hold) { return stays_[hold].sure_to <= now; });
  }

  bool excludes(const Operation& a, const Operation& b) const {
    return weight_of(log_, a) + weight_of(log_, b) > capacity_of(log_, a.lock);
  }

  // Breadth first, from the wait that begins, along those that last long enough from now on.
  void search(std::uint32_t start) {
    const Instant now = op(start).invoked;
    const Instant lasts = rules_.deadlock_within == 0 ? end_ : std::min(end_, later(now, rules_.deadlock_within));
    if (op(start).returned <= lasts) return;
    ++searches_;
    std::vector<std::uint32_t> reached{numbers_[start]};
    processes_[numbers_[start]].came_from = kNone;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      const std::uint32_t waits = processes_[reached[i]].waits;
      auto& holds = held_[op(waits).lock];
      forget(holds, now);
      for (const std::uint32_t hold : holds) {
        if (stays_[hold].sure_to <= lasts || !excludes(op(waits), acquired(hold))) continue;
        const std::uint32_t next = numbers_[stays_[hold].acquired];
        Process& holder = processes_[next];
        if (holder.waits == kNone || op(holder.waits).returned <= lasts || holder.seen == searches_) continue;
        holder.by = hold;
        if (next == numbers_[start]) return deadlock(next, reached[i]);
        holder.seen = searches_;
        holder.came_from = reached[i];
        reached.push_back(next);
      }
    }
  }

  // The circle from `start` back to it, whose last process is `last`.
  void deadlock(std::uint32_t start, std::uint32_t last) {
    if (deadlock_) {
      ++deadlock_->times;
      return;
    }
    std::vector<std::uint32_t> circle{start};
    for (std::uint32_t p = last; p != start; p = processes_[p].came_from) circle.insert(circle.begin() + 1, p);
    WaitFinding finding{.kind = WaitFinding::Kind::deadlock, .lock = op(processes_[start].waits).lock};
    std::string story;
    Instant until = kNever;
    for (std::size_t i = 0; i < circle.size(); ++i) {
      const Process& process = processes_[circle[i]];
      const Process& next = processes_[circle[(i + 1) % circle.size()]];
      const Operation& waits = op(process.waits);
      until = std::min({until, waits.returned, stays_[next.by].sure_to});
      finding.evidence.push_back(stays_[process.by].acquired);
      finding.evidence.push_back(process.waits);
      const std::string& wanted = log_.locks[waits.lock].name;
      story += i == 0 ? fmt::format("process {} holds {} and waits for {} since {}", waits.process,
                                    log_.locks[acquired(process.by).lock].name, wanted, seconds(waits.invoked))
                      : fmt::format(", which process {} holds while it waits for {} since {}", waits.process, wanted,
                                    seconds(waits.invoked));
    }
    if (circle.size() == 1) story += ", which it holds itself";
    finding.sentence =
        story + (until > end_ ? fmt::format("; nobody is answered until the log ends at {}", seconds(end_))
                              : fmt::format("; that lasts until {}", seconds(until)));
    std::ranges::sort(finding.evidence, {}, [&](std::uint32_t o) { return std::pair(op(o).invoked, o); });
    deadlock_ = std::move(finding);
  }

  // Two of different processes, of those that asked for one lock while they held another, with the weights of both.
  struct Order {
    std::uint32_t held = kNone, asked = kNone;  // acquisitions
  };
  using OrderKey = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t, std::uint64_t>;

  void note_order(std::uint32_t hold, std::uint32_t asked) {
    const Operation& held = acquired(hold);
    if (held.lock == op(asked).lock) return;
    auto& [first, second] = orders_[{held.lock, op(asked).lock, weight_of(log_, held), weight_of(log_, op(asked))}];
    if (first.held == kNone)
      first = {stays_[hold].acquired, asked};
    else if (second.held == kNone && op(first.asked).process != op(asked).process)
      second = {stays_[hold].acquired, asked};
  }

  // Of each two locks at most one.
  void inversions() {
    std::set<std::pair<std::uint32_t, std::uint32_t>> told;
    for (const auto& [key, ones] : orders_) {
      const auto [a, b, weight_a, weight_b] = key;
      if (a > b || told.contains({a, b})) continue;
      for (auto back = orders_.lower_bound({b, a, 0, 0}); back != orders_.end(); ++back) {
        const auto [from, to, other_b, other_a] = back->first;
        if (from != b || to != a) break;
        if (weight_a + other_a <= capacity_of(log_, a) || weight_b + other_b <= capacity_of(log_, b)) continue;
        const auto found = of_different_processes(ones, back->second);
        if (!found) continue;
        inversion(found->first, found->second);
        told.insert({a, b});
        break;
      }
    }
  }

  using Orders = std::array<Order, 2>;
  std::optional<std::pair<Order, Order>> of_different_processes(const Orders& ones, const Orders& others) const {
    for (const Order& one : ones)
      for (const Order& other : others)
        if (one.held != kNone && other.held != kNone && op(one.asked).process != op(other.asked).process)
          return std::pair(one, other);
    return std::nullopt;
  }

  void inversion(const Order& one, const Order& other) {
    const auto part = [&](const Order& order) {
      return fmt::format("process {} asked for {} at {} while it held {}", op(order.asked).process,
                         log_.locks[op(order.asked).lock].name, seconds(op(order.asked).invoked),
                         log_.locks[op(order.held).lock].name);
    };
    WaitFinding finding{.kind = WaitFinding::Kind::lock_order, .lock = op(one.held).lock};
    finding.sentence = fmt::format("{}, and {}: at one time, both would wait for ever", part(one), part(other));
    finding.evidence = {one.held, one.asked, other.held, other.asked};
    std::ranges::sort(finding.evidence, {}, [&](std::uint32_t o) { return std::pair(op(o).invoked, o); });
    found_.findings.push_back(std::move(finding));
  }

  const Log& log_;
  const std::vector<Stay>& stays_;
  const WaitRules& rules_;
  Instant end_;
  std::vector<std::uint32_t> numbers_;  // of processes, by operation
  std::vector<Process> processes_;
  std::vector<std::vector<std::uint32_t>> held_;  // by lock: holds that are certain, or were
  std::uint64_t searches_ = 0;
  std::map<OrderKey, Orders> orders_;
  Circles found_;
  std::optional<WaitFinding> deadlock_;
};

}  // namespace

Circles circles_of(const Log& log, const std::vector<Stay>& stays, const WaitRules& rules) {
  return Walk(log, stays, rules).run();
}

}  // namespace lockstep::linear
