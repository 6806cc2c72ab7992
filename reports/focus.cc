// A renewal is routine unless it failed, proves something, or is the last that went well before the violation: that
// one decides until when its client believed.
#include "reports/focus.h"

#include <algorithm>

#include "reports/event_json.h"

namespace lockstep::reports {

using models::Event;
using models::EventType;
using models::Op;

Focus::Focus(const scenarios::RunResult& result, const models::Verdict* told) : result_(result), told_(told) {
  const auto& events = result_.history.events;
  for (const Event& e : events) {
    if (e.type == EventType::believes) first_belief_.emplace(e.attempt, e.at);
  }
  if (told_ == nullptr) return;
  for (const std::uint32_t index : told_->evidence) {
    const Event& e = events[index];
    if (e.attempt != 0) attempts_.insert(e.attempt);
    if (names_lock(e)) locks_.insert(e.lock);
    from_ = std::min(from_, e.at);
    proven_ = to_ = std::max(to_, e.at);
  }
  for (const Event& e : events) {
    if (!attempts_.contains(e.attempt)) continue;
    from_ = std::min(from_, e.at);
    to_ = std::max(to_, e.at);
  }
  find_routine();
}

void Focus::find_routine() {
  const auto& events = result_.history.events;
  const std::uint32_t last = told_->evidence.empty() ? 0 : told_->evidence.back();
  std::map<std::uint32_t, std::uint32_t> last_renewal;  // by attempt: the request that went well before the violation
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    const Event& e = events[i];
    if (!attempts_.contains(e.attempt)) continue;
    const bool renewed = e.type == EventType::ok && e.op == Op::renew;
    const bool refused = e.type == EventType::fail && e.op == Op::try_lock;
    if (renewed || refused) routine_.insert({e.attempt, e.request});
    if (renewed && i < last) last_renewal[e.attempt] = e.request;
  }
  for (const auto& request : last_renewal) routine_.erase(request);
  for (const std::uint32_t index : told_->evidence) routine_.erase({events[index].attempt, events[index].request});
  for (const Event& e : events) {
    if (e.type != EventType::ok || e.op != Op::renew || !routine_.contains({e.attempt, e.request})) continue;
    routine_beliefs_.emplace(e.attempt, e.at);
  }
}

bool Focus::shows_overview(const Event& e) const {
  switch (e.type) {
    case EventType::invoke:
    case EventType::ok:
    case EventType::renewed:
    case EventType::repeated:
    case EventType::queued:
    case EventType::left:
    case EventType::process_started:
    case EventType::process_crashed:
    case EventType::write_accepted: return false;
    case EventType::fail:
    case EventType::info: return e.op == Op::lock;
    case EventType::believes: return first_belief_.at(e.attempt) == e.at;
    default: return true;
  }
}

bool Focus::shows(const Event& e) const {
  if (told_ == nullptr) return shows_overview(e);
  if (attempts_.contains(e.attempt)) {
    if (e.type == EventType::believes) return !routine_beliefs_.contains({e.attempt, e.at});
    return e.request == 0 || !routine_.contains({e.attempt, e.request});
  }
  if (e.at < from_ || e.at > proven_) return false;
  switch (e.type) {
    case EventType::restarted: return true;
    case EventType::granted:
    case EventType::released:
    case EventType::expired:
    case EventType::broken:
    case EventType::recovered: return locks_.contains(e.lock);
    default: return false;
  }
}

bool Focus::shows(const MessageFacts& message) const {
  return told_ != nullptr && attempts_.contains(message.attempt) &&
         !routine_.contains({message.attempt, message.request});
}

}  // namespace lockstep::reports
