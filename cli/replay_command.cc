// `lockstep replay`, `lockstep shrink` and `lockstep explain`: one scenario at a time.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/account_file.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "properties/explain.h"
#include "properties/search.h"
#include "properties/shrink.h"
#include "properties/zoo/planted.h"
#include "reports/campaign_answer.h"
#include "reports/chrome_trace.h"
#include "reports/explain_text.h"
#include "reports/history_jsonl.h"
#include "reports/pages/page.h"
#include "reports/pages/violation_page.h"
#include "reports/replay_json.h"
#include "reports/replay_text.h"
#include "scenarios/scenario_file.h"
#include "scenarios/stories.h"

namespace lockstep::cli {
namespace {

scenarios::Scenario on_another(const scenarios::StoredStory& story, const std::string& backend) {
  if (auto scenario = scenarios::on(story.scenario, subject_on_trial(backend))) return std::move(*scenario);
  throw UsageError(fmt::format("{} cannot be told of {}, which is run in another way", story.name, backend));
}

bool is_there(const std::string& file) {
  std::error_code error;
  return std::filesystem::exists(file, error);
}

scenarios::Scenario scenario_of(const ScenarioArguments& a) {
  if (a.file.empty() != a.has_seed) {
    throw UsageError("name either a scenario file or --seed N with --backend and --profile");
  }
  if (a.has_seed) {
    const auto profile = profile_or_error(a.profile.empty() ? "within-claims" : a.profile);
    return properties::scenario_of(a.seed, profile, subject_on_trial(a.backend));
  }
  const auto story = is_there(a.file) ? std::nullopt : scenarios::story_named(a.file);
  if (!a.profile.empty() || (!a.backend.empty() && !story)) {
    throw UsageError(fmt::format("{} goes with --seed; a scenario file names its own backend and its own faults",
                                 a.profile.empty() ? "--backend" : "--profile"));
  }
  if (story) return a.backend.empty() ? story->scenario : on_another(*story, a.backend);
  auto loaded = scenarios::load(a.file);
  if (loaded) return std::move(*loaded);
  const bool may_be_a_story = a.file.find_first_of("./") == std::string::npos && !is_there(a.file);
  if (!may_be_a_story) throw UsageError(loaded.error());
  throw UsageError(
      fmt::format("there is neither a file nor a story \"{}\"; {}", a.file, scenarios::story_meant_by(a.file)));
}

// What to paste to see the run again.
std::string replay_line_of(const ScenarioArguments& a) {
  if (!a.has_seed) return reports::replay_line(a.file);
  return fmt::format("{} replay --backend {} --profile {} --seed {}", reports::called_as(),
                     reports::shell_word(a.backend.empty() ? default_backend() : a.backend),
                     a.profile.empty() ? "within-claims" : a.profile, a.seed);
}

std::string ids_of(models::PropertySet set) {
  std::vector<std::string> ids;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<models::Property>(i);
    if ((set & models::bit(property)) != 0) ids.emplace_back(models::id_of(property));
  }
  return reports::listed(ids);
}

// Nothing for an empty text.
std::optional<models::Property> property_or_error(const std::string& text) {
  if (text.empty()) return std::nullopt;
  models::Property property{};
  if (models::parse_property(text, property)) return property;
  throw UsageError(fmt::format("there is no property \"{}\"; there are {}", text, ids_of(models::kAllProperties)));
}

// Which of the `broken` properties is meant. `broken` is not empty.
models::Property meant(const scenarios::Scenario& scenario, const std::string& name, models::PropertySet broken,
                       std::optional<models::Property> asked) {
  const models::Property property =
      asked ? *asked : scenario.expect.value_or(static_cast<models::Property>(std::countr_zero(broken)));
  if ((broken & models::bit(property)) != 0) return property;
  throw UsageError(fmt::format("{} does not break {}{}; it breaks {}", name, models::id_of(property),
                               asked ? "" : ", which it expects to be broken", ids_of(broken)));
}

int code_of(reports::RunOutcome outcome) {
  switch (outcome) {
    case reports::RunOutcome::kept: return kClean;
    case reports::RunOutcome::violation: return kViolation;
    case reports::RunOutcome::inconclusive: return kInconclusive;
  }
  return kInternal;
}

}  // namespace

int replay(const ReplayArguments& a) {
  const scenarios::Scenario scenario = scenario_of(a.scenario);
  const scenarios::Subject subject = subject_or_error(scenario.backend, a.scenario.file);
  require_page(a.html);
  for (const std::string& file : {a.history, a.trace}) {
    if (!file.empty()) require_writable(file);
  }
  std::optional<HangWarning> warning;
  if (!subject.claims.on_machine_time) warning.emplace();
  const auto result = scenarios::run(scenario, subject, {.keep_trace = true, .tell_messages = true});
  const auto again = scenarios::run(scenario, subject, {.keep_trace = true});
  warning.reset();
  if (a.json) {
    fmt::print("{}", reports::replay_json(result, scenario, subject));
  } else {
    fmt::print("{}", reports::replay_text(result, scenario, subject, {.style = style_of_output(), .all = a.all}));
  }
  if (!a.history.empty()) write_file(a.history, reports::history_jsonl(result.history, result.bounds));
  if (!a.html.empty()) {
    write_file(a.html,
               reports::page(reports::violation_document(result, scenario, subject, replay_line_of(a.scenario))));
  }
  if (!a.trace.empty()) write_file(a.trace, reports::chrome_trace(result, scenario));
  if (again.trace_hash != result.trace_hash) {
    fmt::print(stderr, "not deterministic: a second run differed at {}\n",
               sim::first_difference(result.trace, again.trace));
    return kNonDeterministic;
  }
  return code_of(reports::outcome_of(result));
}

int shrink(const ShrinkArguments& a) {
  const scenarios::Scenario scenario = scenario_of({.file = a.file});
  const scenarios::Subject subject = subject_or_error(scenario.backend, a.file);
  const auto asked = property_or_error(a.property);
  const models::PropertySet broken = scenarios::violated(scenarios::run(scenario, subject));
  if (broken == 0) {
    fmt::print("{} breaks nothing on {}: there is nothing to shrink.\n", a.file, subject.name);
    return kClean;
  }
  const models::Property property = meant(scenario, a.file, broken, asked);
  const auto stem = a.file.ends_with(".json") ? a.file.substr(0, a.file.size() - 5) : a.file;
  const std::string out = a.out.empty() ? stem + ".min.json" : a.out;
  properties::ShrinkBudget budget;
  budget.enough = [&stop = interrupted()] { return stop.load(); };
  budget.others = broken | properties::asserted_properties(properties::Profile::within_claims, subject);
  auto shrunk = properties::shrink(scenario, subject, property, budget);
  shrunk.scenario.expect = property;
  if (auto saved = scenarios::save(shrunk.scenario, out); !saved) throw UsageError(saved.error());
  write_account(out, fmt::format("Shrunk from {}.", a.file));
  const bool smaller =
      shrunk.scenario.steps.size() + shrunk.scenario.faults.size() < scenario.steps.size() + scenario.faults.size();
  const std::string before = fmt::format(" instead of {} and {}", scenario.steps.size(), scenario.faults.size());
  fmt::print("{} is still broken with {} and {}{}, after {}.\n{}\n", models::id_of(property),
             reports::counted(shrunk.scenario.steps.size(), "operation", "operations"),
             reports::counted(shrunk.scenario.faults.size(), "fault", "faults"),
             smaller ? before : ", and not with fewer", reports::counted(shrunk.runs, "run", "runs"),
             reports::replay_line(out));
  if (shrunk.other) {
    const std::string other = stem + ".other.json";
    shrunk.other->scenario.expect = shrunk.other->property;
    if (auto saved = scenarios::save(shrunk.other->scenario, other); !saved) throw UsageError(saved.error());
    write_account(other, fmt::format("Met while {} was made smaller.", a.file));
    fmt::print("Something simpler broke otherwise, {}: {}.\n{}\n", reports::title_of(shrunk.other->property),
               shrunk.other->shape, reports::replay_line(other));
  }
  return kViolation;
}

int explain(const ExplainArguments& a) {
  if (a.runs == 0 || a.points < 2) throw UsageError("--runs: at least 1, and --points: at least 2");
  const scenarios::Scenario scenario = scenario_of(a.scenario);
  const scenarios::Subject subject = subject_or_error(scenario.backend, a.scenario.file);
  const auto asked = property_or_error(a.property);
  if (!a.json.empty() && a.json != "-") require_writable(a.json);
  require_page(a.html);
  const auto result = scenarios::run(scenario, subject, {.tell_messages = true});
  const models::PropertySet broken = scenarios::violated(result);
  const std::string name = a.scenario.file.empty() ? fmt::format("seed {}", a.scenario.seed) : a.scenario.file;
  if (broken == 0) {
    fmt::print("{} breaks nothing on {}: there is nothing to explain.\n", name, subject.name);
    return kClean;
  }
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const properties::ExplainOptions options{.runs = static_cast<std::uint32_t>(a.runs),
                                           .points = static_cast<std::uint32_t>(a.points),
                                           .jobs = a.jobs != 0 ? a.jobs : cores};
  StatusLine status;
  const auto began = std::chrono::steady_clock::now();
  const auto explanation = properties::explain(
      scenario, subject, meant(scenario, name, broken, asked), options,
      [&](std::uint32_t done, std::uint32_t wanted) {
        status.show(std::chrono::steady_clock::now() - began,
                    fmt::format("explaining: {} of at most {} instants", done, wanted));
      },
      interrupted());
  status.clear();
  if (!a.html.empty()) {
    auto shown = scenario;
    shown.expect = explanation.property;
    write_file(a.html, reports::page(reports::violation_document(result, shown, subject, replay_line_of(a.scenario),
                                                                 &explanation)));
  }
  if (a.json == "-") {
    fmt::print("{}", reports::explain_json(explanation, result, scenario));
  } else {
    fmt::print("{}", reports::explain_text(explanation, result, scenario, style_of_output()));
    if (!a.json.empty()) write_file(a.json, reports::explain_json(explanation, result, scenario));
  }
  return explanation.complete ? kViolation : kInconclusive;
}

}  // namespace lockstep::cli
