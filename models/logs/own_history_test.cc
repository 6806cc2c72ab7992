// Histories of ours, read back: what the library asked within an acquisition is judged, and what may have been so is
// allowed.
#include "models/logs/own_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "models/dice_test.h"
#include "models/linear/waits.h"
#include "models/logs/read_test.h"

namespace lockstep::models {
namespace {

using testing::HasSubstr;

// Process 0 is the server, 1 to 4 are clients.
const std::string kHead =
    R"({"type":"history","leases_from":"asking","drift_ppb":1000,"place_kept_ns":100,"lateness_ns":50,)"
    R"("progress_slack_ns":50,"one_store_clock":true,"roles":["server","client","client","client","client"]})";

ReadLog read(const std::string& story) { return read_text(lines_of(story, kHead)); }
std::string said(const std::string& story) { return said_of(read(story)); }

std::string granted(int process, int sid, int at, const std::string& more = "") {
  const std::string fields = R"("ttl_ns":1000000)" + (more.empty() ? "" : "," + more);
  return fmt::format(
      "{0} invoke lock {1} {2} {3},\"wait_ns\":500\n{0} invoke try_lock {1} {2} {3},\"request\":1\n"
      "0 granted none {1} {5}\n{0} ok try_lock {1} {4} {3},\"request\":1,\"token\":{1}\n{0} ok lock {1} {4} "
      "{3},\"token\":{1}\n",
      process, sid, at, fields, at + 10, at + 5);
}

std::string refused(int process, int sid, int at, const std::string& more = "") {
  return fmt::format(
      "{0} invoke lock {1} {2} \"wait_ns\":0\n{0} invoke try_lock {1} {2} \"request\":1\n"
      "{0} fail try_lock {1} {3} \"request\":1,\"reason\":\"refused\"{4}\n"
      "{0} fail lock {1} {3} \"reason\":\"refused\"\n",
      process, sid, at, at + 10, more.empty() ? "" : "," + more);
}

std::string released(int process, int sid, int at) {
  return fmt::format("{0} invoke unlock {1} {2} \"request\":2\n{0} ok unlock {1} {3} \"request\":2\n", process, sid, at,
                     at + 10);
}

TEST(OwnHistory, TheLibrarysRequestsAreWhatIsJudged) {
  const auto log = read(granted(1, 1, 100) + refused(2, 2, 120, "\"holder\":1") + released(1, 1, 140));
  EXPECT_EQ(said_of(log), "ok");
  EXPECT_TRUE(log.log.leases_from_asking);
  ASSERT_EQ(log.log.operations.size(), 3u);
  EXPECT_EQ(log.log.operations[0].line, 5u) << "the answer of the store";
  EXPECT_EQ(name_of(log.log, log.log.operations[0].hold), "sid 1");
  EXPECT_EQ(log.log.operations[2].named, log.log.operations[0].hold);
  EXPECT_TRUE(log.log.operations[0].waits);
}

TEST(OwnHistory, FindsTwoHoldersAndARefusalForNoReason) {
  EXPECT_EQ(said(granted(1, 1, 100) + granted(2, 2, 120)), "two holders");
  EXPECT_EQ(said(granted(1, 1, 100) + released(1, 1, 120) + refused(2, 2, 140)), "refused while free");
  EXPECT_EQ(said(granted(1, 1, 100) + granted(2, 2, 120, R"("mode":"shared")")), "two holders");
  EXPECT_EQ(said(granted(1, 1, 100, R"("mode":"shared")") + granted(2, 2, 120, R"("mode":"shared")")), "ok");
}

TEST(OwnHistory, SeveralRequestsOfOneProcessMayBeUnderWay) {
  EXPECT_EQ(said(R"(1 invoke lock 1 10 "ttl_ns":1000
1 invoke lock 2 10 "ttl_ns":1000
1 invoke try_lock 1 10 "ttl_ns":1000,"request":1
1 invoke try_lock 2 10 "ttl_ns":1000,"request":1
1 fail try_lock 2 20 "request":1,"reason":"refused"
1 ok try_lock 1 30 "request":1,"token":1
1 ok lock 1 30 "token":1
1 invoke renew 1 40 "ttl_ns":1000,"request":2
1 invoke try_lock 2 41 "ttl_ns":1000,"request":2
1 fail try_lock 2 50 "request":2,"reason":"refused"
1 ok renew 1 60 "request":2
1 fail lock 2 60 "reason":"timed_out"
)"),
            "ok");
}

TEST(OwnHistory, ARefusalMayBeOwedToTheLine) {
  const std::string waits = R"(3 invoke lock 3 100 "wait_ns":90
3 invoke try_lock 3 100 "request":1
)";
  const std::string gone = R"(3 fail try_lock 3 115 "request":1,"reason":"timed_out"
3 fail lock 3 115 "reason":"timed_out"
)";
  const std::string used = granted(1, 1, 10) + released(1, 1, 30);
  EXPECT_EQ(said(used + waits + gone + refused(2, 2, 140)), "ok") << "its place may still be kept";
  EXPECT_EQ(said(used + waits + gone + refused(2, 2, 400)), "refused while free");
}

TEST(OwnHistory, AWriterMayBecomeAReader) {
  const std::string lowered = R"(1 invoke renew 1 120 "ttl_ns":1000000,"mode":"shared","request":2
1 ok renew 1 130 "ttl_ns":1000000,"mode":"shared","request":2
)";
  EXPECT_EQ(said(granted(1, 1, 100) + lowered + granted(2, 2, 140, R"("mode":"shared")")), "ok");
  EXPECT_EQ(said(granted(1, 1, 100) + lowered + granted(2, 2, 140)), "two holders");
}

TEST(OwnHistory, KnowsTheCapacityOfSemaphores) {
  const std::string one = R"("mode":"permits","permits":2,"capacity":3)";
  EXPECT_EQ(said(granted(1, 1, 100, one) + granted(2, 2, 120, R"("mode":"permits","permits":1,"capacity":3)")), "ok");
  EXPECT_EQ(said(granted(1, 1, 100, one) + granted(2, 2, 120, one)), "too many holders");
}

TEST(OwnHistory, ABreakOrACrashOfTheStoreMayEndAHold) {
  EXPECT_EQ(said(granted(1, 1, 100) + "4 invoke break_lock - 115\n4 ok break_lock - 118\n" + granted(2, 2, 120)), "ok");
  EXPECT_EQ(said_of(read_text(lines_of(granted(1, 1, 100), kHead) +
                              R"({"process":0,"type":"process_crashed","time_ns":115})"
                              "\n" +
                              lines_of(granted(2, 2, 120)))),
            "ok");
}

TEST(OwnHistory, IsToldByItsFirstLineOnly) {
  const std::string story = granted(1, 1, 100);
  EXPECT_THAT(said_of(read_text(lines_of(story))), HasSubstr("2: process 1 asks again before the answer to line 1"));
  EXPECT_THAT(said(kHead + "\n"), HasSubstr("locks"));
  EXPECT_THAT(said_of(read_text(kHead + "\n" + kHead + "\n")), HasSubstr("2: has the type \"history\""));
}

TEST(OwnHistory, SaysWhatIsWrongByLine) {
  EXPECT_EQ(said("9 invoke lock 1 5\n"), "2: is of process 9, and the first line knows 5");
  EXPECT_EQ(said("1 invoke lock 1 5\n1 ok lock 1 4\n"), "3: is earlier than a line before it");
  EXPECT_EQ(said("1 invoke lock - 5\n"), "2: asks without a sid");
  EXPECT_EQ(said("1 invoke sing 1 5\n"), "2: has the op \"sing\", which no history has");
  EXPECT_EQ(said("1 fail lock 1 5 \"reason\":\"rain\"\n"), "2: has the reason \"rain\", which no history has");
  EXPECT_EQ(said("1 invoke lock 1 5 \"request\":-1\n"), "2: \"request\" has a value that it cannot have");
}

TEST(OwnHistory, WaitsAreJudgedToo) {
  const auto log = read(granted(1, 1, 100) + R"(2 invoke lock 2 120 "wait_ns":40
2 invoke try_lock 2 120 "request":1
2 fail try_lock 2 160 "request":1,"reason":"timed_out"
2 fail lock 2 160 "reason":"timed_out"
)");
  const auto waits = linear::judge_waits(log.log, {});
  ASSERT_EQ(waits.locks.size(), 1u);
  EXPECT_EQ(waits.locks[0].waits, 2u);
  EXPECT_EQ(waits.locks[0].longest_wait, 40);
}

TEST(OwnHistory, IsHarmlessWhenDamaged) {
  const std::string whole = lines_of(granted(1, 1, 100) + refused(2, 2, 120) + released(1, 1, 140), kHead);
  Dice dice(5);
  for (int i = 0; i < 10'000; ++i) {
    const auto log = read_text(damaged(whole, dice));
    for (const auto& verdict : linear::judge(log.log)) EXPECT_LE(verdict.evidence.size(), log.log.operations.size());
  }
}

}  // namespace
}  // namespace lockstep::models
