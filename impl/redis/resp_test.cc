// Redis's protocol, there and back; and what of a torn file is whole.
#include "impl/redis/resp.h"

#include <gtest/gtest.h>

#include "impl/redis/lock_commands.h"

namespace lockstep::redis {
namespace {

TEST(Resp, WritesACommandAsRedisReadsIt) {
  EXPECT_EQ(encode(Command{"SET", "k", ""}), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
}

TEST(Resp, EveryReplyComesBackAsItWas) {
  const std::string bytes("a\0b\r\n", 5);
  for (const Reply& reply : {Reply{}, integer(-7), bulk(bytes), bulk(""), status("OK"), error("ERR no"),
                             array({integer(1), bulk("x"), Reply{}, array({})})}) {
    EXPECT_EQ(decode_reply(encode(reply)), reply);
  }
}

TEST(Resp, EveryCommandComesBackAsItWas) {
  const Command command{"SET", std::string("\0\xff", 2), "", "NX"};
  EXPECT_EQ(decode_command(encode(command)), command);
}

TEST(Resp, WhatIsNotOneWholeReplyIsNone) {
  for (const char* bytes : {"", "$3\r\nab", ":1\r\n:2\r\n", "x", "*2\r\n:1\r\n", "$9999999999999\r\n"}) {
    EXPECT_FALSE(decode_reply(bytes)) << bytes;
  }
  EXPECT_FALSE(decode_command(":1\r\n"));
  EXPECT_FALSE(decode_command("*0\r\n"));
}

TEST(Resp, OfATornFileTheWholeCommandsAreRead) {
  const std::string one = encode(Command{"SET", "k", "v"}), two = encode(Command{"DEL", "k"});
  for (std::size_t torn = 0; torn < two.size(); ++torn) {
    const Commands read = decode_commands(one + two.substr(0, torn));
    EXPECT_EQ(read.commands.size(), 1u) << torn;
    EXPECT_EQ(read.bytes, one.size()) << torn;
  }
  EXPECT_EQ(decode_commands(one + two).commands.size(), 2u);
  EXPECT_EQ(decode_commands(one + two).bytes, one.size() + two.size());
}

TEST(Resp, ValuesNameTheirAttempts) {
  const AttemptId attempt{0x123456789abcdef0u, 0x2f};
  EXPECT_EQ(value_of(attempt), "123456789abcdef0-2f");
  EXPECT_EQ(attempt_of(value_of(attempt)), attempt);
  EXPECT_EQ(attempt_of(value_of(attempt, 7)), attempt);
  EXPECT_TRUE(value_of(attempt, 7).starts_with(value_of(attempt) + "."));
  for (const char* text : {"", "-", "12", "12-", "x-1", "1-x"}) EXPECT_FALSE(attempt_of(text)) << text;
}

TEST(Resp, ALeaseIsNeverRoundedDown) {
  EXPECT_EQ(milliseconds(std::chrono::milliseconds(5)), "5");
  EXPECT_EQ(milliseconds(std::chrono::microseconds(5001)), "6");
}

}  // namespace
}  // namespace lockstep::redis
