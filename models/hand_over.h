// A part of L2 that needs no healing: a lock that nobody holds is granted to who waits for it, within the slack.
#pragma once

#include "models/rules.h"

namespace lockstep::models {

// Judges stretches of time in which nothing can excuse the store: it has one clock, none of its processes has crashed
// so far, no fault is active, nobody is paused, and no place in the line is left of somebody who is gone. Waits count
// from when the store is known to have heard of them: a place in the line, or a refusal of one of their requests.
void hand_over(const Facts& facts, const Bounds& bounds, Findings& findings);

}  // namespace lockstep::models
