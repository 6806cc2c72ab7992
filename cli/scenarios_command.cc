// `lockstep scenarios`: the stored stories.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "reports/text_style.h"
#include "scenarios/run.h"
#include "scenarios/stories.h"

namespace lockstep::cli {
namespace {

using Json = nlohmann::ordered_json;
using scenarios::Outcome;
using scenarios::StoredStory;

// On its own lock, and on the others of which it says what comes of them.
std::vector<Outcome> outcomes_of(const StoredStory& story) {
  std::vector<Outcome> all{{story.scenario.backend, story.scenario.expect}};
  all.insert(all.end(), story.scenario.outcomes.begin(), story.scenario.outcomes.end());
  return all;
}

std::string words_of(const Outcome& outcome) {
  return outcome.breaks ? fmt::format("breaks {} {}", models::id_of(*outcome.breaks), models::name_of(*outcome.breaks))
                        : std::string("keeps every promise");
}

Json json_of(const StoredStory& story) {
  Json outcomes = Json::array();
  for (const Outcome& outcome : outcomes_of(story)) {
    outcomes.push_back({{"backend", outcome.backend},
                        {"breaks", outcome.breaks ? Json(models::id_of(*outcome.breaks)) : Json(nullptr)}});
  }
  return {{"name", story.name},
          {"about", story.scenario.about},
          {"source", story.scenario.source},
          {"outcomes", std::move(outcomes)}};
}

void list_stories(bool json) {
  const auto stories = scenarios::stored_stories();
  if (json) {
    Json all = Json::array();
    for (const StoredStory& story : stories) all.push_back(json_of(story));
    fmt::print("{}\n", all.dump(2));
    return;
  }
  const auto style = style_of_output();
  fmt::print("{}; each is run first in every campaign on a lock that it fits.\n",
             reports::counted(stories.size(), "stored story", "stored stories"));
  for (const StoredStory& story : stories) {
    fmt::print("\n{}\n{}", reports::paint(story.name, reports::Tone::heading, style),
               reports::wrapped(scenarios::first_sentence(story.scenario.about), 2, style));
  }
}

// Whether it comes out as it says.
bool tell(const Outcome& outcome, const StoredStory& story, const reports::TextStyle& style) {
  const auto subject = subject_or_error(outcome.backend);
  const auto scenario = scenarios::on(story.scenario, subject);
  if (!scenario) {
    fmt::print("  {}cannot be run on it\n", reports::left(outcome.backend, 34));
    return false;
  }
  const auto run = scenarios::run(*scenario, subject);
  const models::PropertySet broken = scenarios::violated(run);
  const bool right = outcome.breaks ? (broken & models::bit(*outcome.breaks)) != 0 : broken == 0;
  fmt::print("  {}{}{}\n", reports::left(outcome.backend, 34), words_of(outcome),
             right ? "" : reports::paint(", but not in this run", reports::Tone::bad, style));
  if (outcome.breaks) {
    const auto& verdict = run.verdicts[static_cast<std::size_t>(*outcome.breaks)];
    fmt::print("{}", reports::wrapped(verdict.sentence, 6, style));
  }
  return right;
}

}  // namespace

int list_scenarios(const ScenariosArguments& a) {
  if (a.name.empty()) {
    list_stories(a.json);
    return kClean;
  }
  const auto story = scenarios::story_named(a.name);
  if (!story) throw UsageError(fmt::format("there is no story \"{}\"; {}", a.name, scenarios::story_meant_by(a.name)));
  if (a.json) {
    fmt::print("{}\n", json_of(*story).dump(2));
    return kClean;
  }
  const auto style = style_of_output();
  fmt::print("{}\n\n{}", reports::paint(story->name, reports::Tone::heading, style),
             reports::wrapped(story->scenario.about, 2, style));
  if (!story->scenario.source.empty())
    fmt::print("\n{}", reports::wrapped("Source: " + story->scenario.source, 2, style));
  fmt::print("\n");
  bool right = true;
  for (const Outcome& outcome : outcomes_of(*story)) right = tell(outcome, *story, style) && right;
  fmt::print("\nTo see it: {} replay {}\n", reports::called_as(), story->name);
  return right ? kClean : kViolation;
}

}  // namespace lockstep::cli
