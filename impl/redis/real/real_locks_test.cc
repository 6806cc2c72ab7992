// Both locks on real servers: every operation, the server's own clock, and servers that die.
#include <vector>

#include "impl/env/real/os_random.h"
#include "impl/redis/lock_commands.h"
#include "impl/redis/real/real_redis_test.h"
#include "impl/redis/redis_backend.h"
#include "impl/redis/redlock_backend.h"

namespace lockstep::redis {
namespace {

const LockName kName{"space", "name"};

template <typename Store>
struct LockStory : RealRedis {
  AcquireRequest wish(std::uint64_t attempt, Duration ttl = 10s) {
    AcquireRequest request;
    request.key = {{1, attempt}, 1};
    request.name = kName;
    request.ttl = ttl;
    return request;
  }
  template <typename T>
  T await(Awaitable<T> coroutine) {
    return Started<T>(context, std::move(coroutine)).result();
  }
  MonoTime soon() { return clock.monotonic() + 3s; }
  // In words.
  std::string acquires(std::uint64_t attempt, Duration ttl = 10s) {
    const auto answer = await(store->acquire(wish(attempt, ttl), soon()));
    if (!answer) return std::string(name_of(answer.error().kind));
    if (const auto* granted = std::get_if<Granted>(&*answer)) {
      token = granted->token;
      EXPECT_LE(granted->valid_for, ttl);
      return "granted";
    }
    const auto& holders = std::get<Refused>(*answer).holders;
    return holders.empty() ? "refused" : "refused for " + std::to_string(holders[0].attempt.number);
  }
  std::string renews(std::uint64_t attempt, Duration ttl = 10s) {
    RenewRequest request{.key = {{1, attempt}, 2}, .name = kName, .token = token, .ttl = ttl};
    const auto answer = await(store->renew(std::move(request), soon()));
    return !answer ? answer.error().detail : *answer == RenewAnswer::renewed ? "renewed" : "lost";
  }
  std::string releases(std::uint64_t attempt) {
    ReleaseRequest request{.key = {{1, attempt}, 3}, .name = kName, .token = token};
    const auto answer = await(store->release(std::move(request), soon()));
    return !answer ? answer.error().detail : *answer == ReleaseAnswer::released ? "released" : "not held";
  }
  std::string holder() {
    const auto seen = await(store->inspect(kName, soon()));
    if (!seen) return seen.error().detail;
    return seen->holders.empty() ? "nobody" : std::to_string(seen->holders[0].attempt.number);
  }
  bool comes_free() {
    return drive_until(context, [this] { return holder() == "nobody"; });
  }

  std::unique_ptr<Store> store;
  Token token = 0;
};

struct OnOneServer : LockStory<RedisBackend> {
  void opens() {
    starts();
    store = std::make_unique<RedisBackend>(connects(), clock);
  }
};

TEST_F(OnOneServer, ALockIsGrantedRefusedRenewedAndReleased) {
  opens();
  EXPECT_EQ(holder(), "nobody");
  EXPECT_EQ(acquires(1), "granted");
  EXPECT_EQ(acquires(1), "granted") << "the same attempt asks again";
  EXPECT_EQ(acquires(2), "refused for 1");
  EXPECT_EQ(holder(), "1");
  EXPECT_EQ(renews(1), "renewed");
  EXPECT_EQ(renews(2), "lost");
  EXPECT_EQ(releases(2), "not held");
  EXPECT_EQ(releases(1), "released");
  EXPECT_EQ(releases(1), "not held");
  EXPECT_EQ(renews(1), "lost");
  EXPECT_EQ(acquires(2), "granted");
}

TEST_F(OnOneServer, ALeaseEndsByItselfAndNotBeforeItsTime) {
  opens();
  const MonoTime begin = clock.monotonic();
  EXPECT_EQ(acquires(1, 100ms), "granted");
  EXPECT_TRUE(comes_free());
  EXPECT_GE(clock.monotonic() - begin, 95ms);
  EXPECT_EQ(renews(1), "lost");
  EXPECT_EQ(acquires(2, 100ms), "granted");
  EXPECT_EQ(renews(2, 10s), "renewed");
}

TEST_F(OnOneServer, AGrantOutlivesTheServersDeath) {
  opens();
  EXPECT_EQ(acquires(1), "granted");
  server->kill();
  server->start();
  EXPECT_EQ(acquires(2), "refused for 1");
  EXPECT_EQ(releases(1), "released");
  server->kill();
  server->start();
  EXPECT_EQ(acquires(2), "granted");
}

TEST_F(OnOneServer, WhoCannotReachItIsToldThatNothingHappened) {
  opens();
  server->kill();
  const auto answer = await(store->acquire(wish(1), clock.monotonic() + 100ms));
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().definite);
  EXPECT_EQ(answer.error().kind, ErrorKind::unreachable);
}

TEST_F(OnOneServer, AValueThatIsNotOursIsNobodysLock) {
  opens();
  EXPECT_EQ(asks(connects(), {"SET", key_of(kName), "somebody else's"}), "OK");
  EXPECT_EQ(acquires(1), "refused");
  EXPECT_EQ(renews(1), "lost");
  EXPECT_EQ(releases(1), "not held");
  EXPECT_EQ(holder(), "the server answered [somebody else's, -1]");
}

struct OnThreeServers : LockStory<RedlockBackend> {
  void opens() {
    std::vector<std::shared_ptr<Connection>> connections;
    for (int i = 0; i < 3; ++i) {
      const std::string own = directory + "/" + std::to_string(i);
      std::filesystem::create_directory(own);
      servers.push_back(std::make_unique<RedisProcess>(RedisProcess::Options{own}));
      servers.back()->start();
      connections.push_back(connection_to(servers.back()->address(), context, clock));
    }
    store = std::make_unique<RedlockBackend>(connections, context.get_executor(), clock, random);
  }
  OsRandom random;
  std::vector<std::unique_ptr<RedisProcess>> servers;
};

TEST_F(OnThreeServers, ALockIsGrantedRefusedRenewedAndReleased) {
  opens();
  EXPECT_EQ(holder(), "nobody");
  EXPECT_EQ(acquires(1), "granted");
  EXPECT_EQ(holder(), "1");
  EXPECT_EQ(acquires(2), "busy");
  EXPECT_EQ(renews(1), "renewed");
  EXPECT_EQ(releases(1), "released");
  EXPECT_EQ(acquires(2), "granted");
}

TEST_F(OnThreeServers, OneMayDieAndOneStandStillAsLongAsThereIsAMajority) {
  opens();
  servers[0]->kill();
  EXPECT_EQ(acquires(1), "granted");
  EXPECT_EQ(renews(1), "renewed");
  servers[1]->stop();
  EXPECT_EQ(renews(1), "too few servers answered");
  servers[1]->resume();
  EXPECT_EQ(renews(1), "renewed");
  EXPECT_EQ(releases(1), "released");
  servers[0]->start();
  servers[2]->kill();
  EXPECT_EQ(acquires(2), "granted");
  EXPECT_EQ(holder(), "2");
}

}  // namespace
}  // namespace lockstep::redis
