// One pass: a bar is open until an event closes it.
#include "reports/pages/lease_bars.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "reports/event_json.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;
using models::Op;
using Kind = LeaseBar::Kind;

class Bars {
 public:
  explicit Bars(const models::History& history) : history_(history), owners_(owners_of(history)) {
    for (const Event& e : history.events) {
      if (e.type == EventType::granted) stores_.emplace(e.attempt, e.process);
    }
  }

  std::vector<LeaseBar> all() {
    for (at_ = 0; at_ < history_.events.size(); ++at_) follow(history_.events[at_]);
    std::ranges::stable_sort(bars_, {}, &LeaseBar::begin);
    return std::move(bars_);
  }

 private:
  void open(Kind kind, const Event& e) {
    if (e.attempt == 0 || open_.contains({kind, e.attempt})) return;
    open_[{kind, e.attempt}] = bars_.size();
    const std::uint32_t owner = e.attempt < owners_.size() ? owners_[e.attempt] : kNobody;
    bars_.push_back({kind, e.attempt, owner, e.lock, at_, static_cast<std::uint32_t>(history_.events.size())});
  }
  void close(Kind kind, std::uint32_t attempt) {
    const auto found = open_.find({kind, attempt});
    if (found == open_.end()) return;
    bars_[found->second].end = at_;
    open_.erase(found);
  }
  void close_if(const std::function<bool(const LeaseBar&)>& what) {
    std::erase_if(open_, [&](const auto& entry) {
      LeaseBar& bar = bars_[entry.second];
      if (!what(bar)) return false;
      bar.end = at_;
      return true;
    });
  }
  // A store was opened: what it does not find is no lease any more.
  void reopen(const Event& e) {
    std::vector<std::uint32_t> found;
    for (std::size_t i = at_ + 1; i < history_.events.size() && history_.events[i].at == e.at; ++i) {
      const Event& next = history_.events[i];
      if (next.process != e.process || next.type == EventType::restarted) break;
      if (next.type == EventType::recovered) found.push_back(next.attempt);
    }
    close_if([&](const LeaseBar& bar) {
      return bar.kind == Kind::store && stores_[bar.attempt] == e.process &&
             std::ranges::find(found, bar.attempt) == found.end();
    });
  }

  void follow(const Event& e) {
    switch (e.type) {
      case EventType::granted:
      case EventType::recovered: return open(Kind::store, e);
      case EventType::released:
      case EventType::expired:
      case EventType::broken: return close(Kind::store, e.attempt);
      case EventType::restarted: return reopen(e);
      case EventType::believes: return open(Kind::belief, e);
      case EventType::belief_ended: return close(Kind::belief, e.attempt);
      case EventType::lost: return close(Kind::belief, e.attempt), close(Kind::critical, e.attempt);
      case EventType::ok:
        if (e.op == Op::lock) open(Kind::critical, e);
        return;
      case EventType::invoke:
        if (e.op == Op::unlock) close(Kind::belief, e.attempt), close(Kind::critical, e.attempt);
        return;
      case EventType::process_crashed:
        return close_if([&](const LeaseBar& bar) { return bar.kind != Kind::store && bar.process == e.process; });
      default: return;
    }
  }

  const models::History& history_;
  std::vector<std::uint32_t> owners_;                           // by attempt
  std::map<std::uint32_t, std::uint32_t> stores_;               // by attempt: the process that granted it
  std::map<std::pair<Kind, std::uint32_t>, std::size_t> open_;  // into bars_
  std::vector<LeaseBar> bars_;
  std::uint32_t at_ = 0;
};

}  // namespace

std::string_view name_of(LeaseBar::Kind kind) {
  switch (kind) {
    case Kind::store: return "store";
    case Kind::belief: return "belief";
    case Kind::critical: return "critical";
  }
  return "";
}

std::vector<LeaseBar> lease_bars_of(const models::History& history) { return Bars(history).all(); }

}  // namespace lockstep::reports
