// Locks that serve a line in order refuse also who would have to pass those who wait.
#pragma once

#include "models/linear/log.h"

namespace lockstep::models {

// A refusal while somebody may have waited whom the refused one excludes tells nothing; of permits, as many more may
// have been in its way as those who may have waited ask for. Whoever's outcome is unknown may wait for ever.
void excuse_by_line(linear::Log& log);

}  // namespace lockstep::models
