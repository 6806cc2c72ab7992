// Processes that wait for each other in a circle, and such as took two locks in opposite orders.
// Source: Coffman, Elphick and Shoshani 1971 (circular wait); Havelund 2000 (orders of locks).
#pragma once

#include <cstdint>
#include <vector>

#include "models/linear/log.h"
#include "models/linear/stays.h"
#include "models/linear/waits.h"

namespace lockstep::linear {

struct Circles {
  std::vector<WaitFinding> findings;
  std::uint64_t nested = 0;  // waits of processes that certainly held something
};

// A process waits for another at an instant if its only open question is a waiting acquisition, and the other certainly
// holds, by an acquisition of its own, what leaves no room for that one alone. Theorem: a circle of these at t is a
// deadlock at t: none of its processes can be granted what it waits for before another of them is answered, gives up,
// or loses what it holds. Proof: each needs the next to release, and whoever waits asks for nothing else. A circle
// closes when one of its processes begins to wait: who is told of a grant has no open question at that instant. So it
// is enough to look from each beginning of a wait, through waits and stays that last long enough from then on, which
// the whole log tells. Processes that ask for several things at a time are left out, as are waits behind holders of
// permits who leave room each but not together.
// A walk visits each holder of a lock in the chain once; without nested waits there is none. Otherwise linear.
Circles circles_of(const Log& log, const std::vector<Stay>& stays, const WaitRules& rules);

}  // namespace lockstep::linear
