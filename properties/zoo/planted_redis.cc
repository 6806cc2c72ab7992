// Bugs of locks on Redis: of its servers' set-up, and of how they are used.
#include "impl/redis/redis_backend.h"
#include "impl/redis/redlock_backend.h"
#include "properties/zoo/plant.h"
#include "properties/zoo/redis_clients.h"
#include "scenarios/real_redis_subject.h"
#include "scenarios/redis_subject.h"

namespace lockstep::zoo {
namespace {

using scenarios::ClientParts;
using sim::redis::Server;

std::shared_ptr<LockBackend> connect_with_plain_delete(ClientParts parts) {
  auto careless = std::make_shared<PlainDelete>(scenarios::connections_to(parts).front());
  return std::make_shared<redis::RedisBackend>(std::move(careless), parts.clock);
}

std::shared_ptr<LockBackend> connect_to_master(ClientParts parts) {
  const auto both = scenarios::connections_to(parts);
  auto master = std::make_shared<MasterOfTwo>(both.front(), both.back(), parts.clock);
  return std::make_shared<redis::RedisBackend>(std::move(master), parts.clock);
}

std::shared_ptr<LockBackend> connect_leaving_minorities(ClientParts parts) {
  std::vector<std::shared_ptr<redis::Connection>> servers;
  for (auto& server : scenarios::connections_to(parts)) servers.push_back(std::make_shared<LeavesBehind>(server));
  return std::make_shared<redis::RedlockBackend>(std::move(servers), parts.executor, parts.clock, parts.random);
}

std::shared_ptr<LockBackend> connect_counting_from_end(ClientParts parts) {
  auto honest = std::make_shared<redis::RedlockBackend>(scenarios::connections_to(parts), parts.executor, parts.clock,
                                                        parts.random);
  return std::make_shared<CountedFromEnd>(std::move(honest), parts.clock);
}

auto persisting(Server::Persistence persistence) {
  return [persistence](Subject& subject) { scenarios::serves_with(subject, {.persistence = persistence}); };
}

void has_a_replica(Subject& subject) {
  subject.servers = 2;
  subject.connect = connect_to_master;
  scenarios::serves_with(subject, {.peer = Address()});
}

}  // namespace

std::vector<Planted> redis_bugs() {
  using enum Property;
  const Subject one = scenarios::redis_subject(), five = scenarios::redlock_subject();
  const PropertySet two_holders = any_of(belief_exclusion, linearizable);
  return {
      plant(one, "plain-del", 2, "", "release is a DEL, whoever's key it is", two_holders,
            [](Subject& s) { s.connect = connect_with_plain_delete; }),
      plant(one, "everysec", 46, "", "the file is synced each second, and commands are answered before", two_holders,
            persisting(Server::Persistence::everysec)),
      plant(one, "async-replica", 49, "redisson#2669", "a replica is promoted that had not yet heard of the lock",
            two_holders, has_a_replica),
      plant(five, "empty-restart", 50, "", "a server comes back empty while a lease lasts", two_holders,
            persisting(Server::Persistence::none)),
      plant(five, "stepped-clocks", 51, "", "it is used where wall clocks step", two_holders,
            [](Subject& s) { s.claims.wall_clock_immune = true; }),
      plant(five, "minority-left", 52, "redlock-rb#129", "what a round without a majority has got is left behind",
            any_of(progress, linearizable, no_phantom_hold),
            [](Subject& s) { s.connect = connect_leaving_minorities; }),
      plant(five, "counted-from-end", 53, "redsync#72", "validity ignores the time that the round took",
            any_of(belief_exclusion), [](Subject& s) { s.connect = connect_counting_from_end; }),
  };
}

std::vector<Planted> planted_on_real_servers() {
  using enum Property;
  const Subject one = scenarios::redis_server_subject(), five = scenarios::redlock_servers_subject();
  const PropertySet two_holders = any_of(belief_exclusion, linearizable);
  return {
      plant(one, "plain-del", 2, "", "release is a DEL, whoever's key it is", two_holders,
            [](Subject& s) { s.connect = connect_with_plain_delete; }),
      plant(five, "empty-restart", 50, "", "a server comes back empty while a lease lasts", two_holders,
            [](Subject& s) { scenarios::serves_really(s, scenarios::ServerFile::none); }),
      plant(five, "stepped-clocks", 51, "", "it is used where wall clocks step", two_holders,
            [](Subject& s) { s.claims.wall_clock_immune = true; }),
  };
}

}  // namespace lockstep::zoo
