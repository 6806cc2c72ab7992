// Plain sums.
#include "scenarios/summary.h"

namespace lockstep::scenarios {

void Sums::add(const RunResult& result, const std::vector<sim::Fault>& struck) {
  ++runs;
  for (const models::Verdict& verdict : result.verdicts) {
    PropertySums& p = properties[static_cast<std::size_t>(verdict.property)];
    ++p.runs;
    p.exercised_runs += verdict.exercised > 0;
    p.exercised += verdict.exercised;
    p.violations += verdict.outcome == models::Outcome::violation;
    p.undecided += verdict.outcome == models::Outcome::undecided;
  }
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += result.fault_activations[i];
  steps += result.steps;
  trace_events += result.trace_events;
  trace_digest += result.trace_hash;
  history_events += result.history.events.size();
  messages += result.messages;
  messages_lost += result.messages_lost;
  messages_duplicated += result.messages_duplicated;
  virtual_ns += result.virtual_time.count();
  coverage.add(result.history, struck);
}

void Sums::add(const Sums& other) {
  runs += other.runs;
  for (std::size_t i = 0; i < properties.size(); ++i) {
    PropertySums& mine = properties[i];
    const PropertySums& theirs = other.properties[i];
    mine.runs += theirs.runs;
    mine.exercised_runs += theirs.exercised_runs;
    mine.exercised += theirs.exercised;
    mine.violations += theirs.violations;
    mine.undecided += theirs.undecided;
  }
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
  steps += other.steps;
  trace_events += other.trace_events;
  trace_digest += other.trace_digest;
  history_events += other.history_events;
  messages += other.messages;
  messages_lost += other.messages_lost;
  messages_duplicated += other.messages_duplicated;
  virtual_ns += other.virtual_ns;
  determinism_checked += other.determinism_checked;
  determinism_mismatches += other.determinism_mismatches;
  crashed += other.crashed;
  coverage.add(other.coverage);
}

std::uint64_t stories_failed(const CampaignSummary& summary) {
  const auto told = [](const Failure& failure) { return !failure.story.empty(); };
  return static_cast<std::uint64_t>(std::ranges::count_if(summary.failures, told));
}

std::uint64_t seeds_run(const CampaignSummary& summary) {
  return summary.sums.runs - std::min(summary.sums.runs, stories_failed(summary));
}

std::vector<models::Property> not_exercised(const CampaignSummary& summary) {
  std::vector<models::Property> missing;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<models::Property>(i);
    if ((summary.asserted & models::bit(property)) != 0 && summary.sums.properties[i].exercised == 0) {
      missing.push_back(property);
    }
  }
  return missing;
}

std::string origin_of(const Failure& failure) {
  return failure.story.empty() ? "seed " + std::to_string(failure.seed) : "story " + failure.story;
}

std::vector<std::string> escaped(const CampaignSummary& summary) {
  std::vector<std::string> names;
  for (const Canary& canary : summary.canaries) {
    if (!canary.caught) names.push_back(canary.name);
  }
  return names;
}

}  // namespace lockstep::scenarios
