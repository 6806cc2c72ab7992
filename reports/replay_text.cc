// The order of a bug report: what is wrong, in which experiment, how it came to it, and what else is known.
#include "reports/replay_text.h"

#include <fmt/format.h>

#include "models/words.h"
#include "reports/campaign_answer.h"

namespace lockstep::reports {
namespace {

using models::Outcome;
using models::Verdict;
using scenarios::RunResult;
using scenarios::Scenario;

std::vector<std::string> titles(const RunResult& result, Outcome outcome, const Verdict* except = nullptr) {
  std::vector<std::string> found;
  for (const Verdict& v : result.verdicts) {
    if (v.outcome == outcome && &v != except) found.push_back(title_of(v.property));
  }
  return found;
}

std::size_t exercised(const RunResult& result) {
  std::size_t count = 0;
  for (const Verdict& v : result.verdicts) count += v.exercised > 0 ? 1 : 0;
  return count;
}

std::string heading(std::string_view text, const TextStyle& style) {
  return fmt::format("\n{}\n", paint(text, Tone::heading, style));
}

std::string scenario_text(const Scenario& s, const scenarios::Subject& subject, const TextStyle& style) {
  std::string text = heading("Scenario", style);
  if (!s.about.empty()) text += wrapped(s.about, 2, style);
  std::string backend = fmt::format("{}: {}", subject.name, subject.about);
  if (!subject.planted.empty()) backend += fmt::format("; a planted bug of class {}", subject.planted);
  text += wrapped(backend, 2, style);
  const auto clients = counted(s.clients.size(), "client", "clients");
  const auto servers = s.servers == 0 ? std::string("no server") : counted(s.servers, "server", "servers");
  text += wrapped(
      fmt::format("{}, {}, {} and the resource on {}; {}, {}; healed at {}, then each client asks once more; seed {}",
                  clients, servers, counted(s.locks, "lock", "locks"), counted(s.hosts.size(), "host", "hosts"),
                  counted(s.steps.size(), "step", "steps"), counted(s.faults.size(), "fault", "faults"),
                  models::seconds(s.heal_at.time_since_epoch()), s.seed),
      2, style);
  return text;
}

std::string verdict_words(const Verdict& v) {
  switch (v.outcome) {
    case Outcome::ok: return v.exercised == 0 ? "not exercised" : "kept";
    case Outcome::violation: return "VIOLATED";
    case Outcome::undecided: return "undecided";
  }
  return "";
}

Tone verdict_tone(const Verdict& v) {
  switch (v.outcome) {
    case Outcome::ok: return v.exercised == 0 ? Tone::quiet : Tone::good;
    case Outcome::violation: return Tone::bad;
    case Outcome::undecided: break;
  }
  return Tone::doubtful;
}

std::string verdicts_text(const RunResult& result, const TextStyle& style) {
  std::string text = heading("Verdicts", style);
  for (const Verdict& v : result.verdicts) {
    const std::string times =
        v.exercised == 0 ? "" : fmt::format("  exercised {}", counted(v.exercised, "time", "times"));
    const std::string words = times.empty() ? verdict_words(v) : left(verdict_words(v), 13);
    text += fmt::format("  {}  {}  {}{}\n", models::id_of(v.property), left(models::name_of(v.property), 16),
                        paint(words, verdict_tone(v), style), times);
    if (!v.sentence.empty()) text += wrapped(v.sentence, 6, style);
  }
  return text;
}

std::string counts_text(const RunResult& r, const TextStyle& style) {
  std::string text = heading("Run", style);
  text += fmt::format("  trace {}\n", hex(r.trace_hash));
  text += wrapped(
      fmt::format("{} of simulated time; {} in the trace, {} in the history, {} of the scheduler; {}, of "
                  "them {} lost and {} sent twice",
                  models::seconds(r.virtual_time), counted(r.trace_events, "event", "events"),
                  counted(r.history.events.size(), "event", "events"), counted(r.steps, "step", "steps"),
                  counted(r.messages, "message", "messages"), grouped(r.messages_lost), grouped(r.messages_duplicated)),
      2, style);
  std::vector<std::string> struck;
  for (std::size_t i = 0; i < r.fault_activations.size(); ++i) {
    if (r.fault_activations[i] == 0) continue;
    struck.push_back(
        fmt::format("{} {}", sim::facts_of(static_cast<sim::FaultKind>(i)).name, grouped(r.fault_activations[i])));
  }
  return text + wrapped(fmt::format("faults that struck: {}", struck.empty() ? "none" : listed(struck)), 2, style);
}

Tone answer_tone(const RunResult& result) {
  switch (outcome_of(result)) {
    case RunOutcome::kept: return Tone::good;
    case RunOutcome::violation: return Tone::bad;
    case RunOutcome::inconclusive: break;
  }
  return Tone::doubtful;
}

}  // namespace

RunOutcome outcome_of(const RunResult& result) {
  if (scenarios::violated(result) != 0) return RunOutcome::violation;
  const bool undecided = !titles(result, Outcome::undecided).empty();
  return undecided || exercised(result) == 0 ? RunOutcome::inconclusive : RunOutcome::kept;
}

std::string replay_answer(const RunResult& result, const Scenario& scenario) {
  const Verdict* told = told_verdict(result, scenario);
  const std::string expected = scenario.expect ? fmt::format(" The scenario expects {} to be broken, which it is not.",
                                                             title_of(*scenario.expect))
                                               : "";
  if (told != nullptr) {
    std::string text = fmt::format("{} is violated: {}.", title_of(told->property), told->sentence);
    const auto others = titles(result, Outcome::violation, told);
    if (!others.empty()) text += fmt::format(" So {} {}.", others.size() == 1 ? "is" : "are", listed(others));
    return scenario.expect == told->property ? text : text + expected;
  }
  const auto undecided = titles(result, Outcome::undecided);
  if (!undecided.empty()) {
    return fmt::format("Undecided: {} could not be decided in this run; nothing else is violated.{}", listed(undecided),
                       expected);
  }
  if (exercised(result) == 0) {
    return fmt::format("Inconclusive: this run of {} tested nothing: {} checked, none of them exercised.{}",
                       scenario.backend, counted(result.verdicts.size(), "property", "properties"), expected);
  }
  return fmt::format("{} kept every promise in this run: {} checked, {} of them exercised.{}", scenario.backend,
                     counted(result.verdicts.size(), "property", "properties"), exercised(result), expected);
}

std::string replay_text(const RunResult& result, const Scenario& scenario, const scenarios::Subject& subject,
                        const ReplayOptions& options) {
  const TextStyle& style = options.style;
  std::string text;
  const std::string first = wrapped(replay_answer(result, scenario), 0, style);
  for (std::size_t begin = 0; begin < first.size();) {
    const std::size_t end = first.find('\n', begin);
    text += paint(first.substr(begin, end - begin), answer_tone(result), style) + "\n";
    begin = end + 1;
  }
  text += scenario_text(scenario, subject, style);
  text += fmt::format("{}\n{}", heading("Story", style), ladder(result, scenario, {style, options.all}));
  text += verdicts_text(result, style);
  return text + counts_text(result, style);
}

}  // namespace lockstep::reports
