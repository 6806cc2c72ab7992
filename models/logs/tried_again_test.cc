// Attempts that are tried again under one sid, and what a second try may not be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "models/logs/read_test.h"

namespace lockstep::models {
namespace {

using testing::HasSubstr;

std::string said(const std::string& story) { return said_of(read_text(lines_of(story))); }

TEST(TriedAgain, AfterARefusalAFailureOrAnUnknownOutcome) {
  EXPECT_EQ(said(R"(0 invoke try_lock 1 1
0 ok try_lock 1 2
1 invoke try_lock 2 3
1 fail try_lock 2 4
1 invoke try_lock 2 5
1 fail try_lock 2 6 "reason":"unreachable"
1 invoke lock 2 7
1 fail lock 2 8 "reason":"timed_out"
1 invoke try_lock 2 9
1 info try_lock 2 10
0 invoke unlock 1 11
0 ok unlock 1 12
1 invoke try_lock 2 13
1 ok try_lock 2 14
)"),
            "ok");
}

TEST(TriedAgain, HoldsOnceAndIsJudgedByAllItsTries) {
  const std::string unknown = R"(1 invoke try_lock 2 1
1 info try_lock 2 2
)";
  const std::string other_granted = R"(0 invoke try_lock 1 3
0 ok try_lock 1 4
)";
  EXPECT_EQ(said(unknown + "1 invoke try_lock 2 3\n1 ok try_lock 2 4\n0 invoke try_lock 1 5\n0 ok try_lock 1 6\n"),
            "two holders");
  EXPECT_EQ(said(unknown + other_granted + "1 invoke try_lock 2 5\n1 fail try_lock 2 6\n"), "ok");
}

TEST(TriedAgain, NotOnceItWasGranted) {
  const std::string granted = R"(0 invoke try_lock 7 1
0 ok try_lock 7 2
)";
  EXPECT_EQ(said(granted + "0 invoke try_lock 7 3\n"),
            "3: sid 7 was granted its lock already in line 2: an attempt holds once; a new one needs a new sid");
  EXPECT_THAT(said(granted + "0 invoke unlock 7 3\n0 ok unlock 7 4\n1 invoke lock 7 5\n"),
              HasSubstr("5: sid 7 was granted its lock already in line 2"));
}

TEST(TriedAgain, NotBesideAnOpenQuestion) {
  EXPECT_EQ(said("0 invoke try_lock 7 1\n1 invoke try_lock 7 2\n"),
            "2: sid 7 asks for its lock before another question of it is answered");
  EXPECT_THAT(said("0 invoke try_lock 7 1\n0 info try_lock 7 2\n0 invoke unlock 7 3\n1 invoke try_lock 7 4\n"),
              HasSubstr("4: sid 7 asks for its lock before"));
  EXPECT_EQ(said("0 invoke try_lock 7 1\n0 info try_lock 7 2\n0 invoke unlock 7 3\n0 ok unlock 7 4\n"
                 "1 invoke try_lock 7 5\n1 info try_lock 7 6\n"),
            "ok");
}

TEST(TriedAgain, ForTheSameOnly) {
  EXPECT_EQ(said("0 invoke try_lock 7 1\n0 info try_lock 7 2\n0 invoke try_lock 7 3 \"mode\":\"shared\"\n"),
            "3: sid 7 asks for another share of its lock than in line 1");
  EXPECT_EQ(said("0 invoke try_lock 7 1\n0 info try_lock 7 2\n"), "ok");
}

TEST(TriedAgain, ABadLineLeavesNoQuestionOpen) {
  const auto read =
      read_text(lines_of("0 invoke try_lock 7 1\n0 ok try_lock 7 2\n0 invoke try_lock 7 3\n"
                         "0 invoke unlock 7 4\n0 ok unlock 7 5\n"));
  EXPECT_EQ(read.bad_lines, 1u);
  EXPECT_EQ(read.log.operations.size(), 2u);
}

TEST(TriedAgain, EachTryTellsWhetherItWaits) {
  const auto read = read_text(lines_of(R"(0 invoke lock 7 1
0 fail lock 7 2
0 invoke lock 7 3
0 info lock 7 4
0 invoke try_lock 7 5
0 fail try_lock 7 6
0 invoke lock 7 7
0 ok lock 7 8
)"));
  ASSERT_TRUE(read.bad.empty());
  ASSERT_EQ(read.log.operations.size(), 4u);
  EXPECT_TRUE(read.log.operations[0].waits);
  EXPECT_FALSE(read.log.operations[1].waits);
  EXPECT_FALSE(read.log.operations[2].waits);
  EXPECT_TRUE(read.log.operations[3].waits);
}

}  // namespace
}  // namespace lockstep::models
