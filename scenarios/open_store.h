// How a simulated process opens the store of a lock.
#pragma once

#include "scenarios/run_directory.h"
#include "scenarios/subject.h"
#include "sim/process.h"

namespace lockstep::scenarios {

// Again and again until it lets itself be opened. Everything must outlive the incarnation.
Awaitable<OpenedStore> open_store(sim::Incarnation& self, const Subject& subject, LeaseObserver& observer,
                                  RunDirectory& directory);

}  // namespace lockstep::scenarios
