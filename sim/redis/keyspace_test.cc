// The model answers as Redis does, as far as locks ask. Times are the milliseconds of its wall clock.
#include "sim/redis/keyspace.h"

#include <gtest/gtest.h>

#include "impl/redis/lock_commands.h"

namespace lockstep::sim::redis {
namespace {

namespace r = lockstep::redis;

class Model : public testing::Test {
 public:
  std::string at(UnixMs now, const Command& command) { return r::in_words(keys.execute(command, now)); }
  std::vector<std::string> effects() {
    std::vector<std::string> words;
    for (const Command& command : keys.take_effects()) words.push_back(r::in_words(command));
    return words;
  }
  using Words = std::vector<std::string>;
  Keyspace keys;
};

TEST_F(Model, KeepsWhatIsSet) {
  EXPECT_EQ(at(0, {"GET", "k"}), "nil");
  EXPECT_EQ(at(0, {"set", "k", "v"}), "OK");
  EXPECT_EQ(at(0, {"GET", "k"}), "v");
  EXPECT_EQ(at(0, {"EXISTS", "k", "k", "other"}), "2");
  EXPECT_EQ(at(0, {"DEL", "k", "other"}), "1");
  EXPECT_EQ(at(0, {"GET", "k"}), "nil");
}

TEST_F(Model, AKeyLivesInItsLastMillisecondAndNotInTheNext) {
  at(1000, {"SET", "k", "v", "PX", "500"});
  EXPECT_EQ(at(1500, {"GET", "k"}), "v");
  EXPECT_EQ(at(1500, {"PTTL", "k"}), "0");
  EXPECT_EQ(at(1501, {"GET", "k"}), "nil");
  EXPECT_EQ(at(1501, {"PTTL", "k"}), "-2");
}

TEST_F(Model, AWallClockSetBackLetsAKeyLiveLonger) {
  at(10'000, {"SET", "k", "v", "PX", "500"});
  EXPECT_EQ(at(1000, {"PTTL", "k"}), "9500");
}

TEST_F(Model, SetsOnlyWhatIsFreeIfToldSo) {
  EXPECT_EQ(at(0, {"SET", "k", "one", "NX", "PX", "100"}), "OK");
  EXPECT_EQ(at(0, {"SET", "k", "two", "NX", "PX", "100"}), "nil");
  EXPECT_EQ(at(0, {"GET", "k"}), "one");
  EXPECT_EQ(at(101, {"SET", "k", "two", "NX", "PX", "100"}), "OK");
  EXPECT_EQ(at(101, {"SET", "other", "v", "XX"}), "nil");
}

TEST_F(Model, TellsTheOldValueIfAskedFor) {
  EXPECT_EQ(at(0, {"SET", "k", "one", "NX", "GET", "PX", "100"}), "nil");
  EXPECT_EQ(at(0, {"SET", "k", "two", "NX", "GET", "PX", "100"}), "one");
  EXPECT_EQ(at(0, {"SET", "k", "three", "GET"}), "one");
  EXPECT_EQ(at(0, {"GET", "k"}), "three");
}

TEST_F(Model, SettingAnewForgetsTheTimeUnlessToldToKeepIt) {
  at(0, {"SET", "k", "v", "EX", "1"});
  at(0, {"SET", "k", "w", "KEEPTTL"});
  EXPECT_EQ(at(0, {"PTTL", "k"}), "1000");
  at(0, {"SET", "k", "x"});
  EXPECT_EQ(at(0, {"PTTL", "k"}), "-1");
}

TEST_F(Model, ExtendsOnlyWhatLives) {
  at(0, {"SET", "k", "v", "PX", "100"});
  EXPECT_EQ(at(50, {"PEXPIRE", "k", "100"}), "1");
  EXPECT_EQ(at(150, {"PTTL", "k"}), "0");
  EXPECT_EQ(at(151, {"PEXPIRE", "k", "100"}), "0");
  at(200, {"SET", "k", "v"});
  EXPECT_EQ(at(200, {"PEXPIRE", "k", "0"}), "1");
  EXPECT_EQ(at(200, {"EXISTS", "k"}), "0");
}

TEST_F(Model, OfSeveralTimesOfOneUnitTheLastCounts) {
  EXPECT_EQ(at(0, {"SET", "k", "v", "PX", "100", "PX", "200"}), "OK");
  EXPECT_EQ(at(0, {"PTTL", "k"}), "200");
  EXPECT_EQ(at(0, {"SET", "k", "v", "PX", "100", "EX", "200"}), "ERR syntax error");
}

TEST_F(Model, ExtendsOnlyUnderTheConditionThatItIsGiven) {
  at(0, {"SET", "k", "v"});
  EXPECT_EQ(at(0, {"PEXPIRE", "k", "100", "XX"}), "0");
  EXPECT_EQ(at(0, {"PEXPIRE", "k", "100", "GT"}), "0");
  EXPECT_EQ(at(0, {"PEXPIRE", "k", "100", "LT"}), "1");
  EXPECT_EQ(at(0, {"PEXPIRE", "k", "50", "nx"}), "0");
  EXPECT_EQ(at(0, {"PEXPIRE", "k", "50", "GT"}), "0");
  EXPECT_EQ(at(0, {"PEXPIRE", "k", "200", "GT"}), "1");
  EXPECT_EQ(at(0, {"PTTL", "k"}), "200");
}

TEST_F(Model, WhatIsSetIntoThePastComesToLifeWhenTheClockStepsBack) {
  EXPECT_EQ(at(1000, {"SET", "k", "v", "PXAT", "990"}), "OK");
  EXPECT_EQ(at(980, {"GET", "k"}), "v");
  EXPECT_EQ(at(1000, {"GET", "k"}), "nil");
  EXPECT_EQ(at(980, {"GET", "k"}), "nil") << "who has looked has removed it";
}

TEST_F(Model, LuaKeepsFiftyThreeBitsOfANumber) {
  at(0, {"SET", "k", "v", "PXAT", "9007199254740993"});
  EXPECT_EQ(at(0, {"PTTL", "k"}), "9007199254740993");
  EXPECT_EQ(at(0, r::evaluate(r::kLeftIfMine, "k", "v")), "9007199254740992");
}

TEST_F(Model, ScriptsActOnlyForTheOwner) {
  at(0, {"SET", "k", "mine.1", "PX", "100"});
  EXPECT_EQ(at(0, r::evaluate(r::kDeleteIfMine, "k", "another")), "0");
  EXPECT_EQ(at(0, r::evaluate(r::kDeleteIfBegins, "k", "another.")), "0");
  EXPECT_EQ(at(0, r::extend_if_mine("k", "another", std::chrono::seconds(1))), "0");
  EXPECT_EQ(at(0, r::extend_if_mine("k", "mine.1", std::chrono::seconds(1))), "1");
  EXPECT_EQ(at(0, r::evaluate(r::kLeftIfMine, "k", "mine.1")), "1000");
  EXPECT_EQ(at(0, r::evaluate(r::kLeftIfMine, "k", "another")), "-2");
  EXPECT_EQ(at(0, r::evaluate(r::kLook, "k", "")), "[mine.1, 1000]");
  EXPECT_EQ(at(0, r::evaluate(r::kDeleteIfBegins, "k", "mine.")), "1");
  EXPECT_EQ(at(0, r::evaluate(r::kLook, "k", "")), "nil");
}

TEST_F(Model, RefusesInTheWordsOfRedis) {
  EXPECT_EQ(keys.execute({"NOPE"}, 0).text, "ERR unknown command 'NOPE', with args beginning with: ");
  EXPECT_EQ(keys.execute({"NOPE", "a"}, 0).text, "ERR unknown command 'NOPE', with args beginning with: 'a' ");
  EXPECT_EQ(keys.execute({"GET"}, 0).text, "ERR wrong number of arguments for 'get' command");
  EXPECT_EQ(keys.execute({"SET", "k", "v", "PX", "0"}, 0).text, "ERR invalid expire time in 'set' command");
  EXPECT_EQ(keys.execute({"SET", "k", "v", "PX", "x"}, 0).text, "ERR value is not an integer or out of range");
  EXPECT_EQ(keys.execute({"SET", "k", "v", "NX", "XX"}, 0).text, "ERR syntax error");
  EXPECT_EQ(keys.execute({"SET", "k", "v", "PX", "x", "NOPE"}, 0).text, "ERR syntax error");
  EXPECT_EQ(keys.execute({"SET", "k", "v", "PX", "01"}, 0).text, "ERR value is not an integer or out of range");
  EXPECT_EQ(keys.execute({"GET", "k", "k"}, 0).text, "ERR wrong number of arguments for 'get' command");
  EXPECT_EQ(keys.execute({"PEXPIRE", "k", "1", "NOPE"}, 0).text, "ERR Unsupported option NOPE");
  EXPECT_EQ(keys.execute({"EVAL", std::string(r::kLook), "2", "k"}, 0).text,
            "ERR Number of keys can't be greater than number of args");
}

TEST_F(Model, WhatItChangesIsToldWithAbsoluteTimes) {
  at(1000, {"SET", "k", "v", "PX", "500"});
  at(1000, {"SET", "k", "w", "NX"});
  at(1100, {"PEXPIRE", "k", "500"});
  EXPECT_EQ(effects(), (Words{"SET k v PXAT 1500", "PEXPIREAT k 1600"}));
  at(1601, {"GET", "k"});
  EXPECT_EQ(effects(), Words{"DEL k"});
  at(1700, {"SET", "k", "v", "PX", "100"});
  effects();
  keys.expire(1800);
  EXPECT_EQ(effects(), Words{});
  keys.expire(1801);
  EXPECT_EQ(effects(), Words{"DEL k"});
}

TEST_F(Model, ItsContentsMakeAnother) {
  at(0, {"SET", "a", "1"});
  at(0, {"SET", "b", "2", "PX", "100"});
  Keyspace other;
  for (const Command& command : keys.contents()) other.execute(command, 0);
  EXPECT_EQ(r::in_words(other.execute({"PTTL", "b"}, 40)), "60");
  EXPECT_EQ(r::in_words(other.execute({"PTTL", "a"}, 40)), "-1");
}

}  // namespace
}  // namespace lockstep::sim::redis
