// Holds a lock on a Redis server for a while: redis_lock ADDRESS NAME MILLISECONDS
//
// ADDRESS is HOST:PORT, unix:/PATH or redis://:PASSWORD@HOST:PORT. Exit code 1: somebody else had it all the time.
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>

#include "impl/client/lock_client.h"
#include "impl/env/real/host_clock.h"
#include "impl/env/real/os_random.h"
#include "impl/redis/real/redis_connection.h"
#include "impl/redis/redis_backend.h"

namespace {

using namespace std::chrono_literals;

// All of it belongs to the one thread that runs the context.
struct Locks {
  explicit Locks(const lockstep::redis::ServerAddress& address)
      : store(lockstep::redis::connection_to(address, context, clock), clock),
        client(context.get_executor(), store, clock, random, nullptr, {}) {}
  boost::asio::io_context context;
  lockstep::RealHostClock clock{context};
  lockstep::OsRandom random;
  lockstep::redis::RedisBackend store;
  lockstep::LockClient client;
};

lockstep::Awaitable<int> hold(Locks& locks, std::string name, std::chrono::milliseconds time) {
  lockstep::LockClient::Wish wish{.name = {"example", name}, .owner = "redis_lock"};
  wish.ttl = 1s;
  wish.wait_limit = 3s;
  auto result = co_await locks.client.acquire(locks.client.next_attempt(), std::move(wish));
  if (!result) throw std::runtime_error("no answer: " + result.error().detail);
  const auto* acquired = std::get_if<std::shared_ptr<lockstep::HeldLock>>(&*result);
  if (acquired == nullptr) {
    std::printf("somebody else has %s\n", name.c_str());
    co_return 1;
  }
  const auto held = *acquired;
  std::printf("got %s\n", name.c_str());
  std::fflush(stdout);
  const auto until = locks.clock.monotonic() + time;
  while (held->valid() && locks.clock.monotonic() < until) co_await held->ended().wait_until(until);
  std::printf(held->valid() ? "kept it\n" : "lost it\n");
  co_await held->release(locks.clock.monotonic() + 1s);
  co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  try {
    const auto address = lockstep::redis::parse_server_address(argv[1]);
    if (!address) throw std::runtime_error(address.error());
    Locks locks(*address);
    int code = 70;
    std::exception_ptr failure;
    boost::asio::co_spawn(locks.context, hold(locks, argv[2], std::chrono::milliseconds(std::atoi(argv[3]))),
                          [&](std::exception_ptr error, int result) {
                            failure = error;
                            code = result;
                            locks.context.stop();
                          });
    locks.context.run();
    if (failure) std::rethrow_exception(failure);
    return code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 70;
  }
}
