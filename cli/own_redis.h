// Redis servers of a run's own, for whoever names none: each in a directory, with a file that is synced for each
// command, gone at the end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "impl/redis/real/redis_process.h"

namespace lockstep::cli {

class OwnRedis {
 public:
  // Starts as many as `backend` wants: one, or five for redlock. `directory` exists. Throws UsageError if no
  // redis-server is installed or one does not start.
  OwnRedis(const std::string& backend, const std::string& directory);
  std::vector<redis::ServerAddress> addresses() const;

 private:
  std::vector<std::unique_ptr<redis::RedisProcess>> servers_;
};

}  // namespace lockstep::cli
