// A history as JSON Lines, one event a line, for programs that judge or draw histories: the form that checkers of lock
// histories exchange, with our own fields behind theirs.
#pragma once

#include <string>

#include "models/checkers.h"
#include "models/history.h"

namespace lockstep::reports {

// {"process":1,"type":"ok","op":"try_lock","lock":"A","owner":1,"sid":3,"token":5,"time_ns":473191, ...}
//
// Types, ops, modes and reasons are named as models/describe.h names them. `process` and `owner` are indices: who
// recorded the event, and which client made the attempt `sid`. A field that an event does not have is left out, so
// that "token" is never 0; the world's own events (faults, healing) have no process. Ours: request, reason, mode,
// permits and the semaphore's capacity, ttl_ns, wait_ns, clock_ns and boot (the recording process's own clock),
// deadline_ns and deadline_boot, group, holder, fault; lock_number where the name is cut, and may be another's too.
std::string history_jsonl(const models::History& history);
// With a first line that tells what the run was held to, so that `lockstep check` can judge it.
std::string history_jsonl(const models::History& history, const models::Bounds& bounds);

}  // namespace lockstep::reports
