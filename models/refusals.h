// A part of S3 that needs the store's own clock: a refusal is wrong if all that could have been in its way had run out.
// The sweep of models/linear lets a lease go on for as long as nobody is granted the lock; here it ends when its store
// said that it would.
#pragma once

#include "models/rules.h"

namespace lockstep::models {

// Judges only histories in which every lease is told of: the store has one clock, and none of its processes crashed.
void refused_with_room(const Facts& facts, const Bounds& bounds, Findings& findings);

}  // namespace lockstep::models
