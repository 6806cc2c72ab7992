// The stores that processes of one host share without a server, as a production program opens them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "impl/backends/lane_backend.h"
#include "impl/lock/observer.h"

namespace lockstep::cli {

// "sqlite" and "filesystem".
const std::vector<std::string>& real_stores();
// The same with a planted bug that real processes find: "filesystem+unlinked-guards".
const std::vector<std::string>& planted_real_stores();
// What the store is, in words: "one SQLite file".
std::string words_for(const std::string& backend);

// The store named `backend` within `directory`. Not open yet. Everything referred to must outlive it, the lane longest;
// the observer may be null.
std::unique_ptr<LaneBackend> real_store(const std::string& backend, const std::string& directory, Clock& clock,
                                        Random& random, BlockingLane& lane, LeaseObserver* observer);

}  // namespace lockstep::cli
