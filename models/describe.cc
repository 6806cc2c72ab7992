// Says what an event says and nothing more: fields that an event leaves empty are left out.
#include "models/describe.h"

#include <fmt/format.h>

#include "models/words.h"

namespace lockstep::models {

std::string_view name_of(EventType type) {
  switch (type) {
    case EventType::invoke: return "invoke";
    case EventType::ok: return "ok";
    case EventType::fail: return "fail";
    case EventType::info: return "info";
    case EventType::believes: return "believes";
    case EventType::belief_ended: return "belief_ended";
    case EventType::lost: return "lost";
    case EventType::granted: return "granted";
    case EventType::renewed: return "renewed";
    case EventType::released: return "released";
    case EventType::expired: return "expired";
    case EventType::broken: return "broken";
    case EventType::restarted: return "restarted";
    case EventType::recovered: return "recovered";
    case EventType::repeated: return "repeated";
    case EventType::queued: return "queued";
    case EventType::left: return "left";
    case EventType::notified: return "notified";
    case EventType::gap: return "gap";
    case EventType::write_accepted: return "write_accepted";
    case EventType::write_refused: return "write_refused";
    case EventType::process_started: return "process_started";
    case EventType::process_crashed: return "process_crashed";
    case EventType::process_paused: return "process_paused";
    case EventType::process_resumed: return "process_resumed";
    case EventType::fault_began: return "fault_began";
    case EventType::fault_ended: return "fault_ended";
    case EventType::healed: return "healed";
  }
  return "unknown";
}

std::string_view name_of(Op op) {
  switch (op) {
    case Op::none: return "none";
    case Op::lock: return "lock";
    case Op::try_lock: return "try_lock";
    case Op::renew: return "renew";
    case Op::unlock: return "unlock";
    case Op::inspect: return "inspect";
    case Op::write: return "write";
    case Op::break_lock: return "break_lock";
    case Op::watch: return "watch";
  }
  return "unknown";
}

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::exclusive: return "exclusive";
    case Mode::shared: return "shared";
    case Mode::permits: return "permits";
  }
  return "unknown";
}

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::none: return "none";
    case Reason::refused: return "refused";
    case Reason::timed_out: return "timed_out";
    case Reason::cancelled: return "cancelled";
    case Reason::not_held: return "not_held";
    case Reason::lost: return "lost";
    case Reason::expired: return "expired";
    case Reason::stale_token: return "stale_token";
    case Reason::unreachable: return "unreachable";
    case Reason::failed: return "failed";
    case Reason::broken: return "broken";
  }
  return "unknown";
}

namespace {

std::string what(const Event& e) {
  switch (e.type) {
    case EventType::invoke: return fmt::format("asks: {}", name_of(e.op));
    case EventType::ok: return fmt::format("{} ok", name_of(e.op));
    case EventType::fail: return fmt::format("{} failed", name_of(e.op));
    case EventType::info: return fmt::format("{} has an unknown outcome", name_of(e.op));
    case EventType::believes: return "believes to hold";
    case EventType::belief_ended: return "belief ran out";
    case EventType::lost: return "handle reports the loss";
    case EventType::granted: return "store granted";
    case EventType::renewed: return "store renewed";
    case EventType::released: return "store released";
    case EventType::expired: return "store let expire";
    case EventType::broken: return "store broke";
    case EventType::restarted: return "opened the store";
    case EventType::recovered: return "store still holds";
    case EventType::repeated: return "store answered from memory";
    case EventType::queued: return "store gave a place in the line";
    case EventType::left: return "left the line";
    case EventType::notified: return fmt::format("is told: {}", name_of(e.told));
    case EventType::gap: return "is told that it missed something";
    case EventType::write_accepted: return "accepted the write";
    case EventType::write_refused: return "refused the write";
    case EventType::process_started: return "started";
    case EventType::process_crashed: return "crashed";
    case EventType::process_paused: return "paused";
    case EventType::process_resumed: return "resumed";
    case EventType::fault_began: return fmt::format("fault {} begins", e.fault);
    case EventType::fault_ended: return fmt::format("fault {} ends", e.fault);
    case EventType::healed: return "all faults have healed";
  }
  return "unknown";
}

bool of_world(EventType type) {
  return type == EventType::fault_began || type == EventType::fault_ended || type == EventType::healed;
}

std::string reading(const ClockReading& clock) {
  return clock.boot == 0 ? seconds(clock.value) : fmt::format("{} of boot {}", seconds(clock.value), clock.boot);
}

bool names_lock(const Event& e) {
  return e.attempt != 0 || e.type == EventType::write_accepted || e.type == EventType::write_refused ||
         e.op != Op::none;
}

}  // namespace

std::string describe(const Event& event, const History& history) {
  const Event& e = event;
  std::string text = seconds(e.at) + "  ";
  if (!of_world(e.type)) text += process_name(history, e.process) + "  ";
  text += what(e);
  std::string_view gap = ": ";
  const auto add = [&](const std::string& part) {
    text += gap;
    text += part;
    gap = ", ";
  };
  if (names_lock(e)) add(lock_name(history, e.lock));
  if (e.attempt != 0) add(fmt::format("attempt {}", e.attempt));
  if (e.request != 0) add(fmt::format("request {}", e.request));
  if (e.mode != Mode::exclusive) add(std::string(name_of(e.mode)));
  if (e.mode == Mode::permits) add(fmt::format("{} permits", e.permits));
  if (e.token != 0) add(fmt::format("token {}", e.token));
  if (e.ttl != Duration::zero()) add("ttl " + length(e.ttl));
  if (e.op == Op::lock && e.type == EventType::invoke) add("wait " + length(e.wait));
  if (e.reason != Reason::none) add(std::string(name_of(e.reason)));
  if (e.clock != ClockReading{}) add("clock " + reading(e.clock));
  if (e.deadline != ClockReading{}) add("until " + reading(e.deadline));
  return text;
}

}  // namespace lockstep::models
