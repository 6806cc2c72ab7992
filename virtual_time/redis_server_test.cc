// A real redis-server under virtual time: its keys expire when virtual time says so, in no real time; what its files
// keep is kept through SIGKILL. Skipped where there is none.
#include "virtual_time/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "impl/redis/resp.h"
#include "virtual_time/program_file.h"

namespace lockstep::virtual_time {
namespace {

using namespace std::chrono_literals;
using redis::Command;
using redis::Reply;

class RealRedis : public testing::Test {
 protected:
  void SetUp() override {
    if (found_program("redis-server").empty()) GTEST_SKIP() << "no redis-server is installed";
    std::filesystem::create_directory(directory);
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  std::unique_ptr<RedisServer> server(RedisServer::Persistence persistence = RedisServer::Persistence::none,
                                      std::uint64_t seed = 1) {
    return std::make_unique<RedisServer>(RedisServer::Options{
        .directory = directory, .persistence = persistence, .host = {.name = "redis", .seed = seed}});
  }
  static std::string ask(RedisServer& server, const Command& command, int connection = 0) {
    const auto bytes = server.execute(connection, redis::encode(command));
    const auto reply = redis::decode_reply(bytes);
    return reply ? redis::in_words(*reply) : bytes.empty() ? "nothing yet" : "no reply: " + bytes;
  }
  const std::string directory = testing::TempDir() + "/redis-" + std::to_string(::getpid());
};

TEST_F(RealRedis, LetsAKeyLiveForItsMillisecondsOfVirtualTime) {
  auto redis = server();
  const auto start = redis->now();
  EXPECT_EQ(ask(*redis, {"SET", "key", "value", "PX", "1000"}), "OK");
  redis->jump(start + 1000ms);
  EXPECT_EQ(ask(*redis, {"GET", "key"}), "value");
  redis->jump(start + 1001ms);
  EXPECT_EQ(ask(*redis, {"GET", "key"}), "nil");
}

TEST_F(RealRedis, AnswersTwentyThousandTimesInASecond) {
  auto redis = server();
  const auto set = redis::encode(Command{"SET", "key", "value", "PX", "30000"});
  const auto begin = std::chrono::steady_clock::now();
  int answered = 0;
  for (; answered < 20'000; ++answered) ASSERT_EQ(redis->execute(0, set), "+OK\r\n");
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::cout << "real redis-server under virtual time: " << answered / took << " round trips in a second\n";
}

}  // namespace
}  // namespace lockstep::virtual_time
