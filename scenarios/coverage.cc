// One pass. Few operations are open at a time, so they are looked for one by one.
#include "scenarios/coverage.h"

#include <algorithm>
#include <bit>

namespace lockstep::scenarios {
namespace {

using models::Event;
using models::EventType;

static_assert(sim::kFaultKinds <= 32);
constexpr std::uint32_t bit(sim::FaultKind kind) { return 1u << static_cast<unsigned>(kind); }

struct Open {
  const Event* asked;
  std::uint32_t during;  // kinds of faults
};

class Counter {
 public:
  Counter(Coverage& coverage, const std::vector<sim::Fault>& faults) : coverage_(coverage), faults_(faults) {}

  void take(const Event& e) {
    switch (e.type) {
      case EventType::invoke: open_.push_back({&e, at_work_}); break;
      case EventType::ok:
      case EventType::fail:
      case EventType::info: end(e); break;
      case EventType::fault_began: begins(faults_[e.fault].kind); break;
      case EventType::fault_ended: ends(faults_[e.fault].kind); break;
      case EventType::healed: running_ = {}, at_work_ = 0; break;
      case EventType::process_crashed: leave(e.process); break;
      default: break;
    }
  }
  void leave_all() {
    for (const Open& open : open_) count({open.asked->op, EventType::invoke, {}}, open.during);
    open_.clear();
  }

 private:
  void count(const Coverage::Ending& ending, std::uint32_t during) {
    Coverage::Counts& counts = coverage_.endings[ending];
    ++counts.total;
    for (; during != 0; during &= during - 1) ++counts.during[static_cast<std::size_t>(std::countr_zero(during))];
  }
  void end(const Event& e) {
    const auto found = std::ranges::find_if(open_, [&](const Open& open) {
      const Event& a = *open.asked;
      return a.process == e.process && a.op == e.op && a.attempt == e.attempt && a.request == e.request;
    });
    if (found == open_.end()) return;
    count({e.op, e.type, e.reason}, found->during);
    *found = open_.back();
    open_.pop_back();
  }
  void begins(sim::FaultKind kind) {
    ++running_[static_cast<std::size_t>(kind)];
    at_work_ |= bit(kind);
    for (Open& open : open_) open.during |= bit(kind);
  }
  void ends(sim::FaultKind kind) {
    std::uint32_t& running = running_[static_cast<std::size_t>(kind)];
    if (running > 0 && --running == 0) at_work_ &= ~bit(kind);
  }
  void leave(std::uint32_t process) {
    std::erase_if(open_, [&](const Open& open) {
      if (open.asked->process != process) return false;
      count({open.asked->op, EventType::invoke, {}}, open.during);
      return true;
    });
  }

  Coverage& coverage_;
  const std::vector<sim::Fault>& faults_;
  std::vector<Open> open_;
  std::array<std::uint32_t, sim::kFaultKinds> running_{};
  std::uint32_t at_work_ = 0;
};

}  // namespace

void Coverage::add(const models::History& history, const std::vector<sim::Fault>& faults) {
  Counter counter(*this, faults);
  for (const Event& e : history.events) counter.take(e);
  counter.leave_all();
}

void Coverage::add(const Coverage& other) {
  for (const auto& [ending, theirs] : other.endings) {
    Counts& mine = endings[ending];
    mine.total += theirs.total;
    for (std::size_t i = 0; i < mine.during.size(); ++i) mine.during[i] += theirs.during[i];
  }
}

}  // namespace lockstep::scenarios
