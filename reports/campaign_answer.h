// The answer that a campaign's report begins with, and what else several of its forms have to say alike.
#pragma once

#include <string>
#include <vector>

#include "reports/text_style.h"
#include "scenarios/summary.h"

namespace lockstep::reports {

// One sentence: did the lock keep its promises? Names the first seed of a violation, what was missing when the
// campaign is inconclusive, and the first difference when runs did not repeat.
std::string answer(const scenarios::CampaignSummary& summary);

// "S8 durability".
std::string title_of(models::Property property);

inline bool is_asserted(const scenarios::CampaignSummary& summary, models::Property property) {
  return (summary.asserted & models::bit(property)) != 0;
}
inline const scenarios::PropertySums& sums_of(const scenarios::CampaignSummary& summary, models::Property property) {
  return summary.sums.properties[static_cast<std::size_t>(property)];
}

// "./lockstep replay --backend sqlite --profile within-claims --seed 17": a run of the campaign that left no file.
std::string seed_replay_line(const scenarios::CampaignSummary& summary, std::uint64_t seed);
// Of one of its findings: the seed, or the file of the story.
std::string finding_replay_line(const scenarios::CampaignSummary& summary, const scenarios::Failure& finding);
// The same for the seed that a line of `crashes` begins with.
std::string crash_replay_line(const scenarios::CampaignSummary& summary, const std::string& crash);

// Failures that broke one property in one way.
struct FailureGroup {
  models::Property property{};
  std::string shape;
  std::vector<const scenarios::Failure*> failures;  // in order of seeds; at least one
  const scenarios::Failure* smallest = nullptr;     // shrunk, fewest steps and faults, then the lowest seed
};
// In the order of properties, and of shapes by name. The summary must outlive the groups.
std::vector<FailureGroup> groups_of(const scenarios::CampaignSummary& summary);

// "story granted-twice and seeds 17 and 40": the first few, and how many more there are.
std::string origins_of(const FailureGroup& group);

// What a property came to: "kept", "BROKEN", "not exercised".
struct Remark {
  std::string words;
  Tone tone = Tone::plain;
};
Remark remark_on(const scenarios::CampaignSummary& summary, models::Property property);

std::vector<models::Property> all_properties();

}  // namespace lockstep::reports
