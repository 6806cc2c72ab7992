// What lines of a log tell late, or not at all: capacities, times, reasons, questions.
#include "models/logs/builder.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "models/logs/log_reader.h"
#include "models/logs/read_test.h"

namespace lockstep::models {
namespace {

using Names = std::map<std::string, std::uint64_t, std::less<>>;

std::string said(const std::string& story, const LogRules& rules = {}) {
  return said_of(read_text(lines_of(story), rules));
}

ReadLog read_any(std::string text) {
  LogReader reader;
  const std::size_t size = text.size();
  text.resize(size + kReadPadding);
  reader.take(std::string_view(text).substr(0, size));
  return std::move(reader).result();
}

std::string permits(int sid, int asked, int told, const std::string& how = "ok") {
  const std::string more = "\"mode\":\"permits\",\"permits\":1,\"capacity\":2\n";
  return fmt::format("{0} invoke try_lock {0} {1} {4}{0} {3} try_lock {0} {2} {4}", sid, asked, told, how, more);
}

TEST(Capacity, MayBeToldByAnyLineOfTheLock) {
  const std::string two = permits(1, 10, 11) + permits(2, 12, 13);
  const std::string three = two + permits(3, 14, 15);
  for (const std::string first :
       {"9 invoke break - 1\n9 ok break - 2\n", "9 invoke unlock 9 1\n9 fail unlock 9 2\n",
        "9 invoke renew 9 1\n9 fail renew 9 2\n", "9 invoke try_lock 9 1\n9 fail try_lock 9 2 \"reason\":\"timeout\"\n",
        "9 invoke try_lock 9 1\n9 info try_lock 9 2\n"}) {
    EXPECT_EQ(said(first + two), "ok") << first;
    EXPECT_EQ(said(first + three), "too many holders") << first;
    EXPECT_EQ(said(first + two + permits(3, 14, 15, "fail")), "ok") << first;
  }
  EXPECT_EQ(said("9 ok unlock 9 1\n" + two, {.cut = true}), "ok");
  EXPECT_EQ(said("9 ok unlock 9 1\n" + three, {.cut = true}), "too many holders");
}

TEST(Capacity, MakesPermitsOfWhatWasAskedForBeforeItWasKnown) {
  const std::string before = "1 invoke try_lock 1 1\n1 ok try_lock 1 2\n2 invoke try_lock 2 3\n2 ok try_lock 2 4\n";
  EXPECT_EQ(said(before), "two holders");
  EXPECT_EQ(said(before + "2 invoke unlock 2 5 \"capacity\":2\n"), "ok");
  EXPECT_EQ(said("1 invoke try_lock 1 1\n1 fail try_lock 1 2 \"reason\":\"timeout\"\n" + permits(2, 5, 6) +
                 "1 invoke try_lock 1 7\n1 ok try_lock 1 8\n"),
            "ok")
      << "tried again for the same";
}

TEST(Capacity, LeavesAWriterWhatItIs) {
  const std::string tried = R"(1 invoke try_lock 1 1
1 fail try_lock 1 2 "reason":"timeout"
1 invoke try_lock 1 3 "mode":"exclusive"
1 ok try_lock 1 4
2 invoke try_lock 2 5
2 ok try_lock 2 6 "capacity":2
)";
  EXPECT_EQ(said(tried), "too many holders");
}

TEST(Capacity, OfAnAttemptThatIsTriedAgainIsTakenAlike) {
  const std::string tried = R"(1 invoke try_lock 1 1 "mode":"permits","permits":2,"capacity":3
1 fail try_lock 1 2 "reason":"timeout"
1 invoke try_lock 1 3 "mode":"permits","permits":2
)";
  EXPECT_EQ(said(tried + "1 ok try_lock 1 4 \"permits\":2\n"), "ok");
  EXPECT_EQ(said(tried + "1 ok try_lock 1 4 \"permits\":3\n"),
            "4: sid 1 is answered about another share of its lock than in line 2");
}

TEST(Capacity, IsToldOnce) {
  EXPECT_EQ(said(permits(1, 1, 2) + "2 invoke unlock 1 3 \"capacity\":3\n"),
            "3: tells a capacity of 3, and before it was 2");
  EXPECT_EQ(said("1 invoke try_lock 1 1 \"mode\":\"permits\"\n"),
            "1: asks for permits of a semaphore whose capacity is not known; --capacity tells it");
}

TEST(Times, AreToldByAllLinesOrByNone) {
  const std::string timed = lines_of("1 invoke try_lock 1 1000\n1 ok try_lock 1 2000\n");
  const std::string untimed = R"({"process":2,"type":"invoke","op":"try_lock","lock":"L"}
{"process":2,"type":"fail","op":"try_lock","lock":"L"}
)";
  EXPECT_EQ(said_of(read_text(untimed)), "refused while free");
  EXPECT_EQ(said_of(read_text(timed + untimed)), "3: has no time, although other lines have one");
  EXPECT_EQ(said_of(read_text(untimed + timed)), "3: has a time, although lines before it have none");
  EXPECT_EQ(said_of(read_text(R"({"process":"nemesis","type":"info","f":"start-partition"})"
                              "\n" +
                              timed)),
            "ok");
  EXPECT_EQ(
      read_any("{:process 0 :type :invoke :f :acquire :time 5}\n{:process 0 :type :ok :f :acquire}\n").bad.at(0).what,
      "has no time, although other lines have one");
}

TEST(Reasons, SayHowTheLockStoodInAnyCase) {
  const std::string refused = "1 invoke try_lock 1 1\n1 fail try_lock 1 2 \"reason\":";
  for (const std::string reason : {"held", "Held", "LOCKED", "not_acquired", "Already-Locked"}) {
    const auto read = read_text(lines_of(refused + "\"" + reason + "\"\n"));
    EXPECT_EQ(said_of(read), "refused while free") << reason;
    EXPECT_EQ(read.unknown_reasons, Names());
  }
  EXPECT_EQ(read_text(lines_of(refused + "\"Timed_Out\"\n")).unknown_reasons, Names());
}

TEST(Reasons, AreToldIfTheyAreNotKnown) {
  const std::string busy =
      "1 invoke try_lock 1 1\n1 fail try_lock 1 2 \"reason\":\"busy\"\n"
      "2 invoke try_lock 2 3\n2 fail try_lock 2 4 \"error\":\"busy\"\n"
      "2 invoke unlock 2 5\n2 fail unlock 2 6 \"reason\":\"what?\"\n"
      "3 invoke lock 3 5\n3 fail lock 3 6 \"reason\":\"gave up\"\n";
  const auto read = read_text(lines_of(busy));
  EXPECT_EQ(said_of(read), "ok");
  EXPECT_EQ(read.unknown_reasons, (Names{{"busy", 2}, {"what?", 1}})) << "no reason of one that waited matters";
  const auto edn = read_any(
      "{:process 0 :type :invoke :f :release}\n{:process 0 :type :fail :f :release :error [:conflict \"x\"]}\n"
      "{:process 0 :type :invoke :f :release}\n{:process 0 :type :fail :f :release :error :timeout}\n");
  EXPECT_EQ(edn.unknown_reasons, (Names{{"conflict", 1}}));
}

TEST(Questions, ThatWereNotUnderstoodAreNoReasonForCut) {
  const std::string cut = "process 1 is answered without having asked; a log that lacks its beginning needs --cut";
  const std::string lost =
      "process 1 is answered without having asked; its question may be a line that was not understood";
  const auto second = [](const std::string& text) { return read_any(text).bad.at(1).what; };
  const std::string answer = lines_of("1 ok try_lock 1 5\n");
  EXPECT_EQ(said("1 ok try_lock 1 5\n"), "1: " + cut);
  EXPECT_EQ(second(lines_of("1 invoke try_lock 1 1 \"mode\":\"bogus\"\n") + answer), lost);
  EXPECT_EQ(second(lines_of("1 invoke try_lock 1 1 \"mode\":\"permits\"\n") + answer), lost);
  EXPECT_EQ(second("{\"process\":1,\n" + answer), lost);
  EXPECT_EQ(second("what?\n" + answer), lost);
  EXPECT_EQ(second(lines_of("2 invoke try_lock 2 1 \"mode\":\"bogus\"\n") + answer), cut);
  EXPECT_EQ(second(lines_of("1 ok unlock 1 4\n") + answer), cut);
  EXPECT_EQ(second("{:process 1 :type :invoke :f :acquire :mode 5}\n{:process 1 :type :ok :f :acquire}\n"), lost);
}

}  // namespace
}  // namespace lockstep::models
