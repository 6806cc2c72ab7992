// Redis servers as processes of a world, and clients that know their addresses.
#include "scenarios/redis_subject.h"

#include <fmt/format.h>

#include "impl/redis/redis_backend.h"
#include "impl/redis/redlock_backend.h"
#include "sim/redis/link.h"

namespace lockstep::scenarios {
namespace {

// A server whose disk failed it ends, and is started anew by whoever watches over it.
constexpr Duration kStartedAnew = std::chrono::seconds(1);

Awaitable<void> serve(ServerParts parts, sim::redis::Server::Options options) {
  // Several on one host have a directory each.
  options.directory = fmt::format("/redis-{}", parts.server);
  if (options.peer) options.peer = parts.servers.at((parts.server + 1) % parts.servers.size());
  options.follows = options.peer.has_value() && parts.server != 0;
  for (;;) {
    const auto work = [files = parts.files, path = options.directory] {
      const auto made = files->make_directory(path);
      return (made || made.error() == std::errc::file_exists) && files->sync_directory("/").has_value();
    };
    const auto ready = co_await blocking(parts.lane, parts.clock, work);
    if (ready.value_or(false)) {
      const sim::redis::Server::Parts own{parts.endpoint, parts.clock, parts.random, parts.lane, parts.files};
      sim::redis::Server server(own, options);
      co_await server.run();
    }
    if (co_await sleep_for(parts.clock, kStartedAnew) == Wake::cancelled) co_return;
  }
}

std::shared_ptr<LockBackend> connect_to_one(ClientParts parts) {
  return std::make_shared<redis::RedisBackend>(connections_to(parts).front(), parts.clock);
}

std::shared_ptr<LockBackend> connect_to_all(ClientParts parts) {
  return std::make_shared<redis::RedlockBackend>(connections_to(parts), parts.executor, parts.clock, parts.random);
}

Subject subject(std::string name, std::string about, Claims claims, std::uint32_t servers,
                std::shared_ptr<LockBackend> (*connect)(ClientParts)) {
  Subject subject{.name = std::move(name),
                  .about = std::move(about),
                  .claims = claims,
                  .deployment = Deployment::spread_servers,
                  .open = {},
                  .connect = connect,
                  .servers = servers,
                  .describe = sim::redis::describe,
                  .client = {},
                  .between = {},
                  .untold = kToldByStores,
                  .planted = {}};
  serves_with(subject, {});
  return subject;
}

}  // namespace

std::vector<std::shared_ptr<redis::Connection>> connections_to(ClientParts& parts) {
  const auto links = std::make_shared<sim::redis::Links>(parts.executor, parts.endpoint, parts.clock, parts.random);
  spawn(parts.executor, links->run());
  std::vector<std::shared_ptr<redis::Connection>> connections;
  for (const Address server : parts.servers) connections.push_back(links->to(server));
  return connections;
}

void serves_with(Subject& subject, sim::redis::Server::Options options) {
  subject.serve = [options](ServerParts parts) { return serve(std::move(parts), options); };
}

Subject redis_subject() {
  return subject("redis", "SET NX PX on one simulated Redis server, which syncs its file for each command",
                 redis::RedisBackend::its_claims(), 1, connect_to_one);
}

Subject redlock_subject() {
  Subject redlock =
      subject("redlock", "the same key on a majority of five simulated Redis servers, each with a file like that",
              redis::RedlockBackend::its_claims(), 5, connect_to_all);
  redlock.untold |= models::bit(models::Property::names);  // it refuses nobody by name
  return redlock;
}

}  // namespace lockstep::scenarios
