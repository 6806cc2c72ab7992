// Logs that do not begin at the beginning: what came before excuses, and nothing else does. And lines, and leases that
// count from the asking.
#include "models/logs/cut.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/logs/made_log.h"
#include "models/logs/read_test.h"

namespace lockstep::models {
namespace {

std::string said(const std::string& story, std::uint64_t capacity = 0) {
  return said_of(read_text(lines_of(story), {.capacity = capacity, .cut = true}));
}

TEST(Cut, NoRefusalTellsAnything) {
  const std::string refused = "0 invoke try_lock 1 10\n0 fail try_lock 1 20\n";
  EXPECT_EQ(said_of(read_text(lines_of(refused))), "refused while free");
  EXPECT_EQ(said(refused), "ok");
  // Nor after others had it: one who asked before the log may have been granted it meanwhile, and be dead.
  const std::string used = R"(0 invoke try_lock 1 10
0 ok try_lock 1 20
0 invoke unlock 1 30
0 ok unlock 1 40
)";
  EXPECT_EQ(said(used + "1 invoke try_lock 2 50\n1 fail try_lock 2 60\n"), "ok");
  EXPECT_EQ(said(used + "1 invoke try_lock 2 50\n1 fail try_lock 2 60\n", 3), "ok");
  EXPECT_EQ(said(used + R"(1 invoke try_lock 2 50 "mode":"shared"
1 fail try_lock 2 60 "mode":"shared"
)"),
            "ok");
}

TEST(Cut, WhatIsAskedAndAnsweredInItIsJudged) {
  const std::string first = "0 invoke try_lock 1 10\n0 ok try_lock 1 20 \"token\":7\n";
  EXPECT_EQ(said(first + "1 invoke try_lock 2 30\n1 ok try_lock 2 40\n"), "two holders");
  EXPECT_EQ(said(first + "0 invoke renew 1 30\n0 fail renew 1 40\n"), "living hold denied");
  EXPECT_EQ(said(first + "0 invoke unlock 1 30\n0 ok unlock 1 40\n"
                         "1 invoke try_lock 2 50\n1 ok try_lock 2 60 \"token\":6\n"),
            "token went back");
}

TEST(Cut, WhoReleasesOrRenewsHadAskedBefore) {
  const std::string released = "0 invoke unlock 1 10\n0 ok unlock 1 20\n";
  EXPECT_EQ(said_of(read_text(lines_of(released))), "released without a grant");
  EXPECT_EQ(said(released), "ok");
  EXPECT_EQ(said("0 invoke renew 1 10 \"ttl_ns\":5\n0 ok renew 1 20\n0 invoke renew 1 30\n0 fail renew 1 40\n"), "ok");
  EXPECT_EQ(said("0 invoke unlock - 10\n0 ok unlock - 20\n"), "ok");
  EXPECT_EQ(said("1 invoke try_lock 2 1\n1 ok try_lock 2 5\n" + released), "ok")
      << "it may have been released before, and have been told so again";
}

TEST(Cut, AnswersMayHaveBeenAskedForBefore) {
  const std::string answered = "0 ok try_lock 1 10\n1 fail try_lock 2 12\n2 info try_lock 3 13\n";
  EXPECT_EQ(said_of(read_text(lines_of(answered))),
            "1: process 0 is answered without having asked; a log that lacks its beginning needs --cut");
  EXPECT_EQ(said(answered), "ok");
  EXPECT_EQ(said(answered + "0 ok unlock 1 20\n"), "4: process 0 is answered without having asked");
  const std::string others = "4 invoke try_lock 4 20\n4 ok try_lock 4 30\n";
  EXPECT_EQ(said(answered + others), "ok") << "another may have released it for the first one";
  EXPECT_EQ(said(answered + others + "0 invoke renew 1 40\n0 ok renew 1 50\n"), "renewed while not held");
  EXPECT_EQ(said("1 invoke unlock 1 10\n0 ok try_lock 1 20\n1 ok unlock 1 30\n"), "ok");
  const std::string nameless = R"({"process":0,"type":"ok","op":"try_lock","time_ns":5})";
  EXPECT_EQ(said_of(read_text(nameless + "\n" + lines_of(others), {.cut = true})), "ok") << "of which lock?";
}

TEST(Cut, LeasesAndModesMayHaveBeenToldBefore) {
  EXPECT_EQ(said("2 invoke try_lock 2 3000\n2 ok try_lock 2 3500\n1 ok try_lock 1 4000 \"ttl_ns\":2000\n"), "ok")
      << "its lease may have ended before the other one was granted";
  const std::string reader = "1 invoke lock 2 2 \"mode\":\"shared\"\n1 ok lock 2 5\n";
  EXPECT_EQ(said(reader + "0 ok try_lock 1 10\n0 invoke renew 1 11\n0 ok renew 1 12\n"), "ok");
  EXPECT_EQ(said(reader + "0 ok try_lock 1 10 \"mode\":\"exclusive\"\n0 invoke renew 1 11\n0 ok renew 1 12\n"), "ok")
      << "a renewal of before may have made a reader of it";
}

TEST(Cut, BreaksMayHaveBeenAskedForBefore) {
  const std::string two = "1 invoke try_lock 1 10\n1 ok try_lock 1 20\n2 invoke try_lock 2 30\n2 ok try_lock 2 40\n";
  const std::string third = "3 invoke try_lock 3 50\n3 ok try_lock 3 60\n";
  EXPECT_EQ(said(two + "9 ok break - 45\n"), "ok");
  EXPECT_EQ(said(two), "two holders") << "nothing is broken";
  const std::string breaks = "9 invoke break - 70\n9 ok break - 80\n";
  EXPECT_EQ(said(two + breaks), "ok") << "one that was under way when it began may have no answer";
  EXPECT_EQ(said(two + third + breaks), "granted while held") << "and that was one";
  EXPECT_EQ(said("1 ok try_lock 1 10\n1 invoke unlock 1 20\n1 fail unlock 1 30\n"), "ok");
}

TEST(Cut, AnyRestOfARightLogIsRight) {
  using enum MadeLog::Family;
  for (const auto family : {try_lock, lock, readers_writers, permits}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      std::vector<std::string> lines;
      const MadeLog recipe{.family = family,
                           .operations = 300,
                           .clients = 6,
                           .unknown = family == lock ? 0u : 3u,
                           .tokens = seed % 2 == 0,
                           .seed = seed};
      make_log(recipe, [&](const LogEvent& event) { lines.push_back(json_line(event)); });
      for (std::size_t from = 0; from < lines.size(); from += 37) {
        std::string text;
        for (std::size_t i = from; i < lines.size(); ++i) text += lines[i];
        EXPECT_EQ(said_of(read_text(text, {.cut = true})), "ok") << "seed " << seed << " from line " << from + 1;
      }
    }
  }
}

TEST(Cut, TheRestOfAWrongLogIsWrong) {
  using enum MadeLog::Family;
  for (const auto family : {try_lock, lock, readers_writers, permits}) {
    std::vector<std::string> lines;
    const MadeLog recipe{.family = family, .operations = 1000, .clients = 16, .wrong = true, .seed = 1};
    make_log(recipe, [&](const LogEvent& event) { lines.push_back(json_line(event)); });
    std::string text;
    for (std::size_t i = lines.size() / 4; i < lines.size(); ++i) text += lines[i];
    const auto read = read_text(text, {.cut = true});
    EXPECT_EQ(linear::judge(read.log).front().outcome, linear::Outcome::violation) << static_cast<int>(family);
  }
}

TEST(Cut, NamesSomebodyFromBefore) {
  const auto read = read_text(lines_of("0 invoke try_lock 1 10\n0 fail try_lock 1 20\n"), {.cut = true});
  ASSERT_EQ(read.log.holds, 2u);
  EXPECT_EQ(name_of(read.log, 1), "somebody from before the log");
}

TEST(Line, ExcusesARefusalWhileSomebodyWaits) {
  const std::string story = R"(0 invoke lock 1 10
1 invoke try_lock 2 20
1 fail try_lock 2 30
0 ok lock 1 40
)";
  const std::string later = "0 invoke unlock 1 50\n0 ok unlock 1 60\n1 invoke try_lock 3 70\n1 fail try_lock 3 80\n";
  EXPECT_EQ(said_of(read_text(lines_of(story), {.fair = true})), "ok");
  EXPECT_EQ(said_of(read_text(lines_of(story + later), {.fair = true})), "refused while free");
  EXPECT_EQ(said_of(read_text(lines_of(story + later + "2 invoke lock 4 80\n"), {.fair = true})), "ok");
}

TEST(Line, TellsItself) {
  const std::string refused = "0 invoke try_lock 1 10\n0 fail try_lock 1 20";
  EXPECT_EQ(said_of(read_text(lines_of(refused))), "refused while free");
  EXPECT_EQ(said_of(read_text(lines_of(refused + " \"in_line\":true"))), "ok");
  const std::string permits =
      "0 invoke try_lock 1 10 \"mode\":\"permits\",\"permits\":2\n"
      "0 fail try_lock 1 20 \"mode\":\"permits\",\"permits\":2,\"behind\":";
  EXPECT_EQ(said_of(read_text(lines_of(permits + "2"), {.capacity = 4})), "refused while free");
  EXPECT_EQ(said_of(read_text(lines_of(permits + "3"), {.capacity = 4})), "ok");
}

TEST(Leases, CountFromTheAskingWhereTheRulesSaySo) {
  const std::string story = R"(0 invoke try_lock 1 0 "ttl_ns":1000
0 ok try_lock 1 10
1 invoke lock 2 20 "ttl_ns":50
0 invoke unlock 1 80
0 ok unlock 1 90
1 ok lock 2 100
2 invoke try_lock 3 101
2 ok try_lock 3 102
)";
  EXPECT_EQ(said_of(read_text(lines_of(story))), "granted while held") << "it was granted at 80 at the earliest";
  EXPECT_EQ(said_of(read_text(lines_of(story), {.leases_from_asking = true})), "ok");
}

}  // namespace
}  // namespace lockstep::models
