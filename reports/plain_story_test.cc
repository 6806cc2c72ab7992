// The plain story of a run: between three and seven sentences, with all that proves the violation, and with references
// that lead somewhere.
#include "reports/plain_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/account.h"
#include "reports/run_test.h"

namespace lockstep::reports {
namespace {

using Refers = Segment::Refers;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> told(const scenarios::RunResult& result, const scenarios::Scenario& scenario) {
  std::vector<std::string> sentences;
  for (const Sentence& sentence : plain_story(result, scenario)) {
    std::string& text = sentences.emplace_back();
    for (const Segment& s : sentence) text += s.refers == Refers::proof ? "(" + s.text + ")" : s.text;
  }
  return sentences;
}

TEST(PlainStory, TellsWhoWantedWhatWhatStruckAndWhyItIsWrong) {
  const auto s = RunStory::two_holders();
  EXPECT_THAT(
      told(s.result, s.scenario),
      ElementsAre(
          "Client 0 and client 1 share lock A. Server 0 lends it out for a limited time (a lease), each time "
          "with a number (its token).",
          "At 1.000 s client 0 asks for lock A and waits for up to 3 s; server 0 lends it to client 0 for 1 s, "
          "with token 1; client 0 believes to hold it for 990 ms(1).",
          "At 1.100 s client 0 is paused for 5 s and does nothing meanwhile, without knowing it.",
          "At 2.010 s client 1 asks for lock A and waits for up to 3 s.",
          "At 2.012 s server 0 takes lock A back from client 0, whose time is up by its clock.",
          "At 2.012 s server 0 lends lock A to client 1 for 1 s, with token 2; client 1 believes to hold it for "
          "990 ms(2).",
          "That is wrong because two must never believe at the same time that they hold one lock, "
          "since both then do what only one may do."));
}

TEST(PlainStory, IsTheAccountOfAViolationWithWhatTheVerdictSays) {
  auto s = RunStory::two_holders();
  const std::string account = account_of(s.result, s.scenario);
  EXPECT_THAT(account, testing::StartsWith("Client 0 and client 1 share lock A. "));
  EXPECT_THAT(account, HasSubstr(" client 0 believes to hold it for 990 ms. At 1.100 s client 0 is paused"));
  EXPECT_THAT(account, HasSubstr(" That breaks S2 belief-exclusion: "));
  EXPECT_THAT(account, testing::EndsWith("since both then do what only one may do."));
  s.scenario.about = "Found by seed 7, and shrunk. " + account;
  EXPECT_EQ(about_without_account(s.scenario, account), "Found by seed 7, and shrunk.");
  s.scenario.about = "Client 0 sleeps.";
  EXPECT_EQ(about_without_account(s.scenario, account), "Client 0 sleeps.");
  EXPECT_EQ(about_without_account(s.scenario, ""), "Client 0 sleeps.");
}

TEST(PlainStory, RefersOnlyToWhatThereIs) {
  const auto s = RunStory::two_holders();
  for (const Sentence& sentence : plain_story(s.result, s.scenario)) {
    for (const Segment& segment : sentence) {
      const std::size_t count = segment.refers == Refers::lane    ? s.result.history.processes.size()
                                : segment.refers == Refers::fault ? s.scenario.faults.size()
                                                                  : s.result.history.events.size();
      EXPECT_LT(segment.index, count) << segment.text;
    }
  }
}

TEST(PlainStory, HasThreeToSevenSentencesWhateverHappens) {
  auto s = RunStory::two_holders();
  for (int i = 0; i < 40; ++i) {
    s.at(std::chrono::milliseconds(1101 + i))
        .fault({sim::FaultKind::slow_disk, sim::TrueTime(1101ms), 1ms, 0, 0, i + 1});
  }
  const auto long_one = told(s.result, s.scenario);
  EXPECT_EQ(long_one.size(), 7u);
  std::string all;
  for (const auto& sentence : long_one) all += sentence;
  EXPECT_THAT(all, HasSubstr("(1)"));
  EXPECT_THAT(all, HasSubstr("(2)"));

  RunStory nothing;
  EXPECT_EQ(told(nothing.result, nothing.scenario).size(), 3u);
}

TEST(PlainStory, OfARunThatBrokeNothingSaysWhatItCameTo) {
  RunStory s;
  s.at(1s).wants(0, 1).store(EventType::granted, 1).believes(0, 1);
  s.result.verdicts.push_back({models::Property::lease_exclusion, models::Outcome::ok, 3, {}, "", ""});
  EXPECT_THAT(told(s.result, s.scenario).back(), HasSubstr("All 1 promise that could have been broken"));
}

TEST(PlainStory, TellsANameAsTextWhateverBytesItHas) {
  auto s = RunStory::two_holders();
  s.result.history.locks[0] = "<script>\x01\xff";
  EXPECT_THAT(told(s.result, s.scenario)[0], HasSubstr("lock <script>\\x01\\xff"));
}

}  // namespace
}  // namespace lockstep::reports
