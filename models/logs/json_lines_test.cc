// Reading logs: what is understood, and what is said of what is not.
#include "models/logs/json_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "models/dice_test.h"
#include "models/linear/judge.h"
#include "models/logs/read_test.h"

namespace lockstep::models {
namespace {

using linear::Action;
using linear::Answer;
using linear::kNever;
using testing::HasSubstr;

ReadLog read(std::string text, const LogRules& rules = {}) {
  JsonLines lines(rules);
  const std::size_t size = text.size();
  text.resize(size + kReadPadding);
  lines.take(std::string_view(text).substr(0, size));
  return std::move(lines).result();
}

std::string what_is_wrong(const std::string& text) {
  const auto log = read(text);
  return log.bad.empty() ? "" : std::to_string(log.bad.front().number) + ": " + log.bad.front().what;
}

TEST(JsonLines, PairsEachAnswerWithItsQuestion) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"try_lock","lock":"L","owner":0,"sid":17,"time_ns":178852}
{"process":1,"type":"invoke","op":"try_lock","lock":"L","owner":1,"sid":18,"time_ns":178853}
{"process":0,"type":"ok","op":"try_lock","lock":"L","owner":0,"sid":17,"token":101,"time_ns":473191}
{"process":1,"type":"fail","op":"try_lock","lock":"L","owner":1,"sid":18,"time_ns":473192}
{"process":0,"type":"invoke","op":"unlock","lock":"L","owner":0,"sid":17,"time_ns":473193}
)");
  EXPECT_TRUE(log.bad.empty());
  ASSERT_EQ(log.log.operations.size(), 3u);
  const auto& grant = log.log.operations[0];
  EXPECT_EQ(grant.action, Action::acquire);
  EXPECT_EQ(grant.answer, Answer::yes);
  EXPECT_EQ(grant.token, 101u);
  EXPECT_EQ(grant.invoked, 178852);
  EXPECT_EQ(grant.returned, 473191);
  EXPECT_EQ(grant.line, 3u);
  EXPECT_EQ(log.log.operations[1].answer, Answer::no);
  EXPECT_EQ(log.log.operations[2].action, Action::release);
  EXPECT_EQ(log.log.operations[2].answer, Answer::unknown) << "it has no answer";
  EXPECT_EQ(log.log.operations[2].returned, kNever);
  EXPECT_EQ(log.log.operations[2].hold, grant.hold);
  EXPECT_EQ(name_of(log.log, grant.hold), "sid 17");
}

TEST(JsonLines, NeedNoSid) {
  const auto log = read(
      R"({"process":4,"type":"invoke","f":"acquire","lock":"L","time":1}
{"process":4,"type":"ok","f":"acquire","lock":"L","time":2}
{"process":4,"type":"invoke","f":"release","lock":"L","time":3}
{"process":4,"type":"ok","f":"release","lock":"L","time":4}
{"process":4,"type":"invoke","f":"acquire","lock":"L","time":5}
)");
  EXPECT_TRUE(log.bad.empty());
  ASSERT_EQ(log.log.operations.size(), 3u);
  EXPECT_EQ(log.log.operations[0].hold, log.log.operations[1].hold);
  EXPECT_NE(log.log.operations[0].hold, log.log.operations[2].hold);
}

TEST(JsonLines, TellWhoWaits) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"lock","lock":"L","sid":1,"time_ns":1}
{"process":1,"type":"invoke","op":"lock","lock":"L","sid":2,"time_ns":2}
{"process":2,"type":"invoke","op":"lock","lock":"L","sid":3,"time_ns":3}
{"process":3,"type":"invoke","op":"try_lock","lock":"L","sid":4,"time_ns":4}
{"process":0,"type":"ok","op":"lock","lock":"L","sid":1,"time_ns":5}
{"process":1,"type":"info","op":"lock","lock":"L","sid":2,"time_ns":6}
)");
  ASSERT_EQ(log.log.operations.size(), 4u);
  EXPECT_TRUE(log.log.operations[0].waits);
  EXPECT_FALSE(log.log.operations[1].waits) << "its client has stopped waiting";
  EXPECT_TRUE(log.log.operations[2].waits) << "it is not answered yet";
  EXPECT_FALSE(log.log.operations[3].waits);
}

TEST(JsonLines, CountWhatNoVerdictNeeds) {
  const auto log = read(
      R"({"process":"nemesis","type":"info","f":"start-partition","time":1}
{"type":"fault_began","fault":0,"time_ns":3}
{"process":3,"type":"ok","op":"write","lock":"L","token":7,"time_ns":9}
)");
  EXPECT_EQ(log.ignored, 3u);
  EXPECT_EQ(log.bad_lines, 0u);
}

std::string told_faults(const std::string& text) {
  std::string told;
  for (const linear::Fault& f : read(text).log.faults) {
    told += std::to_string(f.line) + ": " + f.what + " " + std::to_string(f.at) + "-";
    told += f.until == kNever ? ";" : std::to_string(f.until) + ";";
  }
  return told;
}

TEST(JsonLines, KeepFaultsToBeShown) {
  EXPECT_EQ(told_faults(R"({"type":"fault","fault":"reboot host 2","time_ns":5}
{"type":"fault","op":"partition","time_ns":7,"until_ns":9}
{"type":"fault_began","fault":0,"time_ns":10}
{"type":"fault_began","fault":1,"time_ns":11}
{"type":"fault_ended","fault":0,"time_ns":12}
{"process":3,"type":"process_started","time_ns":13}
{"process":3,"type":"process_crashed","time_ns":14}
{"process":3,"type":"process_started","time_ns":15}
)"),
            "1: reboot host 2 5-5;2: partition 7-9;3: fault 0 10-12;4: fault 1 11-;7: process 3 is down 14-15;");
}

TEST(JsonLines, KnowWhenJepsensNemesisBeginsAndEnds) {
  EXPECT_EQ(told_faults(R"({"process":"nemesis","type":"info","f":"start-partition","time":1}
{"process":"nemesis","type":"info","f":"start-partition","time":2}
{"process":"nemesis","type":"info","f":"kill","time":3}
{"type":"info","f":"kill","time":4,"process":"nemesis"}
{"process":"nemesis","type":"info","f":"stop-partition","time":5}
{"process":"nemesis","type":"info","f":"stop-partition","time":6}
)"),
            "1: partition 1-5;3: kill 3-4;");
}

TEST(JsonLines, KeepNoMoreFaultsAndWordsThanAnybodyReads) {
  std::string text;
  for (int i = 0; i < 10'500; ++i) text += R"({"type":"fault","fault":")" + std::string(1000, 'x') + "\"}\n";
  const auto log = read(text).log;
  EXPECT_EQ(log.faults.size(), 10'000u);
  EXPECT_EQ(log.faults.front().what.size(), 200u);
}

TEST(JsonLines, SayWhatIsWrongByLine) {
  const std::string invoke = R"({"process":0,"type":"invoke","op":"lock","lock":"L","sid":1,"time_ns":5})"
                             "\n";
  EXPECT_THAT(what_is_wrong("\n\nhello\n"), HasSubstr("3: is no JSON"));
  EXPECT_THAT(what_is_wrong("7\n"), HasSubstr("1: is no JSON object"));
  for (const std::string listed : {"[1]", "[", "]", "{\"a\":1},", "{\"a\":1} , \r"})
    EXPECT_THAT(what_is_wrong(listed + "\n"), HasSubstr("1: is of a list; a log is one JSON object a line")) << listed;
  EXPECT_THAT(what_is_wrong("{\"a\":1} x\n"), HasSubstr("1: is no JSON"));
  EXPECT_THAT(what_is_wrong(R"({"process":0,"type":7})"), HasSubstr("\"type\" has a value that it cannot have"));
  EXPECT_THAT(what_is_wrong(R"({"mode":"purple"})"),
              HasSubstr("\"mode\" has a value that it cannot have; it may be one of exclusive, shared and permits"));
  EXPECT_THAT(what_is_wrong(invoke + invoke), HasSubstr("2: process 0 asks again before the answer to line 1"));
  EXPECT_THAT(what_is_wrong(R"({"process":0,"type":"ok","op":"lock","lock":"L","sid":1,"time_ns":5})"),
              HasSubstr("process 0 is answered without having asked"));
  EXPECT_THAT(what_is_wrong(invoke + R"({"process":0,"type":"ok","op":"unlock","lock":"L","sid":1,"time_ns":6})"),
              HasSubstr("process 0 is answered what it did not ask in line 1"));
  EXPECT_THAT(what_is_wrong(invoke + R"({"process":0,"type":"ok","op":"lock","lock":"L","sid":1,"time_ns":2})"),
              HasSubstr("the answer is 3 ns before the question in line 1"));
  EXPECT_THAT(
      what_is_wrong(R"({"process":0,"type":"invoke","op":"unlock","lock":"L","time_ns":2}
{"process":0,"type":"ok","op":"unlock","lock":"L","time_ns":3})"),
      HasSubstr("2: process 0 asks about an attempt that it never made; if another process made it, both have to "
                "tell its sid; a log that lacks its beginning needs --cut"));
  EXPECT_THAT(what_is_wrong(invoke + R"({"process":1,"type":"invoke","op":"unlock","lock":"M","sid":1,"time_ns":6})"),
              HasSubstr("2: the attempt is one at another lock, L"));
  EXPECT_THAT(what_is_wrong(R"({"type":"invoke","op":"lock","lock":"L","time_ns":2})"), HasSubstr("tells no process"));
  EXPECT_THAT(what_is_wrong(R"({"time":9000000000000000000})"), HasSubstr("\"time\" has a value that it cannot have"));
}

TEST(JsonLines, NameAProcessAsItsLogDoes) {
  EXPECT_THAT(what_is_wrong(R"({"process":"pod-a","type":"ok","op":"lock","lock":"L","time_ns":2})"),
              HasSubstr("1: process pod-a is answered without having asked"));
}

TEST(JsonLines, PassOverWhatIsNull) {
  const auto log = read(R"({"process":0,"type":"invoke","op":"try_lock","lock":"L","sid":null,"token":null,"time_ns":1}
{"process":0,"type":"fail","op":"try_lock","lock":null,"error":null,"reason":null,"ttl_ns":null,"time_ns":2}
)");
  EXPECT_TRUE(log.bad.empty());
  ASSERT_EQ(log.log.operations.size(), 1u);
  EXPECT_EQ(log.log.operations[0].answer, Answer::no) << "a failure without a reason is a refusal";
}

TEST(JsonLines, LearnASidOfWordsFromTheAnswer) {
  const std::string log = R"({"process":0,"type":"invoke","op":"lock","lock":"L","time_ns":1}
{"process":0,"type":"ok","op":"lock","lock":"L","sid":"a","time_ns":2}
{"process":1,"type":"invoke","op":"unlock","lock":"L","sid":"a","time_ns":3}
{"process":1,"type":"ok","op":"unlock","lock":"L","sid":"a","time_ns":4}
)";
  EXPECT_TRUE(read(log).bad.empty());
  ASSERT_EQ(linear::judge(read(log).log).size(), 1u);
  EXPECT_EQ(linear::judge(read(log).log)[0].outcome, linear::Outcome::ok);
  EXPECT_THAT(what_is_wrong(R"({"process":0,"type":"invoke","op":"lock","lock":"L","sid":"a","time_ns":1}
{"process":0,"type":"ok","op":"lock","lock":"L","sid":"b","time_ns":2})"),
              HasSubstr("2: is of sid b, and its question was of sid a"));
}

TEST(JsonLines, GoOnWhenAnAttemptAsksForItsLockASecondTime) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"lock","lock":"L","sid":1,"time_ns":1}
{"process":0,"type":"ok","op":"lock","lock":"L","sid":1,"time_ns":2}
{"process":0,"type":"invoke","op":"lock","lock":"L","sid":1,"time_ns":3}
{"process":0,"type":"ok","op":"lock","lock":"L","sid":1,"time_ns":4}
{"process":0,"type":"invoke","op":"lock","lock":"L","sid":2,"time_ns":5}
)");
  ASSERT_EQ(log.bad_lines, 2u);
  EXPECT_THAT(log.bad[0].what, testing::HasSubstr("was granted its lock already in line 2"));
  EXPECT_THAT(log.bad[1].what, HasSubstr("process 0 is answered without having asked"));
  EXPECT_EQ(log.log.operations.size(), 2u);
}

TEST(JsonLines, LetAnAnswerLeaveOutTheLockAndAFailedReleaseStandAlone) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"unlock","lock":"L","time_ns":1}
{"process":0,"type":"fail","op":"unlock","time_ns":2}
{"process":"pod-a","type":"invoke","op":"lock","lock":"L","time_ns":3}
{"process":"pod-a","type":"ok","op":"lock","lock":"L","time_ns":4}
{"process":"nemesis","type":"info","op":"lock","lock":"L","time_ns":5}
)");
  EXPECT_TRUE(log.bad.empty());
  ASSERT_EQ(log.log.operations.size(), 2u) << "a name is as good as a number";
  EXPECT_EQ(log.log.operations[0].answer, Answer::no);
  EXPECT_EQ(log.ignored, 1u) << "Jepsen's nemesis is no client";
  for (const auto& verdict : linear::judge(log.log)) EXPECT_EQ(verdict.outcome, linear::Outcome::ok);
}

TEST(JsonLines, TakeFromTheAnswerWhatTheQuestionDidNotTell) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"lock","lock":"L","time_ns":1}
{"process":0,"type":"ok","op":"lock","sid":7,"mode":"shared","ttl_ns":50,"time_ns":2}
{"process":1,"type":"invoke","op":"unlock","lock":"L","sid":7,"time_ns":3}
{"process":1,"type":"ok","op":"unlock","sid":7,"time_ns":4}
{"process":2,"type":"invoke","op":"lock","lock":"L","sid":8,"time_ns":5}
{"process":2,"type":"ok","op":"lock","sid":7,"time_ns":6}
)");
  ASSERT_EQ(log.log.operations.size(), 3u);
  EXPECT_EQ(log.log.operations[0].mode, linear::Mode::shared);
  EXPECT_EQ(log.log.operations[0].ttl, 50);
  EXPECT_EQ(log.log.operations[1].hold, log.log.operations[0].hold);
  ASSERT_EQ(log.bad_lines, 1u);
  EXPECT_EQ(log.bad[0].what, "is of sid 7, and its question was of sid 8");
}

TEST(JsonLines, SayWhatTheyDoNotUnderstand) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"lock","lock":"L","time_ns":1}
{"process":0,"type":"OK","op":"lock","lock":"L","time_ns":2}
{"process":0,"type":"invoke","op":"free","lock":"L","time_ns":3}
{"process":0,"type":"ok","op":"free","lock":"L","time_ns":4}
)");
  ASSERT_EQ(log.bad_lines, 1u);
  EXPECT_EQ(log.bad[0].what, "has the type \"OK\"; there are invoke, ok, fail and info");
  EXPECT_EQ(log.unknown_ops.at("free"), 2u);
  EXPECT_TRUE(log.left_out_of_a_lock);
}

TEST(JsonLines, SayWhichEventOfALockTellsNoOperation) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"lock","lock":"L","time_ns":1}
{"process":0,"type":"ok","lock":"L","time_ns":2}
{"process":0,"type":"ok","note":"of no lock","time_ns":3}
)");
  ASSERT_EQ(log.bad_lines, 1u);
  EXPECT_EQ(log.bad[0].number, 2u);
  EXPECT_EQ(log.bad[0].what, "names a lock and tells no op");
}

TEST(JsonLines, LeaveAnOwnerWhatItHadBeforeItsAttemptFailed) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"lock","lock":"L","owner":7,"time_ns":1}
{"process":0,"type":"ok","op":"lock","lock":"L","time_ns":2}
{"process":1,"type":"invoke","op":"try_lock","lock":"L","owner":7,"time_ns":3}
{"process":2,"type":"invoke","op":"try_lock","lock":"L","owner":7,"time_ns":4}
{"process":1,"type":"fail","op":"try_lock","time_ns":5}
{"process":2,"type":"fail","op":"try_lock","time_ns":6}
{"process":3,"type":"invoke","op":"unlock","lock":"L","owner":7,"time_ns":7}
{"process":3,"type":"ok","op":"unlock","time_ns":8}
)");
  EXPECT_TRUE(log.bad.empty());
  ASSERT_EQ(log.log.operations.size(), 4u);
  EXPECT_EQ(log.log.operations[3].hold, log.log.operations[0].hold);
}

TEST(JsonLines, TakeOtherNamesOfOperations) {
  const auto log = read(
      R"({"process":0,"type":"invoke","op":"grab","lock":"L","time_ns":1}
{"process":0,"type":"fail","op":"grab","lock":"L","time_ns":2}
)",
      {.ops = {{"grab", LogEvent::Op::try_lock}}});
  ASSERT_EQ(log.log.operations.size(), 1u);
  EXPECT_EQ(log.log.operations[0].answer, Answer::no);
}

TEST(JsonLines, GoOnBehindABadLine) {
  const auto log = read(
      "?\n"
      R"({"process":0,"type":"invoke","op":"lock","lock":"L","sid":1,"time_ns":5})");
  EXPECT_EQ(log.bad_lines, 1u);
  EXPECT_EQ(log.log.operations.size(), 1u);
}

TEST(JsonLines, TakeAnyNumbers) {
  const auto log = read(
      R"({"process":-5,"type":"invoke","op":"lock","lock":"L","sid":9000000000000000000,"time_ns":5}
{"process":4000000000,"type":"invoke","op":"lock","lock":"L","sid":"a-b","time_ns":5}
{"process":3,"type":"invoke","op":"lock","lock":"L","sid":-1,"time_ns":-5}
)");
  EXPECT_TRUE(log.bad.empty());
  EXPECT_EQ(log.log.holds, 3u);
  EXPECT_EQ(name_of(log.log, 0), "sid 9000000000000000000");
  EXPECT_EQ(name_of(log.log, 1), "sid a-b");
}

TEST(JsonLines, AreHarmlessWhenDamaged) {
  const std::string whole =
      R"({"process":0,"type":"invoke","op":"try_lock","lock":"L","owner":0,"sid":17,"mode":"shared","permits":2,"time_ns":178852}
{"process":0,"type":"ok","op":"try_lock","lock":"L","owner":0,"sid":17,"token":101,"capacity":3,"time_ns":473191}
{"process":0,"type":"invoke","op":"unlock","lock":"L","owner":0,"sid":17,"time_ns":473193}
)";
  Dice dice(5);
  for (int i = 0; i < 20'000; ++i) {
    const auto log = read(damaged(whole, dice));
    for (const auto& verdict : linear::judge(log.log)) EXPECT_LE(verdict.evidence.size(), log.log.operations.size());
  }
}

}  // namespace
}  // namespace lockstep::models
