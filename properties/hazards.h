// Faults aimed at the moments that matter. A run is watched first; then the same scenario is run again with one or two
// faults more: between a commit and its answer, inside a storage operation, while a renewal or a release is under way,
// at a hand-over, just before and just after a deadline. Up to the first of them the second run is the one that was
// watched, so that a fault strikes where it was aimed at. Source: Alvaro et al. 2015 (lineage-driven fault injection)
// asks which fault could have changed the outcome; here it is which moment a fault could have met.
#pragma once

#include "models/history.h"
#include "properties/generate.h"

namespace lockstep::properties {

// A stretch of true time in which something is under way, or with `from` equal to `to` the instant of a deadline.
struct Moment {
  sim::TrueTime from;
  sim::TrueTime to;
  std::uint32_t client = 0;  // processes: who is concerned, and who keeps the store
  std::uint32_t store = 0;
  sim::TrueTime deadline;  // of the lease that it is about, as the store has it; min(): none
};
// By kind: what the run had of each.
using Moments = std::vector<std::vector<Moment>>;

// All before healing.
Moments moments_of(const models::History& history);

// With one or two faults more, of those that the profile allows. Without, if the run had no moments.
scenarios::Scenario aimed_at(const scenarios::Scenario& watched, const Moments& moments, RandomStream random,
                             const Claims& claims, Profile profile);

}  // namespace lockstep::properties
