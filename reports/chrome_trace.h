// One run as a trace in Chrome's Trace Event Format, to be opened in Perfetto (ui.perfetto.dev) or chrome://tracing:
// who did what when, as slices on tracks, and messages as arrows between them. Leaves nothing of the history out; the
// picture of what matters is the ladder.
#pragma once

#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

inline constexpr int kTraceVersion = 1;

// One JSON object with a line break at its end, its events in order of time. Requires a run with its messages told.
//
// A "process" of the format is what holds tracks together, a "thread" is a track:
//   - "verdicts": what is violated, from the first to the last event that proves it, and these events;
//   - "faults": each for as long as it lasted;
//   - "store": a track for each lock, with its leases as the store tells them;
//   - a host each: for each process what it did (pauses and downtime; what it told), its operations from asking to the
//     answer, its critical sections from having the lock to giving it back or being told of its loss, its beliefs, and
//     its messages.
// Slices of a track nest; what would cross goes to a further track of the same name, with a number. A slice that was
// still open at the end of the run ends there and says so.
//
// Units: `ts` and `dur` are microseconds of virtual time, with fractions for nanoseconds. A message is an instant, but
// arrows need slices to begin and end at: it is drawn one microsecond long.
// Source: "Trace Event Format", the document of the Chromium project's catapult.
std::string chrome_trace(const scenarios::RunResult& result, const scenarios::Scenario& scenario);

}  // namespace lockstep::reports
