// What real processes share as a lock, as a production program opens it: a store on this host, or Redis servers.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "impl/env/blocking.h"
#include "impl/env/clock.h"
#include "impl/env/random.h"
#include "impl/lock/backend.h"
#include "impl/lock/observer.h"
#include "impl/redis/real/server_address.h"
#include "models/checkers.h"

namespace lockstep::cli {

// Without a server: "sqlite" and "filesystem".
const std::vector<std::string>& real_stores();
// On servers: "redis", on one, and "redlock", on several.
const std::vector<std::string>& served_stores();
// The first ones with a planted bug that real processes find: "filesystem+unlinked-guards".
const std::vector<std::string>& planted_real_stores();
bool is_served(const std::string& backend);

struct StorePlace {
  std::string backend;
  std::string directory;                      // in which the store lies, if it has no servers
  std::vector<redis::ServerAddress> servers;  // else
};
// What the store is, in words: "one SQLite file", "3 Redis servers".
std::string words_for(const StorePlace& place);
// Which properties can be judged by what this store and its clients tell.
models::PropertySet judged_on(const std::string& backend);

struct RealStore {
  std::unique_ptr<LockBackend> locks;
  std::function<Awaitable<Result<void>>(MonoTime give_up)> open;  // to be awaited before anything else
};
struct StoreParts {
  boost::asio::io_context& context;
  Clock& clock;
  Random& random;
  BlockingLane& lane;
  LeaseObserver* observer;  // may be null; of a store without servers
};
// Everything referred to must outlive it, the lane longest.
RealStore real_store(const StorePlace& place, const StoreParts& parts);

// Throws std::runtime_error, with the reason, if one of them does not answer as Redis does within two seconds.
void require_answers(const std::vector<redis::ServerAddress>& servers);

}  // namespace lockstep::cli
