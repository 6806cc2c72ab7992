// The vocabulary in which the tests of campaign reports make a campaign. For tests only.
#pragma once

#include <string>
#include <utility>

#include "scenarios/summary.h"

namespace lockstep::reports {

using models::Property;
using scenarios::CampaignOutcome;
using scenarios::CampaignSummary;
using scenarios::Failure;

// 412 runs in which every property was exercised, and nothing broken.
inline CampaignSummary clean_campaign() {
  CampaignSummary s{.backend = "sqlite", .profile = "within-claims", .first_seed = 1, .seeds_wanted = 412};
  s.sums.runs = 412;
  for (auto& p : s.sums.properties) p = {.runs = 412, .exercised_runs = 400, .exercised = 10'500};
  s.sums.faults[0] = 1'234;  // crash-process
  s.sums.faults[5] = 56;     // isolate-host
  s.sums.steps = 4'120'000;
  s.sums.messages = 98'000;
  s.sums.messages_lost = 1'200;
  s.sums.virtual_ns = 8'240'000'000'000;
  s.sums.determinism_checked = 25;
  s.asserted = models::kAllProperties;
  s.seconds = 4.12;
  s.jobs = 2;
  return s;
}

inline auto& sums(CampaignSummary& s, Property p) { return s.sums.properties[static_cast<std::size_t>(p)]; }

inline Failure failure(std::uint64_t seed, Property property, std::string shape, std::string sentence) {
  Failure f{.seed = seed, .property = property, .shape = std::move(shape), .sentence = std::move(sentence)};
  f.trace_hash = 0xabcdef0123456789;
  f.file = "findings/seed-" + std::to_string(seed) + ".json";
  f.shrunk = true;
  f.steps = 3;
  f.faults = 1;
  f.shrink_runs = 87;
  f.shrink_seconds = 0.5;
  return f;
}

// The same with S8 broken by the seeds 17, 40 and 99; the smallest scenario is that of seed 40.
inline CampaignSummary broken_campaign() {
  CampaignSummary s = clean_campaign();
  s.outcome = CampaignOutcome::violation;
  sums(s, Property::durability).violations = 3;
  s.failures = {failure(17, Property::durability, "token forgotten", "token 12 was forgotten"),
                failure(40, Property::durability, "token forgotten", "token 2 was forgotten"),
                failure(99, Property::durability, "lease lost", "the lease of client 0 was lost")};
  s.failures[1].steps = 2;
  return s;
}

// Beyond the claims S2 was broken five times, first by seed 7, and that is no failure.
inline CampaignSummary found_beyond_claims() {
  CampaignSummary s = clean_campaign();
  s.profile = "beyond-claims";
  s.asserted = models::bit(Property::fenced_writes);
  sums(s, Property::belief_exclusion).violations = 5;
  s.findings = {{.seed = 7, .property = Property::belief_exclusion, .shape = "two holders", .sentence = "both held A"}};
  return s;
}

}  // namespace lockstep::reports
