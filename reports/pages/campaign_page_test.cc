// A campaign as a document: everything that the page shows, in words that are made here, and nothing of the machine
// outside its place.
#include "reports/pages/campaign_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/pages/page.h"
#include "reports/summary_test.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using models::EventType;
using models::Op;
using models::Reason;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

Json told(const CampaignSummary& summary, const FailuresTold& failures = {}) {
  return campaign_document({summary}, failures).at("campaigns").at(0);
}

std::string verdict_on(const Json& campaign, std::string_view id) {
  for (const Json& p : campaign.at("properties")) {
    if (p.at("id") == id) return p.at("verdict");
  }
  return "missing";
}

CampaignSummary with_coverage() {
  CampaignSummary s = clean_campaign();  // in which faults 0 and 5 struck
  auto& granted = s.sums.coverage.endings[{Op::lock, EventType::ok, Reason::none}];
  granted.total = 100;
  granted.during[0] = 7;
  auto& lost = s.sums.coverage.endings[{Op::renew, EventType::info, Reason::unreachable}];
  lost.total = 9;
  lost.during[0] = 9;
  lost.during[5] = 2;
  s.sums.coverage.endings[{Op::lock, EventType::invoke, Reason::none}].total = 1;
  return s;
}

TEST(CampaignPage, GivesEachPromiseItsVerdictAndItsCounts) {
  CampaignSummary s = broken_campaign();
  s.asserted &= ~(models::bit(Property::fifo) | models::bit(Property::events) | models::bit(Property::names));
  sums(s, Property::expiry).exercised = 0;
  sums(s, Property::progress).undecided = 2;
  sums(s, Property::events).exercised = 0;
  sums(s, Property::names).violations = 1;
  const Json campaign = told(s);
  EXPECT_EQ(verdict_on(campaign, "S1"), "kept");
  EXPECT_EQ(verdict_on(campaign, "S8"), "broken");
  EXPECT_EQ(verdict_on(campaign, "L1"), "not exercised");
  EXPECT_EQ(verdict_on(campaign, "L2"), "undecided");
  EXPECT_EQ(verdict_on(campaign, "L3"), "kept, not asked");
  EXPECT_EQ(verdict_on(campaign, "E1"), "not asked");
  EXPECT_EQ(verdict_on(campaign, "N1"), "broken, not asked");
  EXPECT_EQ(campaign.at("properties").at(0).at("exercised"), 10'500);
  EXPECT_EQ(campaign.at("properties").size(), std::size_t{models::kPropertyCount});
}

TEST(CampaignPage, SaysWhatWasNotCovered) {
  CampaignSummary s = with_coverage();
  s.seeds_wanted = 1000;
  sums(s, Property::expiry).exercised = 0;
  sums(s, Property::progress).undecided = 2;
  s.asserted &= ~models::bit(Property::fifo);
  const auto said = not_covered(s);
  EXPECT_THAT(said, Contains("588 of the 1 000 seeds wanted were not run."));
  EXPECT_THAT(said, Contains("No run got into a situation in which L1 expiry could have been broken."));
  EXPECT_THAT(said, Contains("Not decided within the checkers' budget: L2 progress in 2 runs."));
  EXPECT_THAT(said, Contains(HasSubstr("Not asked of this lock: L3 fifo.")));
  EXPECT_THAT(said, Contains(HasSubstr("Faults that never struck: pause-process, reboot-host, cut-link,")));
  EXPECT_THAT(said, Each(Not(HasSubstr("crash-process"))));
  EXPECT_THAT(said,
              Contains("Operations that nobody asked for: try lock, unlock, inspect, write, break lock and watch."));
  EXPECT_THAT(said,
              Contains(HasSubstr("Of 6 combinations of an operation, its outcome and a fault, 3 never happened")));
  EXPECT_THAT(said, Contains(HasSubstr("No planted bug was hunted")));
  EXPECT_THAT(said, Contains("387 of 412 runs were not repeated to see whether they come out the same."));
  EXPECT_THAT(said.back(), HasSubstr("simulated"));
}

TEST(CampaignPage, OfACampaignThatDidItAllSaysThatItWasSimulated) {
  CampaignSummary s = with_coverage();
  for (auto& struck : s.sums.faults) struck = 5;
  for (int op = 1; op <= static_cast<int>(Op::watch); ++op)
    s.sums.coverage.endings[{static_cast<Op>(op), EventType::ok, Reason::none}];
  for (auto& [ending, counts] : s.sums.coverage.endings) counts.during.fill(1);
  s.seeds_wanted = s.sums.determinism_checked = s.sums.runs;
  s.stories = 1;
  s.canaries = {{.name = "memory+x", .caught = true, .runs = 2}};
  EXPECT_EQ(not_covered(s).size(), 1u) << ::testing::PrintToString(not_covered(s));
}

TEST(CampaignPage, TellsOperationsOutcomesAndTheFaultsThatStruck) {
  const Json coverage = told(with_coverage()).at("coverage");
  EXPECT_EQ(coverage.at("faults"), (Json{"crash-process", "isolate-host"}));
  const Json unanswered = {{"operation", "lock"}, {"outcome", "unanswered"}, {"total", 1}, {"during", {0, 0}}};
  const Json granted = {{"operation", "lock"}, {"outcome", "ok"}, {"total", 100}, {"during", {7, 0}}};
  const Json lost = {{"operation", "renew"}, {"outcome", "unknown, unreachable"}, {"total", 9}, {"during", {9, 2}}};
  EXPECT_EQ(coverage.at("rows"), (Json{unanswered, granted, lost}));
}

TEST(CampaignPage, ShowsOneFailureOfEachKindWithItsStoryAndItsPage) {
  const Json groups =
      told(broken_campaign(), {{"findings/seed-40.json", {"It forgot.", "seed-40.html"}}}).at("failures");
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].at("shape"), "lease lost");
  EXPECT_FALSE(groups[0].contains("account"));
  EXPECT_FALSE(groups[0].contains("page"));
  EXPECT_EQ(groups[1].at("shape"), "token forgotten");
  EXPECT_EQ(groups[1].at("runs"), 2);
  EXPECT_EQ(groups[1].at("smallest"), "seed 40");
  EXPECT_EQ(groups[1].at("origins"), (Json{"seed 17", "seed 40"}));
  EXPECT_EQ(groups[1].at("replay"), "./lockstep replay findings/seed-40.json");
  EXPECT_EQ(groups[1].at("account"), "It forgot.");
  EXPECT_EQ(groups[1].at("page"), "seed-40.html");
  EXPECT_EQ(groups[1].at("trace_hash"), "abcdef0123456789");
}

TEST(CampaignPage, KeepsWhatIsOfTheMachineInOnePlace) {
  CampaignSummary one = broken_campaign(), other = one;
  other.seconds = 77;
  other.jobs = 64;
  other.moments = {{std::chrono::seconds(3), 412, 3}};
  for (auto& f : other.failures) f.shrink_seconds = 9;
  Json a = campaign_document({one}, {}), b = campaign_document({other}, {});
  EXPECT_NE(a, b);
  a.at("campaigns").at(0).erase("machine"), b.at("campaigns").at(0).erase("machine");
  EXPECT_EQ(a.dump(), b.dump());
}

TEST(CampaignPage, ThinsOutMomentsButNotTheOnesOfFewFailures) {
  CampaignSummary s = clean_campaign();
  for (int i = 0; i < 10'000; ++i) s.moments.push_back({std::chrono::milliseconds(i), 48, i % 4000 == 7 ? 2u : 0u});
  const Json moments = told(s).at("machine").at("moments");
  EXPECT_LT(moments.size(), 200u);
  EXPECT_EQ(moments.back(), (Json{9'999'000'000, 480'000, 6}));
  EXPECT_THAT(moments, Contains(Json{7'000'000, 8 * 48, 2}));
  EXPECT_THAT(moments, Contains(Json{4'007'000'000, 4008 * 48, 4}));
  for (auto& moment : s.moments) moment.failures = 1;
  const Json many = told(s).at("machine").at("moments");
  EXPECT_LT(many.size(), 200u);
  EXPECT_EQ(many.back(), (Json{9'999'000'000, 480'000, 10'000}));
}

TEST(CampaignPage, TakesNoStoryForASeed) {
  CampaignSummary s = broken_campaign();
  s.failures[0].story = "a-story";
  s.seeds_wanted = 1000;
  EXPECT_THAT(not_covered(s)[0], testing::StartsWith("589 of the 1 000 seeds wanted were not run"));
  EXPECT_EQ(told(s).at("seeds_run"), 411);
  EXPECT_EQ(told(s).at("stories_failed"), 1);
}

TEST(CampaignPage, SaysHowFarAnUnfinishedCampaignIs) {
  CampaignSummary s = clean_campaign();
  s.outcome = CampaignOutcome::interrupted;
  s.seeds_wanted = 1000;
  EXPECT_EQ(told(s).at("state"), "interrupted");
  s.finished = false;
  EXPECT_EQ(told(s).at("state"), "not finished");
  EXPECT_EQ(told(s).at("answer"),
            "Killed, or stopped at once, after 412 of 1 000 runs: sqlite has broken nothing so far.");
  s.at_work = true;
  EXPECT_EQ(told(s).at("state"), "at work");
  EXPECT_EQ(told(s).at("answer"), "Still at work, after 412 of 1 000 runs: sqlite has broken nothing so far.");
  s = broken_campaign();
  s.finished = false;
  EXPECT_EQ(told(s).at("answer"),
            "sqlite broke S8 durability in 3 of 412 runs; the first is seed 17. It was killed, or "
            "stopped at once, before its end.");
}

TEST(CampaignPage, OfSeveralSaysFirstWhichOfThemAreWell) {
  CampaignSummary other = broken_campaign();
  other.backend = "memory";
  const Json document = campaign_document({clean_campaign(), other}, {});
  EXPECT_EQ(document.at("answer"),
            "Of 2 campaigns 1 found a violation: memory (within-claims); 1 clean: sqlite (within-claims).");
  EXPECT_EQ(document.at("campaigns").size(), 2u);
}

TEST(CampaignPage, LetsHostileNamesBeNames) {
  const std::string hostile = "</script><img src=x onerror=alert(1)>";
  CampaignSummary s = broken_campaign();
  s.backend = s.failures[0].shape = s.failures[0].sentence = s.failures[0].file = hostile;
  s.divergences = s.crashes = {hostile};
  s.canaries = {{.name = hostile}};
  s.version = s.program = hostile;
  EXPECT_THAT(page(campaign_document({s}, {{hostile, {hostile, hostile}}})), Not(HasSubstr("<img")));
}

}  // namespace
}  // namespace lockstep::reports
