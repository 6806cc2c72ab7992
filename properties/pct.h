// Priorities at random: a process that is overtaken at one of its steps by all the others. Of a run that was watched, d
// - 1 of its k recorded steps are drawn, each as likely as any other, and the process that has just made it is paused
// there for up to two of the longest leases: all others come first, as if its priority had become the lowest.
//
// A bug that needs d - 1 processes to be overtaken at certain steps is met by a run with a probability of at least
// 1 / k^(d-1), times the share of lengths that are long enough for it. Source: Burckhardt et al. 2010 (probabilistic
// concurrency testing), where a thread is overtaken because its priority changes; a simulated process cannot be kept
// from running otherwise than by a pause, which takes time on its clock. So a bug that shows only if no time goes by is
// not covered.
#pragma once

#include "models/history.h"
#include "properties/generate.h"

namespace lockstep::properties {

// A step of a process at which it may be overtaken.
struct Turn {
  sim::TrueTime at;
  std::uint32_t process = 0;
};
// All before healing, in order.
std::vector<Turn> turns_of(const models::History& history);

// With `depth` - 1 pauses more, of those that the profile allows.
scenarios::Scenario overtaken(const scenarios::Scenario& watched, const std::vector<Turn>& turns, int depth,
                              RandomStream random, const Claims& claims, Profile profile);

}  // namespace lockstep::properties
