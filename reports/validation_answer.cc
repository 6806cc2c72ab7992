// Names of levels are written so that they go on after "it": "excludes", "is fenced" is "fenced".
#include "reports/validation_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using scenarios::Level;
using scenarios::Validation;
using State = Level::State;

std::vector<std::string> levels_in(const Validation& v, State state) {
  std::vector<std::string> names;
  for (const Level& level : v.levels) {
    if (level.state == state) names.push_back("\"" + level.name + "\"");
  }
  return names;
}

std::uint64_t wrong_cases(const Validation& v) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(v.contract, [](const auto& result) { return !result.flaw.empty(); }));
}

bool untried(const Validation& v) {
  return v.stopped || std::ranges::any_of(v.contract, [](const auto& result) { return !result.trouble.empty(); });
}

// "38 of 53 cases went wrong before their end; the first, late-release: the adapter ..."; empty if none did.
std::string troubles(const Validation& v) {
  std::uint64_t asked = 0, troubled = 0;
  const scenarios::CaseResult* first = nullptr;
  for (const auto& result : v.contract) {
    asked += result.lacks.empty() ? 1 : 0;
    if (result.trouble.empty()) continue;
    ++troubled;
    if (first == nullptr) first = &result;
  }
  if (first == nullptr) return "";
  return fmt::format("{} of {} were not tried to the end; the first, {}: {}", grouped(troubled),
                     counted(asked, "case", "cases"), first->name, printable(first->trouble));
}

std::uint64_t runs_of(const Validation& v) {
  std::uint64_t runs = 0;
  for (const auto& result : v.contract) runs += result.runs;
  for (const auto& stage : v.stages) runs += stage.summary.sums.runs;
  return runs;
}

}  // namespace

ValidationOutcome outcome_of(const Validation& v) {
  if (!levels_in(v, State::failed).empty() || wrong_cases(v) > 0) return ValidationOutcome::broken;
  const bool crashed = std::ranges::any_of(v.stages, [](const auto& stage) {
    return stage.summary.outcome == scenarios::CampaignOutcome::violation ||
           stage.summary.outcome == scenarios::CampaignOutcome::non_deterministic;
  });
  if (crashed) return ValidationOutcome::broken;
  return untried(v) || (!v.stages.empty() && !levels_in(v, State::open).empty()) ? ValidationOutcome::open
                                                                                 : ValidationOutcome::holds;
}

std::string answer(const Validation& v) {
  const auto failed = levels_in(v, State::failed), earned = levels_in(v, State::earned),
             open = levels_in(v, State::open), absent = levels_in(v, State::not_claimed);
  const std::string name = printable(v.backend);
  if (outcome_of(v) == ValidationOutcome::broken) {
    std::string text = fmt::format("{} does not keep what it claims", name);
    if (!failed.empty()) text += ": " + listed(failed) + (failed.size() == 1 ? " is not earned" : " are not earned");
    if (!earned.empty()) text += fmt::format("; earned: {}", listed(earned));
    if (failed.empty() && wrong_cases(v) == 0 && untried(v)) text += ": " + troubles(v);
    return text + ".";
  }
  if (v.stages.empty() && untried(v) && !v.stopped) {
    return fmt::format("{} could not be tried, and no campaign was run: {}.", name, troubles(v));
  }
  if (v.stages.empty() && v.stopped) {
    return fmt::format("{} was not tried to the end: {}; no campaign was run.", name, contract_counts(v));
  }
  if (v.stages.empty()) {
    return fmt::format("{} answers as the contract wants it: {}; no campaign was run.", name, contract_counts(v));
  }
  std::string text = fmt::format("{} keeps what it claims in {}", name, counted(runs_of(v), "run", "runs"));
  if (!earned.empty()) text += ": " + listed(earned);
  if (!open.empty()) {
    text = fmt::format("{} broke nothing, but {} {} left open", name, listed(open), open.size() == 1 ? "is" : "are");
    if (!earned.empty()) text += fmt::format("; earned: {}", listed(earned));
  }
  if (!absent.empty()) text += fmt::format("; not claimed: {}", listed(absent));
  return text + ".";
}

std::string_view name_of(State state) {
  switch (state) {
    case State::earned: return "earned";
    case State::failed: return "NOT EARNED";
    case State::not_claimed: return "not claimed";
    case State::open: return "open";
  }
  return "?";
}

std::string_view word_of(ValidationOutcome outcome) {
  switch (outcome) {
    case ValidationOutcome::holds: return "holds";
    case ValidationOutcome::broken: return "broken";
    case ValidationOutcome::open: return "open";
  }
  return "?";
}

std::string_view word_of(scenarios::Level::State state) {
  switch (state) {
    case scenarios::Level::State::earned: return "earned";
    case scenarios::Level::State::failed: return "failed";
    case scenarios::Level::State::not_claimed: return "not-claimed";
    case scenarios::Level::State::open: return "open";
  }
  return "?";
}

std::string_view word_of(const scenarios::CaseResult& result) {
  if (!result.lacks.empty()) return "absent";
  if (!result.trouble.empty()) return "open";
  return result.flaw.empty() ? "right" : "wrong";
}

std::string line_of(const scenarios::CaseResult& result) {
  return result.broken != 0 ? replay_line(result.file) : fmt::format("{} validate --only {}", called_as(), result.name);
}

std::string contract_counts(const Validation& v) {
  const auto wrong = wrong_cases(v);
  std::uint64_t right = 0, not_asked = 0, open = 0;
  for (const auto& result : v.contract) {
    if (!result.lacks.empty()) {
      ++not_asked;
    } else if (!result.trouble.empty()) {
      ++open;
    } else if (result.flaw.empty()) {
      ++right;
    }
  }
  std::string text = fmt::format("{} right", counted(right, "case", "cases"));
  if (wrong > 0) text += fmt::format(", {} wrong", wrong);
  if (open > 0) text += fmt::format(", {} not tried to the end", open);
  if (not_asked > 0) text += fmt::format(", {} not asked", not_asked);
  return text;
}

}  // namespace lockstep::reports
