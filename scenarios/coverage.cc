// One pass over what is the longest list that a run leaves, after each run of a campaign. Few operations are open at a
// time, so they are looked for one by one.
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
  std::uint32_t process, attempt, request;
  models::Op op;
  std::uint32_t during;  // kinds of faults
};

constexpr std::size_t kOps = static_cast<std::size_t>(models::Op::watch) + 1;
constexpr std::size_t kEnds = static_cast<std::size_t>(EventType::info) + 1;
constexpr std::size_t kReasons = static_cast<std::size_t>(models::Reason::broken) + 1;

class Counter {
 public:
  Counter(Coverage& coverage, const std::vector<sim::Fault>& faults) : coverage_(coverage), faults_(faults) {}

  void take(const Event& e) {
    switch (e.type) {
      case EventType::invoke: open_.push_back({e.process, e.attempt, e.request, e.op, at_work_}); break;
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
    for (const Open& open : open_) count({open.op, EventType::invoke, {}}, open.during);
    open_.clear();
  }

 private:
  void count(const Coverage::Ending& ending, std::uint32_t during) {
    Coverage::Counts*& counts =
        known_[(static_cast<std::size_t>(ending.op) * kEnds + static_cast<std::size_t>(ending.end)) * kReasons +
               static_cast<std::size_t>(ending.reason)];
    if (counts == nullptr) counts = &coverage_.endings[ending];
    ++counts->total;
    for (; during != 0; during &= during - 1) ++counts->during[static_cast<std::size_t>(std::countr_zero(during))];
  }
  void end(const Event& e) {
    const auto found = std::ranges::find_if(open_, [&](const Open& open) {
      return open.attempt == e.attempt && open.op == e.op && open.request == e.request && open.process == e.process;
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
      if (open.process != process) return false;
      count({open.op, EventType::invoke, {}}, open.during);
      return true;
    });
  }

  Coverage& coverage_;
  const std::vector<sim::Fault>& faults_;
  std::vector<Open> open_;
  std::array<Coverage::Counts*, kOps * kEnds * kReasons> known_{};  // a map is asked once for each
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
