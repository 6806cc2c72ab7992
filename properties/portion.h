// A portion: some consecutive seeds, run in one worker, and what came of them, in a form that crosses a pipe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "properties/campaign.h"

namespace lockstep::properties {

struct Portion {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  friend bool operator==(const Portion&, const Portion&) = default;
};

struct PortionResult {
  Portion portion;  // with a count of what was really run: less, if it stopped at a failure
  scenarios::Sums sums;
  std::vector<scenarios::Failure> failures;
  std::vector<scenarios::Failure> findings;  // of each property that is not asserted the first seed; without files
  std::vector<std::string> divergences;
  std::vector<std::string> crashes;
};

// Told before each seed, so that a worker's death can be laid at the right door.
using SeedMark = std::function<void(std::uint64_t seed)>;

PortionResult run_portion(const CampaignOptions& options, Portion portion, const SeedMark& mark);

// If the story can be run on the campaign's lock and has no fault that its profile forbids. `portion.count`: 0 if not.
PortionResult run_story(const CampaignOptions& options, const scenarios::StoredStory& story);

// Text, one line: numbers and strings with their lengths. Nothing on malformed input.
std::string encode(const PortionResult& result);
std::optional<PortionResult> decode_portion(std::string_view text);
// Likewise, with what has become of them.
std::string encode(const std::vector<scenarios::Failure>& failures);
std::optional<std::vector<scenarios::Failure>> decode_failures(std::string_view text);

}  // namespace lockstep::properties
