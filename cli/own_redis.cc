// A socket's path may have only so many bytes: whoever has a long TMPDIR is told.
#include "cli/own_redis.h"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "cli/commands.h"

namespace lockstep::cli {

OwnRedis::OwnRedis(const std::string& backend, const std::string& directory) {
  if (!redis::RedisProcess::installed()) {
    throw UsageError(
        "there is no program redis-server to be started: install it (Debian: redis-server), or name servers that run "
        "already by --address HOST:PORT");
  }
  const std::size_t wanted = backend == "redlock" ? 5 : 1;
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::string own = fmt::format("{}/redis-{}", directory, i);
    std::filesystem::create_directory(own);
    auto& server = servers_.emplace_back(std::make_unique<redis::RedisProcess>(redis::RedisProcess::Options{own}));
    const auto fits = redis::parse_server_address(redis::in_words(server->address()));
    if (!fits) throw UsageError(fmt::format("set TMPDIR to a directory with a short name: {}", fits.error()));
    try {
      server->start();
    } catch (const std::runtime_error& error) {
      throw UsageError(error.what());
    }
  }
}

std::vector<redis::ServerAddress> OwnRedis::addresses() const {
  std::vector<redis::ServerAddress> addresses;
  for (const auto& server : servers_) addresses.push_back(server->address());
  return addresses;
}

}  // namespace lockstep::cli
