// The sentences follow the outcome that the campaign came to; they never come to one of their own.
#include "reports/campaign_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using models::Property;
using scenarios::CampaignOutcome;
using scenarios::CampaignSummary;

constexpr std::size_t kSeedsListed = 8;

std::string runs(std::uint64_t number) { return counted(number, "run", "runs"); }

// Asserted properties that were broken.
std::vector<Property> broken(const CampaignSummary& s) {
  std::vector<Property> found;
  for (const Property p : all_properties()) {
    if (is_asserted(s, p) && sums_of(s, p).violations > 0) found.push_back(p);
  }
  return found;
}

std::string first_seed(const CampaignSummary& s) {
  const scenarios::Failure* first = nullptr;
  for (const auto& failure : s.failures) {
    if (is_asserted(s, failure.property) && (first == nullptr || failure.seed < first->seed)) first = &failure;
  }
  return first == nullptr ? "" : fmt::format("; the first is {}", origin_of(*first));
}

// A campaign that does not keep going ends with the stories, if one of them went badly.
std::string only_stories(const CampaignSummary& s) {
  if (seeds_run(s) > 0 || stories_failed(s) == 0) return "";
  return fmt::format(" Stories come first, so it ended before the first of {}; --keep-going goes on.",
                     counted(s.seeds_wanted, "seed", "seeds"));
}

std::string violation(const CampaignSummary& s) {
  const auto properties = broken(s);
  if (properties.empty()) {
    const std::string first = s.crashes.empty() ? "" : fmt::format("; the first: {}", printable(s.crashes.front()));
    const std::string of = s.sums.runs == 0 ? std::string("the stored stories") : runs(s.sums.runs);
    return fmt::format("{} brought its worker down in {} of {}{}.", s.backend, grouped(s.sums.crashed), of, first);
  }
  std::vector<std::string> parts;
  for (const Property p : properties) {
    const auto in = fmt::format("in {}", grouped(sums_of(s, p).violations));
    parts.push_back(properties.size() > 3 ? std::string(models::id_of(p)) : fmt::format("{} {}", title_of(p), in));
  }
  const std::string what = properties.size() > 3
                               ? fmt::format("{} promises ({}) in {}", parts.size(), listed(parts), runs(s.sums.runs))
                               : fmt::format("{} of {}", listed(parts), runs(s.sums.runs));
  return fmt::format("{} broke {}{}.{}", s.backend, what, first_seed(s), only_stories(s));
}

// Beyond the claims of a lock that has no tokens there is nothing that must not break.
std::string nothing_asked(const CampaignSummary& s) {
  std::vector<std::string> broke;
  for (const Property p : all_properties()) {
    if (sums_of(s, p).violations > 0)
      broke.push_back(fmt::format("{} in {}", title_of(p), grouped(sums_of(s, p).violations)));
  }
  if (broke.empty())
    return fmt::format("{} promises nothing here, and broke nothing in {}.", s.backend, runs(s.sums.runs));
  return fmt::format("{} promises nothing here, and broke {} of {}.", s.backend, listed(broke), runs(s.sums.runs));
}

// What was not asked for, so that a first sentence about what was is not taken for more.
std::string also_broke(const CampaignSummary& s) {
  std::vector<std::string> ids;
  for (const Property p : all_properties()) {
    if (!is_asserted(s, p) && sums_of(s, p).violations > 0) ids.emplace_back(models::id_of(p));
  }
  return ids.empty() ? "" : fmt::format(" Not asked of it, and broken: {}.", listed(ids));
}

std::string clean(const CampaignSummary& s) {
  if (s.asserted == 0) return nothing_asked(s);
  const bool every = s.asserted == models::kAllProperties;
  const int asked = std::popcount(s.asserted);
  const std::string promises = every        ? "every promise"
                               : asked == 1 ? fmt::format("{}, all that was asked of it,",
                                                          title_of(static_cast<Property>(std::countr_zero(s.asserted))))
                                            : fmt::format("the {} promises asked of it", asked);
  const std::string repeated = s.sums.determinism_checked == 0
                                   ? "no run repeated"
                                   : fmt::format("{} repeated without a difference", runs(s.sums.determinism_checked));
  return fmt::format("{} kept {} in {}: no violation, {} exercised, {}.{}", s.backend, promises, runs(s.sums.runs),
                     every        ? "every property"
                     : asked == 1 ? "it was"
                                  : "every one",
                     repeated, also_broke(s));
}

std::string inconclusive(const CampaignSummary& s) {
  if (s.sums.runs == 0) return fmt::format("Inconclusive: {} was not run; give it seeds.", s.backend);
  if (const auto free = scenarios::escaped(s); !free.empty()) {
    return fmt::format("Inconclusive: {} was not caught, so a bug of {} might not have been either.", listed(free),
                       s.backend);
  }
  std::vector<std::string> missing;
  for (const Property p : scenarios::not_exercised(s)) missing.push_back(title_of(p));
  if (!missing.empty()) {
    return fmt::format("Inconclusive: nothing exercised {} in {} of {}; run more seeds or stronger faults.",
                       listed(missing), runs(s.sums.runs), s.backend);
  }
  std::vector<std::string> undecided;
  for (const Property p : all_properties()) {
    if (!is_asserted(s, p) || sums_of(s, p).undecided == 0) continue;
    undecided.push_back(fmt::format("{} in {}", title_of(p), grouped(sums_of(s, p).undecided)));
  }
  if (!undecided.empty()) {
    return fmt::format("Inconclusive: {} of {} of {} could not be decided.", listed(undecided), runs(s.sums.runs),
                       s.backend);
  }
  return fmt::format("Inconclusive: {} of {} show neither a violation nor that every promise was kept.",
                     runs(s.sums.runs), s.backend);
}

std::string non_deterministic(const CampaignSummary& s) {
  const std::string first = s.divergences.empty() ? "" : fmt::format(": {}", printable(s.divergences.front()));
  return fmt::format("Not deterministic: {} of {} repeated {} of {} differed from the first time{}.",
                     grouped(s.sums.determinism_mismatches), grouped(s.sums.determinism_checked),
                     s.sums.determinism_checked == 1 ? "run" : "runs", s.backend, first);
}

std::string interrupted(const CampaignSummary& s) {
  const std::string_view how = s.finished  ? "Interrupted"
                               : s.at_work ? "Still at work,"
                                           : "Killed, or stopped at once,";
  const std::string far = fmt::format("{} after {} of {} runs: ", how, grouped(seeds_run(s)), grouped(s.seeds_wanted));
  return far + (broken(s).empty() ? fmt::format("{} has broken nothing so far.", s.backend) : violation(s));
}

}  // namespace

std::string answer(const CampaignSummary& s) {
  const std::string unfinished = s.finished  ? ""
                                 : s.at_work ? " It is still at work."
                                             : " It was killed, or stopped at once, before its end.";
  switch (s.outcome) {
    case CampaignOutcome::clean: return clean(s) + unfinished;
    case CampaignOutcome::violation: return violation(s) + unfinished;
    case CampaignOutcome::inconclusive: return inconclusive(s) + unfinished;
    case CampaignOutcome::non_deterministic: return non_deterministic(s) + unfinished;
    case CampaignOutcome::interrupted: return interrupted(s);
  }
  return "";
}

std::string title_of(Property property) {
  return fmt::format("{} {}", models::id_of(property), models::name_of(property));
}

std::string seed_replay_line(const CampaignSummary& summary, std::uint64_t seed) {
  return fmt::format("{} replay --backend {} --profile {} --seed {}", called_as(), summary.backend, summary.profile,
                     seed);
}

std::string finding_replay_line(const CampaignSummary& summary, const scenarios::Failure& finding) {
  return finding.file.empty() ? seed_replay_line(summary, finding.seed) : replay_line(finding.file);
}

std::string crash_replay_line(const CampaignSummary& summary, const std::string& crash) {
  constexpr std::string_view kBegin = "seed ";
  if (!crash.starts_with(kBegin))  // a story: it is run first
    return fmt::format("{} campaign --backend {} --profile {} --seeds 1", called_as(), summary.backend,
                       summary.profile);
  return seed_replay_line(summary, std::strtoull(crash.c_str() + std::min(kBegin.size(), crash.size()), nullptr, 10));
}

std::vector<FailureGroup> groups_of(const CampaignSummary& summary) {
  std::vector<FailureGroup> groups;
  for (const auto& failure : summary.failures) {
    const auto same = [&](const FailureGroup& g) { return g.property == failure.property && g.shape == failure.shape; };
    auto group = std::find_if(groups.begin(), groups.end(), same);
    if (group == groups.end()) group = groups.insert(groups.end(), {failure.property, failure.shape, {}, nullptr});
    group->failures.push_back(&failure);
  }
  for (auto& group : groups) {
    std::ranges::sort(group.failures, {}, &scenarios::Failure::seed);
    const auto size = [](const scenarios::Failure* f) { return std::pair(!f->shrunk, f->steps + f->faults); };
    group.smallest = *std::ranges::min_element(group.failures, {}, size);
  }
  std::ranges::sort(groups, {}, [](const FailureGroup& g) { return std::pair(g.property, g.shape); });
  return groups;
}

std::string origins_of(const FailureGroup& group) {
  std::vector<std::string> stories, seeds;
  for (const auto* failure : group.failures) {
    if (stories.size() + seeds.size() == kSeedsListed) break;
    if (failure->story.empty()) {
      seeds.push_back(fmt::format("{}", failure->seed));
    } else {
      stories.push_back(origin_of(*failure));
    }
  }
  const std::size_t more = group.failures.size() - seeds.size() - stories.size();
  if (more > 0) seeds.push_back(fmt::format("{} more", grouped(more)));
  if (!seeds.empty()) stories.push_back(fmt::format("{} {}", seeds.size() == 1 ? "seed" : "seeds", listed(seeds)));
  return listed(stories);
}

Remark remark_on(const CampaignSummary& s, Property p) {
  const scenarios::PropertySums& sums = sums_of(s, p);
  const bool asserted = is_asserted(s, p);
  if (sums.violations > 0)
    return asserted ? Remark{"BROKEN", Tone::bad} : Remark{"broken, not asserted", Tone::doubtful};
  if (sums.undecided > 0) return {fmt::format("undecided in {}", grouped(sums.undecided)), Tone::doubtful};
  if (sums.exercised == 0)
    return {asserted ? "not exercised" : "not asserted", asserted ? Tone::doubtful : Tone::quiet};
  return asserted ? Remark{"kept", Tone::good} : Remark{"kept, not asserted", Tone::quiet};
}

std::vector<Property> all_properties() {
  std::vector<Property> all;
  for (int i = 0; i < models::kPropertyCount; ++i) all.push_back(static_cast<Property>(i));
  return all;
}

}  // namespace lockstep::reports
