// What tests with a real redis-server stand on: a directory, a server in it, and clients on an io_context. Without the
// program redis-server they are skipped, visibly.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "impl/env/drive_test.h"
#include "impl/env/real/host_clock.h"
#include "impl/redis/real/redis_connection.h"
#include "impl/redis/real/redis_process.h"

namespace lockstep::redis {

using namespace std::chrono_literals;

struct RealRedis : testing::Test {
  RealRedis() {
    std::string made = (std::filesystem::temp_directory_path() / "lockstep-redis-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr) throw std::runtime_error("cannot make a directory");
    directory = made;
  }
  ~RealRedis() override {
    server.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }
  void SetUp() override {
    if (!RedisProcess::installed()) GTEST_SKIP() << "redis-server is not installed";
  }

  RedisProcess& starts(RedisProcess::Options options = {}) {
    options.directory = directory;
    server = std::make_unique<RedisProcess>(std::move(options));
    server->start();
    return *server;
  }
  std::shared_ptr<Connection> connects(ConnectionTimes times = {}) {
    return connection_to(server->address(), context, clock, times);
  }
  // Not yet answered.
  Started<Result<Reply>> sends(const std::shared_ptr<Connection>& connection, Command command,
                               Duration patience = 10s) {
    return {context, connection->command(std::move(command), clock.monotonic() + patience)};
  }
  Result<Reply> result_of(const std::shared_ptr<Connection>& connection, Command command, Duration patience = 10s) {
    return sends(connection, std::move(command), patience).result();
  }
  // In words: the reply, or "never sent: " or "perhaps done: " and why.
  std::string asks(const std::shared_ptr<Connection>& connection, Command command, Duration patience = 10s) {
    return words(result_of(connection, std::move(command), patience));
  }
  static std::string words(const Result<Reply>& result) {
    if (result) return in_words(*result);
    EXPECT_EQ(result.error().kind, ErrorKind::unreachable);
    return (result.error().definite ? "never sent: " : "perhaps done: ") + result.error().detail;
  }

  std::string directory;
  asio::io_context context;
  RealHostClock clock{context};
  std::unique_ptr<RedisProcess> server;
};

}  // namespace lockstep::redis
