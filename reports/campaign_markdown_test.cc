// What stands in the comment on a pull request: the answer first, what to paste, and nothing that a strange name could
// have turned into markup.
#include "reports/campaign_markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/summary_test.h"

namespace lockstep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string markdown_of(const CampaignSummary& s) { return campaign_markdown(s, "0.1.0"); }

TEST(CampaignMarkdown, BeginsWithTheAnswerAndAVerdictOnEachProperty) {
  EXPECT_THAT(
      markdown_of(clean_campaign()),
      AllOf(StartsWith(
                "**sqlite kept every promise in 412 runs: no violation, every property exercised, 25 runs repeated "
                "without a difference.**\n\n| property | asserted | verdict |"),
            HasSubstr("| S8 durability | yes | kept | 412 | 400 | 0 |\n"), Not(HasSubstr("How it failed"))));
}

TEST(CampaignMarkdown, ShowsHowEachFailureIsReplayed) {
  EXPECT_THAT(markdown_of(broken_campaign()),
              AllOf(HasSubstr("| S8 durability | yes | **BROKEN** | 412 | 400 | 3 |\n"),
                    HasSubstr("**S8 durability: lease lost** in 1 run: seed 99.\n\nthe lease of client 0 was lost.\n\n"
                              "```sh\n./lockstep replay findings/seed-99.json\n```\n"),
                    HasSubstr("**S8 durability: token forgotten** in 2 runs: seeds 17 and 40.")));
}

TEST(CampaignMarkdown, SaysWhatWasNotExercised) {
  auto s = clean_campaign();
  sums(s, Property::expiry) = {.runs = 412};
  EXPECT_THAT(markdown_of(s),
              AllOf(HasSubstr("| L1 expiry | yes | **not exercised** | 412 | 0 | 0 |\n"),
                    HasSubstr("**Not exercised: L1 expiry.** Faults that never struck: pause-process, ")));
  EXPECT_THAT(markdown_of(clean_campaign()), HasSubstr("Every asserted property was exercised. Faults that never"));
}

TEST(CampaignMarkdown, FoldsUpWhatFewWillAskForAndNamesMachineAndVersion) {
  EXPECT_THAT(markdown_of(clean_campaign()),
              AllOf(HasSubstr("<details><summary>Faults that struck, planted bugs</summary>\n\n| fault | struck |"),
                    HasSubstr("412 runs in 4.1 s on 2 cores, 100 a second; 2 h 17 min simulated."),
                    HasSubstr("Lockstep 0.1.0.\n")));
}

TEST(CampaignMarkdown, ListsFindingsThatAreNotAsserted) {
  EXPECT_THAT(markdown_of(found_beyond_claims()),
              AllOf(HasSubstr("**S2 belief-exclusion: two holders** in 5 runs, not asserted; the first is seed 7."),
                    HasSubstr("--profile beyond-claims --seed 7\n```")));
}

TEST(CampaignMarkdown, TellsOfRunsThatDidNotRepeatAndWorkersThatDied) {
  auto s = clean_campaign();
  s.outcome = CampaignOutcome::non_deterministic;
  s.divergences = {"seed 7: a differs"};
  s.crashes = std::vector<std::string>(7, "seed 9: signal 11");
  EXPECT_THAT(markdown_of(s), AllOf(HasSubstr("### Runs that did not repeat\n\nseed 7: a differs\n"),
                                    HasSubstr("seed 9: signal 11\n\n```sh\n./lockstep replay --backend sqlite"),
                                    HasSubstr("And 2 more.\n")));
}

TEST(CampaignMarkdown, TakesStrangeTextForTextAndNothingElse) {
  auto s = broken_campaign();
  const std::string strange = "a|b `c` <img src=x> [d](e) *f*\n# g @h #12 https://x \x01";
  s.failures = {failure(17, Property::durability, strange, strange)};
  s.failures[0].file = "a b`\n```\n.json";
  const std::string text = markdown_of(s);
  EXPECT_THAT(text, HasSubstr("a\\|b \\`c\\` \\<img src=x\\> \\[d\\](e) \\*f\\* #<!-- --> g @<!-- -->h #<!-- -->12 "
                              "https:<!-- -->//x \\\\x01"));
  EXPECT_THAT(text, HasSubstr("\n````sh\n./lockstep replay 'a b`\n```\n.json'\n````\n"))
      << "the fence is longer than what is inside";
}

TEST(CampaignMarkdown, FitsIntoACommentAndSaysHowManyWaysToFailItLeftOut) {
  auto s = broken_campaign();
  s.failures.clear();
  for (std::uint64_t i = 0; i < 3000; ++i)
    s.failures.push_back(failure(i, Property::durability, "shape " + std::to_string(i), std::string(900, '@')));
  const std::string text = markdown_of(s);
  EXPECT_LE(text.size(), kLongestComment);
  EXPECT_GT(text.size(), kLongestComment - 4000) << "the room is used";
  std::size_t shown = 0;
  for (std::size_t at = 0; (at = text.find("**S8 durability: shape ", at)) != std::string::npos; ++at) ++shown;
  const std::string left = std::to_string(3000 - shown);
  EXPECT_THAT(text, HasSubstr(left[0] + (" " + left.substr(1)) + " ways to fail are left out here"));
  EXPECT_THAT(text, HasSubstr("further ways to fail</summary>"));
}

TEST(CampaignMarkdown, HasRoomForTheRestWhateverALockSays) {
  auto s = broken_campaign();
  s.divergences = s.crashes = std::vector<std::string>(100, "seed 1: " + std::string(100'000, '@'));
  s.failures = {failure(1, Property::durability, std::string(100'000, '`'), std::string(100'000, '\n'))};
  const std::string text = campaign_markdown(s, "0.1.0", kLongestComment / 2);
  EXPECT_LE(text.size(), kLongestComment / 2);
  EXPECT_THAT(text, HasSubstr("Lockstep 0.1.0.\n"));
}

TEST(Markdown, HasSpansAndBlocksThatBackticksDoNotEnd) {
  EXPECT_EQ(markdown_code("a b"), "`a b`");
  EXPECT_EQ(markdown_code("`a``b"), "``` `a``b ```");
  EXPECT_EQ(markdown_shell("a\nb"), "\n```sh\na\nb\n```\n\n");
}

}  // namespace
}  // namespace lockstep::reports
