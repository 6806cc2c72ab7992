// Portions are summed in order of seeds, up to the first failure unless the campaign keeps going: what workers had done
// beyond it does not count.
#include "properties/campaign_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace lockstep::properties {
namespace {

using scenarios::CampaignOutcome;
using scenarios::CampaignSummary;
using scenarios::Failure;

CampaignOutcome outcome_of(const CampaignSummary& summary, bool complete) {
  if (!summary.divergences.empty()) return CampaignOutcome::non_deterministic;
  if (!summary.failures.empty() || !summary.crashes.empty()) return CampaignOutcome::violation;
  if (!complete) return CampaignOutcome::interrupted;
  bool undecided = false;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const bool asserted = (summary.asserted & models::bit(static_cast<models::Property>(i))) != 0;
    undecided = undecided || (asserted && summary.sums.properties[static_cast<std::size_t>(i)].undecided > 0);
  }
  if (undecided || !not_exercised(summary).empty() || !escaped(summary).empty()) return CampaignOutcome::inconclusive;
  return CampaignOutcome::clean;
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void add(CampaignSummary& summary, const PortionResult& result) {
  summary.sums.add(result.sums);
  append(summary.failures, result.failures);
  for (const Failure& finding : result.findings) {
    if (std::ranges::find(summary.findings, finding.property, &Failure::property) == summary.findings.end())
      summary.findings.push_back(finding);
  }
  append(summary.divergences, result.divergences);
  append(summary.crashes, result.crashes);
}

CampaignSummary before_any_seed(const CampaignState& state, const CampaignFacts& facts) {
  CampaignSummary summary;
  summary.backend = facts.backend;
  summary.profile = facts.profile;
  summary.first_seed = facts.first_seed;
  summary.seeds_wanted = facts.seeds;
  summary.asserted = facts.asserted;
  summary.determinism_every = facts.determinism_every;
  summary.version = facts.version;
  summary.program = facts.program;
  summary.jobs = facts.jobs;
  summary.canaries = state.canaries();
  const PortionResult stories = state.stories();
  summary.stories = stories.portion.count;
  add(summary, stories);
  return summary;
}

}  // namespace

CampaignSummary summary_of(const CampaignState& state, bool in_time) {
  const CampaignFacts facts = state.facts();
  CampaignSummary summary = before_any_seed(state, facts);
  bool stopped = !facts.keep_going && (!summary.failures.empty() || !summary.crashes.empty());
  std::uint64_t counted = 0;
  state.each_finished([&](const PortionResult& result, Duration at) {
    if (stopped || result.portion.first >= facts.first_seed + facts.seeds) return false;
    add(summary, result);
    counted += result.portion.count;
    summary.moments.push_back({at, result.portion.count, result.failures.size() + result.crashes.size()});
    stopped = !result.failures.empty() && !facts.keep_going;
    return true;
  });
  std::erase_if(summary.findings, [&](const Failure& finding) {
    return std::ranges::find(summary.failures, finding.property, &Failure::property) != summary.failures.end();
  });
  std::ranges::sort(summary.moments, {}, &scenarios::Moment::at);
  summary.outcome = outcome_of(summary, stopped || counted >= facts.seeds || in_time);
  return summary;
}

CampaignSummary stored_summary(const std::string& state_file) {
  const CampaignState state = CampaignState::look(state_file);
  const auto end = state.ended();
  CampaignSummary summary = summary_of(state, end && end->in_time);
  summary.finished = end.has_value();
  summary.at_work = state.at_work();
  summary.seconds = static_cast<double>((end ? end->spent : state.spent_earlier()).count()) / 1e9;
  if (end) summary.failures = end->failures;
  return summary;
}

std::vector<std::string> state_files(const std::string& directory) {
  std::error_code error;
  if (std::filesystem::is_regular_file(directory, error)) return {directory};
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".state") files.push_back(entry.path());
  }
  if (files.empty()) {
    throw CampaignError(fmt::format("there is no campaign in {}{}; name the directory that --out named", directory,
                                    error ? ": " + error.message() : ""));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace lockstep::properties
