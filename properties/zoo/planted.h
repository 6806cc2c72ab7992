// Planted bugs: locks that are wrong in one way that has really happened somewhere, made from the honest code by
// decoration, configuration or another policy, never by a branch inside it. They prove that a campaign can fail, and
// measure how soon. Numbers and sources: docs/notes/planted-bugs.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkers.h"
#include "scenarios/subject.h"

namespace lockstep::zoo {

struct Planted {
  scenarios::Subject subject;
  int mechanism = 0;              // its number in the catalogue of mechanisms
  std::string source;             // where it happened; empty: no single report is its own
  models::PropertySet caught_by;  // a campaign must report at least one of these
};
// In the order of their mechanisms.
std::vector<Planted> planted_bugs();
// Those on real servers, known by their names alone: who hunts all bugs has no time for them.
std::vector<Planted> planted_on_real_servers();

// Honest or planted; nothing if there is none of that name.
std::optional<scenarios::Subject> subject_named(std::string_view name);
std::vector<scenarios::Subject> all_subjects();  // the program's own first

}  // namespace lockstep::zoo
