// Client libraries and a real redis-server, each on a host of its own, talk over a real socket under virtual time: who
// waits for a lock waits out its ttl in no real time, and the same script gives the same transcript every time, also on
// a machine that is busy. Skipped where a program or library is missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>

#include "impl/redis/resp.h"
#include "virtual_time/program_file.h"
#include "virtual_time/redis_server.h"
#include "virtual_time/settle.h"

namespace lockstep::virtual_time {
namespace {

using namespace std::chrono_literals;

constexpr char kPython[] = "/usr/bin/python3";

// Reads lines: "acquire <name> <ttl> <how long to wait>", "release <name>", "sleep <seconds>".
constexpr char kClient[] = R"(
import sys, time, redis
where = {"port": int(sys.argv[1])} if sys.argv[1].isdigit() else {"unix_socket_path": sys.argv[1]}
client = redis.Redis(**where)
locks = {}
begin = time.monotonic()
for line in sys.stdin:
    what, *rest = line.split()
    if what == "acquire":
        name, ttl, wait = rest
        locks[name] = client.lock(name, timeout=float(ttl), blocking_timeout=float(wait))
        answer = locks[name].acquire(), locks[name].local.token
    elif what == "release":
        try: answer = locks[rest[0]].release()
        except redis.exceptions.LockError as error: answer = error
    elif what == "sleep":
        answer = time.sleep(float(rest[0]))
    print(round(time.monotonic() - begin, 6), line.strip(), "->", answer, flush=True)
)";

class Chain : public testing::Test {
 protected:
  void SetUp() override {
    if (found_program("redis-server").empty()) GTEST_SKIP() << "no redis-server is installed";
    if (std::system((std::string(kPython) + " -c 'import redis' 2>/dev/null").c_str()) != 0) {
      GTEST_SKIP() << "no redis for Python is installed";
    }
    std::filesystem::create_directory(directory);
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  RedisServer::Options redis_options() const {
    return {.directory = directory, .host = {.name = "redis", .seed = 1}, .patience = 30s};
  }
  static Program::Options client_of(const RedisServer& redis) {
    return {.command = {kPython, "-c", kClient, redis.socket_path()}, .patience = 30s};
  }

  // All that two clients and a server say in a session with waiting, expiry, a crash and a drifting clock.
  std::string transcript() const {
    RedisServer redis(redis_options());
    VirtualHost first_host({.name = "first", .seed = 11});
    VirtualHost second_host({.name = "second", .seed = 12});
    Program first(first_host, client_of(redis));
    Program second(second_host, client_of(redis));
    const Hosts hosts{&redis.host(), &first_host, &second_host};
    std::string said;
    const auto asks = [&](Program& who, const std::string& what, Duration time = 0s) {
      who.send(what);
      settle(hosts, 30s);
      pass_time(hosts, time, 30s);
      said += first.take_output() + second.take_output();
    };
    for (int round = 0; round < 2; ++round) {
      asks(first, "acquire A 2 1");
      asks(second, "acquire A 2 10", 3s);
      asks(first, "release A");
      asks(second, "release A");
      asks(first, "acquire B 60 1");
      asks(second, "acquire B 1 2.5", 5s);
    }
    redis.crash();
    redis.restart();
    asks(second, "acquire B 1 2.5", 5s);
    said += redis.execute(1, redis::encode(redis::Command{"TIME"}));
    const auto info = redis.execute(1, redis::encode(redis::Command{"INFO", "server"}));
    said += info.substr(info.find("run_id:"), 47);
    return said + first.complaints() + second.complaints();
  }
  const std::string directory = testing::TempDir() + "/chain-" + std::to_string(::getpid());
};

TEST_F(Chain, ALockOfRedisPyWaitsOutATtlInVirtualTime) {
  RedisServer redis(redis_options());
  VirtualHost first_host({.name = "first", .seed = 11});
  VirtualHost second_host({.name = "second", .seed = 12});
  Program first(first_host, client_of(redis));
  Program second(second_host, client_of(redis));
  const Hosts hosts{&redis.host(), &first_host, &second_host};
  const auto begin = std::chrono::steady_clock::now();
  first.send("acquire A 60 1");
  settle(hosts);
  EXPECT_THAT(first.receive().value_or(""), testing::StartsWith("0.0 acquire A 60 1 -> (True, "));
  second.send("acquire A 60 100");
  settle(hosts);
  EXPECT_EQ(second.receive(), std::nullopt);
  pass_time(hosts, 59s);
  EXPECT_EQ(second.receive(), std::nullopt);
  pass_time(hosts, 2s);
  EXPECT_THAT(second.receive().value_or(""), testing::StartsWith("60.1 acquire A 60 100 -> (True, "));
  first.send("release A");
  settle(hosts);
  EXPECT_EQ(first.receive(), "61.0 release A -> Cannot release a lock that's no longer owned");
  std::cout << "61 s of waiting took " << (std::chrono::steady_clock::now() - begin) / 1ms << " ms\n";
}

// A port that nobody listens on.
int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(descriptor, any, size), 0);
  EXPECT_EQ(::getsockname(descriptor, any, &size), 0);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

TEST_F(Chain, OverTcpItIsTheSame) {
  const auto port = std::to_string(free_port());
  auto options = redis_options();
  options.more = {"--port", port, "--bind", "127.0.0.1"};
  RedisServer redis(options);
  VirtualHost first_host({.name = "first", .seed = 11});
  VirtualHost second_host({.name = "second", .seed = 12});
  Program first(first_host, {.command = {kPython, "-c", kClient, port}, .patience = 30s});
  Program second(second_host, {.command = {kPython, "-c", kClient, port}, .patience = 30s});
  const Hosts hosts{&redis.host(), &first_host, &second_host};
  for (int round = 0; round < 10; ++round) {
    const auto at = [&](Duration later) {
      return fmt::format("{:.1f}", std::chrono::duration<double>(round * 4s + later).count());
    };
    first.send("acquire A 2 1");
    settle(hosts);
    EXPECT_THAT(first.receive().value_or(""), testing::StartsWith(at(0s) + " acquire A 2 1 -> (True, "));
    second.send("acquire A 2 10");
    settle(hosts);
    pass_time(hosts, 3s);
    EXPECT_THAT(second.receive().value_or(""), testing::StartsWith(at(2100ms) + " acquire A 2 10 -> (True, "));
    second.send("release A");
    settle(hosts);
    EXPECT_EQ(second.receive(), at(3s) + " release A -> None");
    pass_time(hosts, 1s);
  }
}

TEST_F(Chain, TheSameSessionIsTheSameTwentyTimes) {
  const auto once = transcript();
  EXPECT_THAT(once, testing::HasSubstr("acquire B 1 2.5 -> (False, "));
  for (int i = 1; i < 10; ++i) ASSERT_EQ(transcript(), once) << "the " << i << "th time";
  std::vector<pid_t> burners;
  for (int i = 0; i < 2; ++i) {
    const pid_t burner = ::fork();
    if (burner == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (std::atomic<unsigned> spins{0};; ++spins) {
      }
    }
    burners.push_back(burner);
  }
  for (int i = 10; i < 20; ++i) EXPECT_EQ(transcript(), once) << "the " << i << "th time, beside busy processes";
  for (const pid_t burner : burners) {
    ::kill(burner, SIGKILL);
    ::waitpid(burner, nullptr, 0);
  }
}

}  // namespace
}  // namespace lockstep::virtual_time
