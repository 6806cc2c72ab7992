// The words of a history for what the library says, the same in simulation and of real processes.
#pragma once

#include "impl/client/belief.h"
#include "impl/client/lock_client.h"
#include "impl/lock/observer.h"
#include "models/history.h"

namespace lockstep::scenarios {

// What a store has applied, without its lock, its attempt and its times.
models::Event applied(const LeaseEvent& told);
// The models know three ends of a belief: its own deadline, the store's word, an administrator's.
models::Reason reason_of(LossReason reason);

// What became of a request.
models::Event failed(models::Event asked, const LockError& error);
// What became of a whole acquisition, as the application sees it.
models::Event answered(models::Event asked, const Result<Acquisition>& result);

}  // namespace lockstep::scenarios
