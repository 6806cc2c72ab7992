// Stored stories: scenarios with a name that tell of something that once went wrong, here or elsewhere, or that show
// something. Each says on which locks it keeps or breaks what.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkers.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::scenarios {

struct StoredStory {
  std::string name;
  Scenario scenario;
};
// By name.
std::vector<StoredStory> stored_stories();
std::optional<StoredStory> story_named(std::string_view name);
// For a name that no story has: the one that was probably meant, or where they are named.
std::string story_meant_by(std::string_view name);

// The story on its own lock or another; nothing if that is run in another way: by servers, by the clients of one host,
// or by hosts that share a disk.
std::optional<Scenario> on(const Scenario& scenario, const Subject& subject);

// The first sentence of a text.
std::string first_sentence(std::string_view text);

}  // namespace lockstep::scenarios
