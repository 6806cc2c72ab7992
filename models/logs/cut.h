// A log that does not begin at the beginning: what may have been before it, so that nobody is accused for that.
#pragma once

#include "models/linear/log.h"

namespace lockstep::models {

// The time of what happened before the log, until begin_before() knows when that was.
inline constexpr linear::Instant kBefore = linear::kNoNumber / 4;

// Each attempt that nobody asked for in the log may have been asked for before it. It may be of any kind that fits, so
// a refusal that it may explain tells nothing. And each lock may have been held, by somebody of whom the log
// never tells: as a whole, by a reader, or any number of its permits, until any time.
// Puts the events in order.
void begin_before(linear::Log& log);

}  // namespace lockstep::models
