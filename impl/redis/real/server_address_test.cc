// Addresses of Redis servers as people write them, and what is said of wrong ones.
#include "impl/redis/real/server_address.h"

#include <gtest/gtest.h>

namespace lockstep::redis {
namespace {

std::string error_of(std::string_view text) {
  const auto address = parse_server_address(text);
  return address ? "none" : address.error();
}

TEST(ServerAddresses, AreReadInEachForm) {
  EXPECT_EQ(parse_server_address("db.example:7000"), (ServerAddress{.host = "db.example", .port = 7000}));
  EXPECT_EQ(parse_server_address("[::1]:7000"), (ServerAddress{.host = "::1", .port = 7000}));
  EXPECT_EQ(parse_server_address("unix:/run/a@b.sock"), (ServerAddress{.path = "/run/a@b.sock"}));
  EXPECT_EQ(parse_server_address("redis://db.example"), (ServerAddress{.host = "db.example"}));
  EXPECT_EQ(parse_server_address("redis://ann:p%40ss:%2f@[::1]:7000/3"),
            (ServerAddress{.host = "::1", .port = 7000, .user = "ann", .password = "p@ss:/", .database = 3}));
  EXPECT_EQ(parse_server_address("redis://:secret@db/"), (ServerAddress{.host = "db", .password = "secret"}));
  EXPECT_EQ(parse_server_address("unix://:secret@/run/redis%20.sock?db=2"),
            (ServerAddress{.path = "/run/redis .sock", .password = "secret", .database = 2}));
  EXPECT_EQ(parse_server_address("unix:///run/a@b"), (ServerAddress{.path = "/run/a@b"}));
}

TEST(ServerAddresses, ThatAreWrongAreRefusedWithTheReason) {
  EXPECT_EQ(error_of(""), "it names no host");
  EXPECT_EQ(error_of("db.example"), "it names no port");
  EXPECT_EQ(error_of("db.example:0"), "the port is not a number from 1 to 65535");
  EXPECT_EQ(error_of("db.example:70000"), "the port is not a number from 1 to 65535");
  EXPECT_EQ(error_of("db.example:7x"), "the port is not a number from 1 to 65535");
  EXPECT_EQ(error_of("[::1:7"), "a [ without a ]");
  EXPECT_EQ(error_of("[::1]7"), "the port is not a number from 1 to 65535");
  EXPECT_EQ(error_of("unix:redis.sock"), "a socket's path begins with a /");
  EXPECT_EQ(error_of("unix://db/redis.sock"), "between unix:// and the path stands an account, which ends with an @");
  EXPECT_EQ(error_of("unix:/" + std::string(200, 'x')), "a socket's path has at most 107 bytes");
  EXPECT_EQ(error_of("redis://a@db"), "there is a user without a password");
  EXPECT_EQ(error_of("redis://:%4@db"), "what follows a % before the @ is not two hexadecimal digits");
  EXPECT_EQ(error_of("redis://db/x"), "\"x\" is not the number of a database");
}

TEST(ServerAddresses, AreShownWithoutThePassword) {
  for (const char* text : {"127.0.0.1:7000", "[::1]:7000", "unix:/run/redis.sock"}) {
    EXPECT_EQ(in_words(*parse_server_address(text)), text);
  }
  EXPECT_EQ(in_words(*parse_server_address("redis://ann:secret@db.example/3")), "db.example:6379");
}

}  // namespace
}  // namespace lockstep::redis
