// The scenario itself is in its own file; here stands only what a reader of the history needs of it.
#include "reports/replay_json.h"

#include <nlohmann/json.hpp>

#include "models/words.h"
#include "reports/event_json.h"
#include "reports/replay_text.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using scenarios::RunResult;
using scenarios::Scenario;

Json verdicts_of(const RunResult& result) {
  Json all = Json::array();
  for (const auto& v : result.verdicts) {
    all.push_back({{"id", models::id_of(v.property)},
                   {"name", models::name_of(v.property)},
                   {"outcome", models::name_of(v.outcome)},
                   {"exercised", v.exercised},
                   {"shape", v.shape},
                   {"sentence", v.sentence},
                   {"evidence", v.evidence}});
  }
  return all;
}

Json scenario_faults_of(const Scenario& scenario) {
  Json all = Json::array();
  for (const auto& f : scenario.faults) {
    const auto& facts = sim::facts_of(f.kind);
    Json fault = {{"kind", facts.name},
                  {"at_ns", f.at.time_since_epoch().count()},
                  {"lasts_ns", f.lasts.count()},
                  {"target", f.target}};
    if (facts.subject == sim::FaultSubject::process) fault["process"] = process_name(scenario, f.target);
    if (facts.subject == sim::FaultSubject::link) fault["other"] = f.other;
    if (!facts.amount.empty()) {
      fault["amount"] = f.amount;
      fault["unit"] = facts.amount;
    }
    all.push_back(std::move(fault));
  }
  return all;
}

Json activations_of(const RunResult& result) {
  Json all = Json::object();
  for (std::size_t i = 0; i < result.fault_activations.size(); ++i) {
    all[std::string(sim::facts_of(static_cast<sim::FaultKind>(i)).name)] = result.fault_activations[i];
  }
  return all;
}

Json processes_of(const models::History& history) {
  using Role = models::Process::Role;
  Json all = Json::array();
  for (const auto& p : history.processes) {
    const auto role = p.role == Role::client ? "client" : p.role == Role::server ? "server" : "resource";
    all.push_back({{"name", p.name}, {"role", role}, {"host", p.host}});
  }
  return all;
}

Json events_of(const models::History& history) {
  const auto owners = owners_of(history);
  Json all = Json::array();
  for (const auto& e : history.events) all.push_back(event_json(e, history, owners, Named::by_name));
  return all;
}

}  // namespace

std::string replay_json(const RunResult& result, const Scenario& scenario, const scenarios::Subject& subject) {
  Json report = {
      {"lockstep_replay", kReplayVersion},
      {"answer", replay_answer(result, scenario)},
      {"about", scenario.about},
      {"backend", subject.name},
      {"planted", subject.planted},
      {"seed", scenario.seed},
      {"expect", scenario.expect ? Json(models::id_of(*scenario.expect)) : Json(nullptr)},
      {"trace_hash", hex(result.trace_hash)},
      {"trace_events", result.trace_events},
      {"steps", result.steps},
      {"virtual_ns", result.virtual_time.count()},
      {"messages", result.messages},
      {"messages_lost", result.messages_lost},
      {"messages_duplicated", result.messages_duplicated},
      {"verdicts", verdicts_of(result)},
      {"fault_activations", activations_of(result)},
      {"faults", scenario_faults_of(scenario)},
      {"processes", processes_of(result.history)},
      {"locks", Json::array()},
  };
  for (std::uint32_t l = 0; l < result.history.locks.size(); ++l) {
    report["locks"].push_back(models::lock_name(result.history, l));
  }
  report["history"] = events_of(result.history);
  return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep::reports
