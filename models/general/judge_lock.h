// The general search on the logs that models/linear judges: a third opinion, made of nothing but the sequential rules.
#pragma once

#include <cstdint>
#include <vector>

#include "models/general/result.h"
#include "models/linear/log.h"

namespace lockstep::general {

// One lock of the log. The indices in the result are those of Log::operations. The verdict is undecided, with a reason,
// where the budget runs out, and where leases end by themselves, which a sequential specification cannot say.
Result judge_lock(const linear::Log& log, std::uint32_t lock, Budget budget = {});

// All of them, in their order, each with that budget; in one pass over the log, beside the searches.
std::vector<Result> judge_locks(const linear::Log& log, Budget budget = {});

}  // namespace lockstep::general
