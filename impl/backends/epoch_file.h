// A number that is higher at every start, kept in a file: what a store that keeps its leases in memory needs so that
// its tokens still only rise when it starts again. Written once at a start, and then never in the way.
#pragma once

#include <string>

#include "impl/env/file_system.h"
#include "impl/lock/result.h"

namespace lockstep {

// One more than at the last start; durable when it returns. The directory must be there, and only one process of the
// store may run. Errors: storage; then the number must not be used.
Result<std::uint64_t> next_epoch(FileSystem& files, const std::string& directory);

// Tokens of an epoch begin behind this one.
constexpr std::uint64_t first_token_of(std::uint64_t epoch) { return epoch << 32; }

}  // namespace lockstep
