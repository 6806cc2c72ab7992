// Renewals that shorten a lease. Our own locks never do that, and linear::judge takes it that none does.
#pragma once

#include "models/linear/log.h"

namespace lockstep::models {

// A lock may set the end of a lease to the time of the renewal and what it tells, also where the grant or a renewal
// before told more; or begin a lease only then. Nobody is accused for that: what was told before is taken to be as much
// shorter as is needed for the lease to end no later than that.
void shorten_by_renewals(linear::Log& log);

}  // namespace lockstep::models
