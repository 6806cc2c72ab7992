// A pass over the events for the time that matters, and one over the messages.
#include "reports/telling.h"

#include <algorithm>

#include "reports/event_json.h"
#include "reports/message_facts.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;
using models::Instant;
using models::Op;

constexpr std::size_t kMost = 150;

// When the request was made that the event followed from; the event itself, if there is none.
Instant asked_before(const models::History& history, std::uint32_t index) {
  const Event& proof = history.events[index];
  for (std::uint32_t i = index; i-- > 0;) {
    const Event& e = history.events[i];
    if (e.attempt == proof.attempt && e.type == EventType::invoke && e.op != Op::lock) return e.at;
  }
  return proof.at;
}

}  // namespace

Telling telling_of(const scenarios::RunResult& result, const models::Verdict& told) {
  const auto& history = result.history;
  Telling telling;
  Instant asked = Instant::max(), to = Instant::min();
  std::set<std::uint32_t> locks, attempts;
  for (const std::uint32_t index : told.evidence) {
    const Event& e = history.events[index];
    if (!names_lock(e)) continue;
    locks.insert(e.lock);
    attempts.insert(e.attempt);
    asked = std::min(asked, asked_before(history, index));
    to = std::max(to, e.at);
  }
  bool wanted = false;
  for (std::uint32_t i = 0; i < history.events.size() && history.events[i].at <= to; ++i) {
    const Event& e = history.events[i];
    wanted = wanted || attempts.contains(e.attempt);
    const bool ends = e.type == EventType::invoke && (e.op == Op::unlock || e.op == Op::break_lock);
    if (wanted && ends && locks.contains(e.lock) && !attempts.contains(e.attempt)) telling.events.insert(i);
  }
  const auto facts = facts_of_messages(result);
  for (std::uint32_t i = 0; i < facts.size(); ++i) {
    const auto& m = result.messages_told[i];
    const auto sent = m.sent.time_since_epoch();
    const bool in_flight = sent <= to && (sent >= asked || (m.has_arrived && m.arrived.time_since_epoch() >= asked));
    if (in_flight && facts[i].attempt == 0 && !m.words.starts_with("connect")) telling.messages.insert(i);
  }
  if (telling.messages.size() > kMost) telling.messages.clear();
  if (telling.events.size() > kMost) telling.events.clear();
  return telling;
}

}  // namespace lockstep::reports
