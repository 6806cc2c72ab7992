// The files of all processes of a stress run as one history, in the order of the clock that they share. Adds what
// nobody can have written: the end of a belief by its deadline, also of a process that was stopped or dead by then.
#pragma once

#include <string>
#include <vector>

#include "cli/stress_record.h"

namespace lockstep::cli {

struct StressCast {
  std::vector<models::Process> processes;
  std::vector<std::string> locks;
  MonoTime origin;  // the history's instant zero
  MonoTime end;     // and its last: what was believed then is left open
};

// Records of one file at one instant keep their order. A process may be paused for two reasons at once (a signal, and a
// machine that does not let it run); in the history it is paused as long as either lasts.
models::History merge(const std::vector<std::vector<Record>>& files, const StressCast& cast);

}  // namespace lockstep::cli
