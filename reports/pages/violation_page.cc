// Long runs have many events, so events and messages are short rows; what the columns mean is told once, in
// web/run_document.ts. Words that recur stand once, in `texts`.
#include "reports/pages/violation_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/describe.h"
#include "models/words.h"
#include "reports/account.h"
#include "reports/campaign_answer.h"
#include "reports/event_json.h"
#include "reports/explain_text.h"
#include "reports/ladder.h"
#include "reports/pages/lease_bars.h"
#include "reports/pages/texts.h"
#include "reports/plain_story.h"
#include "reports/replay_text.h"
#include "reports/story.h"
#include "reports/telling.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using models::EventType;
using scenarios::RunResult;
using scenarios::Scenario;

std::string title(const RunResult& result, const Scenario& scenario) {
  const models::Verdict* told = told_verdict(result, scenario);
  if (told == nullptr) return fmt::format("A run of {}", scenario.backend);
  return fmt::format("{} breaks {}", scenario.backend, title_of(told->property));
}

Json story_json(const RunResult& result, const Scenario& scenario) {
  Json story = Json::array();
  for (const Sentence& sentence : plain_story(result, scenario)) {
    Json segments = Json::array();
    for (const Segment& s : sentence) {
      using Refers = Segment::Refers;
      const char* key = s.refers == Refers::event     ? "event"
                        : s.refers == Refers::fault   ? "fault"
                        : s.refers == Refers::lane    ? "lane"
                        : s.refers == Refers::message ? "message"
                        : s.refers == Refers::proof   ? "proof"
                                                      : nullptr;
      segments.push_back(key == nullptr ? Json(s.text) : Json{{"text", s.text}, {key, s.index}});
    }
    story.push_back(std::move(segments));
  }
  return story;
}

// The processes, and behind them the store if it has told anything.
Json lanes_of(const RunResult& result) {
  using Role = models::Process::Role;
  Json lanes = Json::array();
  for (const auto& p : result.history.processes) {
    const auto role = p.role == Role::client ? "client" : p.role == Role::server ? "server" : "resource";
    lanes.push_back({{"name", p.name}, {"role", role}, {"host", p.host}});
  }
  lanes.push_back({{"name", "store"}, {"role", "store"}, {"host", nullptr}});
  return lanes;
}

Json lanes_struck(const sim::Fault& fault, const Scenario& scenario) {
  const auto subject = sim::facts_of(fault.kind).subject;
  Json lanes = Json::array();
  for (std::uint32_t p = 0; p < scenario.processes(); ++p) {
    const std::uint32_t host = scenario.host_of(p);
    const bool struck = subject == sim::FaultSubject::process ? fault.target == p
                        : subject == sim::FaultSubject::host  ? fault.target == host
                                                              : fault.target == host || fault.other == host;
    if (struck) lanes.push_back(p);
  }
  return lanes;
}

Json faults_of(const RunResult& result, const Scenario& scenario) {
  Json faults = Json::array();
  for (const sim::Fault& f : scenario.faults) {
    faults.push_back({{"kind", sim::facts_of(f.kind).name},
                      {"words", fault_words(f, scenario)},
                      {"meaning", sim::facts_of(f.kind).meaning},
                      {"lanes", lanes_struck(f, scenario)},
                      {"begin", nullptr},
                      {"end", nullptr}});
  }
  for (std::uint32_t i = 0; i < result.history.events.size(); ++i) {
    const auto& e = result.history.events[i];
    if (e.fault >= faults.size()) continue;
    if (e.type == EventType::fault_began && faults[e.fault]["begin"].is_null()) faults[e.fault]["begin"] = i;
    if (e.type == EventType::fault_ended && scenario.faults[e.fault].kind != sim::FaultKind::step_wall)
      faults[e.fault]["end"] = i;
    // A clock that was set stays so, but it strikes at once.
    if (e.type == EventType::fault_began && scenario.faults[e.fault].kind == sim::FaultKind::step_wall)
      faults[e.fault]["end"] = i;
  }
  return faults;
}

Json leases_of(const models::History& history) {
  Json leases = Json::array();
  for (const LeaseBar& bar : lease_bars_of(history)) {
    const std::int64_t client = bar.process == kNobody ? -1 : static_cast<std::int64_t>(bar.process);
    leases.push_back({name_of(bar.kind), bar.attempt, client, bar.lock, bar.begin, bar.end});
  }
  return leases;
}

// Of a row: what web/run_document.ts calls its flags.
constexpr std::uint32_t kShown = 1, kSilent = 2, kLost = 4, kLate = 8;

void add_happenings(Json& document, const RunResult& result, const Scenario& scenario) {
  const models::History& history = result.history;
  Texts texts;
  Json events = Json::array(), messages = Json::array();
  const auto owners = owners_of(history);
  for (const auto& e : history.events) {
    const std::int64_t lane = has_process(e) && e.process < history.processes.size() ? std::int64_t{e.process} : -1;
    const std::uint32_t owner = e.attempt < owners.size() ? owners[e.attempt] : kNobody;
    events.push_back({e.at.count(), texts(std::string(models::name_of(e.type))), lane, 0,
                      names_lock(e) ? std::int64_t{e.lock} : -1, e.attempt, e.token,
                      owner == kNobody ? -1 : std::int64_t{owner}, 0});
  }
  for (const auto& m : result.messages_told) {
    const auto if_so = [](bool so, sim::TrueTime at) { return so ? at.time_since_epoch().count() : -1; };
    messages.push_back({m.sent.time_since_epoch().count(), if_so(m.has_arrived, m.arrived),
                        if_so(m.has_arrived_again, m.arrived_again), m.from, m.to, 0, 0});
  }
  const models::Verdict* told = told_verdict(result, scenario);
  const Telling telling = told == nullptr ? Telling() : telling_of(result, *told);
  for (const StoryLine& line : story_of(result, scenario, told, false)) {
    if (line.kind == StoryLine::Kind::arrival) continue;
    const bool message = line.kind == StoryLine::Kind::message;
    Json& row = message ? messages[line.index] : events[line.index];
    row[message ? 5 : 3] = texts(printable(line.words));
    const bool shown =
        line.shown || line.evidence || (message ? telling.messages : telling.events).contains(line.index);
    row.back() = (shown ? kShown : 0u) | (line.kind == StoryLine::Kind::silent ? kSilent : 0u) |
                 (line.lost ? kLost : 0u) | (line.late ? kLate : 0u);
  }
  document["events"] = std::move(events);
  document["messages"] = std::move(messages);
  document["texts"] = texts.take();
}

Json verdicts_of(const RunResult& result) {
  Json all = Json::array();
  for (const auto& v : result.verdicts) {
    all.push_back({{"title", title_of(v.property)},
                   {"promise", models::promise_of(v.property)},
                   {"outcome", models::name_of(v.outcome)},
                   {"exercised", v.exercised},
                   {"sentence", v.sentence}});
  }
  return all;
}

std::string step_words(const scenarios::Step& s, const Scenario& scenario) {
  using scenarios::Act;
  const std::string name = printable_ascii(lock_name(scenario, s.lock));
  if (s.act == Act::look) return "asks who holds " + name;
  if (s.act == Act::break_lock) return fmt::format("as an administrator takes {} from whoever holds it", name);
  if (s.act == Act::watch) return "listens to what happens to " + name;
  const bool once = s.wait == Duration::zero();
  std::string what = fmt::format("wants {}{}, with a lease of {}, {}", name, s.shared ? " as a reader" : "",
                                 models::length(s.ttl), once ? "tries once" : "waits up to " + models::length(s.wait));
  if (s.hold > Duration::zero()) what += ", holds it for " + models::length(s.hold);
  if (s.writes > 0) what += fmt::format(", writes {}", counted(s.writes, "time", "times"));
  return what;
}

Json steps_of(const Scenario& scenario) {
  Json steps = Json::array();
  for (const auto& s : scenario.steps) {
    steps.push_back({s.at.time_since_epoch().count(), scenario.client_process(s.client), step_words(s, scenario)});
  }
  return steps;
}

}  // namespace

Json violation_document(const RunResult& result, const Scenario& scenario, const scenarios::Subject& subject,
                        const std::string& replay_line, const scenarios::Explanation* explanation) {
  const models::Verdict* told = told_verdict(result, scenario);
  Json document = {
      {"kind", "violation"},
      {"title", title(result, scenario)},
      {"answer", replay_answer(result, scenario)},
      {"outcome", told != nullptr                          ? "violation"
                  : outcome_of(result) == RunOutcome::kept ? "kept"
                                                           : "inconclusive"},
      {"replay", replay_line},
      {"backend", subject.name},
      {"backend_about", subject.about},
      {"planted", subject.planted},
      {"about", about_without_account(scenario, account_of(result, scenario))},
      {"source", scenario.source},
      {"seed", fmt::format("{}", scenario.seed)},
      {"hosts", scenario.hosts.size()},
      {"healed", scenario.heal_at.time_since_epoch().count()},
      {"until", result.virtual_time.count()},
      {"trace", hex(result.trace_hash)},
      {"story", story_json(result, scenario)},
      {"evidence", told != nullptr ? Json(told->evidence) : Json::array()},
      {"lanes", lanes_of(result)},
      {"locks", Json::array()},
      {"faults", faults_of(result, scenario)},
      {"leases", leases_of(result.history)},
      {"verdicts", verdicts_of(result)},
      {"steps", steps_of(scenario)},
      {"likelihood", explanation != nullptr ? explanation_value(*explanation, result, scenario) : Json(nullptr)},
  };
  for (std::uint32_t l = 0; l < result.history.locks.size(); ++l)
    document["locks"].push_back(models::lock_name(result.history, l));
  add_happenings(document, result, scenario);
  return document;
}

}  // namespace lockstep::reports
