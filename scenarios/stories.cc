// What is stored is read once more each time: it is checked by a test, and small.
#include "scenarios/stories.h"

#include <fmt/format.h>

#include <algorithm>

#include "impl/env/check.h"
#include "scenarios/scenario_json.h"
#include "scenarios/stored_texts.h"
#include "scenarios/wording.h"

namespace lockstep::scenarios {
namespace {

Deployment deployment_of(const Scenario& scenario) {
  if (scenario.shared_disk) return Deployment::shared_disk;
  if (!scenario.server_hosts.empty()) return Deployment::spread_servers;
  return scenario.servers == 0 ? Deployment::one_host : Deployment::servers;
}

bool can(const Subject& subject, const Scenario& scenario) {
  const Claims& claims = subject.claims;
  if (scenario.server_hosts.empty() ? scenario.servers > 1 && !claims.shared_store
                                    : scenario.servers > subject.servers) {
    return false;
  }
  if (!claims.permits && std::ranges::any_of(scenario.capacities, [](auto capacity) { return capacity != 0; }))
    return false;
  return std::ranges::all_of(scenario.steps, [&](const Step& step) {
    if (step.act == Act::break_lock && !claims.administration) return false;
    if (step.act == Act::watch && !claims.events) return false;
    if (step.ending == Ending::forget && !claims.leases_end) return false;
    return claims.shared_mode || (!step.shared && !step.downgrade);
  });
}

}  // namespace

std::vector<StoredStory> stored_stories() {
  std::vector<StoredStory> all;
  for (const StoredText& text : stored_texts()) {
    auto scenario = from_json(text.content);
    CHECK(scenario.has_value());
    all.push_back({std::string(text.name), std::move(*scenario)});
  }
  std::ranges::sort(all, {}, &StoredStory::name);
  return all;
}

std::optional<StoredStory> story_named(std::string_view name) {
  for (StoredStory& story : stored_stories()) {
    if (story.name == name) return std::move(story);
  }
  return std::nullopt;
}

std::string story_meant_by(std::string_view name) {
  std::vector<std::string> names;
  for (const StoredStory& story : stored_stories()) names.push_back(story.name);
  return suggestion(name, names, "`lockstep scenarios` lists them");
}

std::optional<Scenario> on(const Scenario& scenario, const Subject& subject) {
  const bool own = scenario.backend == subject.name;
  if (!own && (deployment_of(scenario) != subject.deployment || !can(subject, scenario))) return std::nullopt;
  Scenario other = scenario;
  other.backend = subject.name;
  other.expect.reset();
  if (!own) other.about = fmt::format("What came of it on {}: {}", scenario.backend, scenario.about);
  return other;
}

std::string first_sentence(std::string_view text) {
  for (std::size_t end = text.find(". "); end != text.npos; end = text.find(". ", end + 1)) {
    // Not behind a number or an abbreviation of one letter.
    if (end >= 2 && text[end - 2] != ' ') return std::string(text.substr(0, end + 1));
  }
  return std::string(text);
}

}  // namespace lockstep::scenarios
