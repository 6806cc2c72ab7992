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

TEST_F(RealRedis, KeepsAKeyForAnHourMoreWhenItsWallClockIsSetBackByOne) {
  auto redis = server();
  const auto start = redis->now();
  EXPECT_EQ(ask(*redis, {"SET", "key", "value", "PX", "1000"}), "OK");
  redis->jump({start.wall - 3600s, start.monotonic});
  EXPECT_EQ(ask(*redis, {"PTTL", "key"}), "3601000");
  redis->jump({start.wall + 1s, start.monotonic + 3601s});
  EXPECT_EQ(ask(*redis, {"GET", "key"}), "value");
  redis->jump({start.wall + 1001ms, start.monotonic + 3601s});
  EXPECT_EQ(ask(*redis, {"GET", "key"}), "nil");
}

TEST_F(RealRedis, RemovesByItselfWhatHasExpiredAsTimeGoesOn) {
  auto redis = server();
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(ask(*redis, {"SET", key, "value", "PX", "1000"}), "OK");
  redis->advance(redis->now() + 999ms);
  EXPECT_EQ(ask(*redis, {"DBSIZE"}), "3");
  redis->advance(redis->now() + 200ms);
  EXPECT_EQ(ask(*redis, {"DBSIZE"}), "0");
}

TEST_F(RealRedis, AnswersWhoWaitsWhenSomethingComesOrHisTimeIsUp) {
  auto redis = server();
  EXPECT_EQ(ask(*redis, {"BLPOP", "list", "5"}), "nothing yet");
  EXPECT_EQ(ask(*redis, {"RPUSH", "list", "item"}, 1), "1");
  EXPECT_EQ(redis->take(0), "*2\r\n$4\r\nlist\r\n$4\r\nitem\r\n");
  EXPECT_EQ(ask(*redis, {"BLPOP", "list", "5"}), "nothing yet");
  redis->advance(redis->now() + 4900ms);
  EXPECT_EQ(redis->take(0), "");
  redis->advance(redis->now() + 300ms);
  EXPECT_EQ(redis->take(0), "*-1\r\n");
}

TEST_F(RealRedis, AnswersAtLengthToWhoHasAskedForMuch) {
  auto redis = server();
  const std::string much(5'000'000, 'x');
  EXPECT_EQ(ask(*redis, {"SET", "key", much}), "OK");
  EXPECT_EQ(redis->execute(0, redis::encode(Command{"GET", "key"})).size(), much.size() + 12);
}

TEST_F(RealRedis, KeepsInItsFileWhatSurvivesBeingKilled) {
  using enum RedisServer::Persistence;
  for (const auto& [persistence, left] : {std::pair{none, "nil"}, {everysec, "value"}, {always, "value"}}) {
    std::filesystem::remove_all(directory + "/appendonlydir");
    auto redis = server(persistence);
    for (int crashes = 0; crashes < 3; ++crashes) {
      EXPECT_EQ(ask(*redis, {"SET", "key", "value", "PX", "60000"}), "OK");
      redis->advance(redis->now() + 1500ms);
      redis->crash();
      EXPECT_FALSE(redis->is_up());
      redis->restart();
      EXPECT_EQ(ask(*redis, {"GET", "key"}), left);
    }
    redis->jump(redis->now() + 61s);
    EXPECT_EQ(ask(*redis, {"GET", "key"}), "nil");
  }
}

TEST_F(RealRedis, IsTheSameFromTheSameSeed) {
  const auto run_id = [&](std::uint64_t seed) {
    const auto info =
        server(RedisServer::Persistence::none, seed)->execute(0, redis::encode(Command{"INFO", "server"}));
    return info.substr(info.find("run_id:"), 47);
  };
  EXPECT_EQ(run_id(3), run_id(3));
  EXPECT_NE(run_id(3), run_id(4));
}

TEST_F(RealRedis, ThatCannotStartSaysWhy) {
  try {
    RedisServer({.directory = "/no/such/folder"});
    FAIL();
  } catch (const TimeTrouble& trouble) {
    EXPECT_THAT(trouble.what(), testing::HasSubstr("redis-server ended with exit code 1"));
    EXPECT_THAT(trouble.what(), testing::HasSubstr("No such file or directory"));
  }
}

TEST_F(RealRedis, AnswersAtOnceAndPrintsHowOftenInASecond) {
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
