// Fields are written in one fixed order: first those of the exchange form, then ours.
#include "reports/event_json.h"

#include <nlohmann/json.hpp>

#include "models/describe.h"
#include "models/words.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;
using models::History;
using Json = nlohmann::ordered_json;

void add_ours(Json& line, const Event& e, const History& history) {
  if (e.request != 0) line["request"] = e.request;
  if (e.reason != models::Reason::none) line["reason"] = models::name_of(e.reason);
  if (e.mode != models::Mode::exclusive) line["mode"] = models::name_of(e.mode);
  if (e.mode == models::Mode::permits) {
    line["permits"] = e.permits;
    if (e.lock < history.capacities.size() && history.capacities[e.lock] != 0)
      line["capacity"] = history.capacities[e.lock];
  }
  if (e.ttl != models::Duration::zero()) line["ttl_ns"] = e.ttl.count();
  if (e.op == models::Op::lock && e.type == EventType::invoke) line["wait_ns"] = e.wait.count();
  if (e.clock != models::ClockReading{}) {
    line["clock_ns"] = e.clock.value.count();
    line["boot"] = e.clock.boot;
  }
  if (e.deadline != models::ClockReading{}) {
    line["deadline_ns"] = e.deadline.value.count();
    line["deadline_boot"] = e.deadline.boot;
  }
  if (e.group != 0) line["group"] = e.group;
  if (e.holder != 0) line["holder"] = e.holder;
  if (e.type == EventType::notified) line["told"] = models::name_of(e.told);
  if (e.type == EventType::fault_began || e.type == EventType::fault_ended) line["fault"] = e.fault;
}

// The name as it is shown may be another lock's too.
bool is_cut(const History& history, std::uint32_t lock) {
  return lock < history.locks.size() && models::lock_name(history, lock).ends_with("...");
}

}  // namespace

bool has_process(const Event& e) {
  return e.type != EventType::fault_began && e.type != EventType::fault_ended && e.type != EventType::healed;
}

bool names_lock(const Event& e) { return has_process(e) && (e.attempt != 0 || e.op != models::Op::none); }

std::vector<std::uint32_t> owners_of(const History& history) {
  std::vector<std::uint32_t> owners(1, kNobody);
  for (const Event& e : history.events) {
    if (e.attempt >= owners.size()) owners.resize(e.attempt + std::size_t{1}, kNobody);
    const bool client =
        e.process < history.processes.size() && history.processes[e.process].role == models::Process::Role::client;
    const bool asks = e.type == EventType::invoke || e.type == EventType::believes;
    if (e.attempt != 0 && client && asks && owners[e.attempt] == kNobody) owners[e.attempt] = e.process;
  }
  return owners;
}

Json event_json(const Event& e, const History& history, const std::vector<std::uint32_t>& owners, Named named) {
  const auto who = [&](std::uint32_t process) {
    return named == Named::by_index ? Json(process) : Json(models::process_name(history, process));
  };
  Json line;
  if (has_process(e)) line["process"] = who(e.process);
  line["type"] = models::name_of(e.type);
  if (e.op != models::Op::none) line["op"] = models::name_of(e.op);
  if (names_lock(e)) line["lock"] = models::lock_name(history, e.lock);
  if (e.attempt != 0) {
    if (owners[e.attempt] != kNobody) line["owner"] = who(owners[e.attempt]);
    line["sid"] = e.attempt;
  }
  if (e.token != 0) line["token"] = e.token;
  line["time_ns"] = e.at.count();
  if (names_lock(e) && is_cut(history, e.lock)) line["lock_number"] = e.lock;
  add_ours(line, e, history);
  return line;
}

}  // namespace lockstep::reports
