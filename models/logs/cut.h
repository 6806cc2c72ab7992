// A log that does not begin at the beginning: what may have been before it, so that nobody is accused for that.
#pragma once

#include "models/linear/log.h"

namespace lockstep::models {

// The time of what happened before the log, until begin_before() knows when that was.
inline constexpr linear::Instant kBefore = linear::kNoNumber / 4;

// An attempt that was asked for before the log, or whose question nobody knows, may have had as little as there is and
// may be over at any time: released by another process, broken, its lease at its end. So only that it was renewed tells
// anything. Any number may have asked before the log without an answer in it, be granted the lock at any time and lose
// it again: so no refusal tells anything. And if the log breaks locks, each may be broken once more, at any time, by
// somebody who asked before.
// Puts the events in order.
void begin_before(linear::Log& log);

}  // namespace lockstep::models
