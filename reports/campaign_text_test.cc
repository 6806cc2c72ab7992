// What a campaign says to people, whole for a clean one and in parts for others.
#include "reports/campaign_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "reports/campaign_answer.h"
#include "reports/summary_test.h"

namespace lockstep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr TextStyle kPlain{.colour = false, .width = 100};

TEST(CampaignAnswer, IsOneSentenceForACleanCampaign) {
  EXPECT_EQ(answer(clean_campaign()),
            "sqlite kept every promise in 412 runs: no violation, every property exercised, 25 runs repeated without "
            "a difference.");
}

TEST(CampaignAnswer, ClaimsNoMoreThanWasAskedAndRepeated) {
  auto s = clean_campaign();
  s.asserted = models::kAllProperties & ~models::bit(Property::durability);
  s.sums.determinism_checked = 0;
  EXPECT_EQ(answer(s),
            "sqlite kept the 15 promises asked of it in 412 runs: no violation, every one exercised, no run repeated.");
}

TEST(CampaignAnswer, NamesTheOnlyPromiseThatWasAskedFor) {
  EXPECT_EQ(answer(found_beyond_claims()),
            "sqlite kept S5 fenced-writes, all that was asked of it, in 412 runs: no violation, it was exercised, 25 "
            "runs repeated without a difference. Not asked of it, and broken: S2.");
}

TEST(CampaignAnswer, NamesTheBrokenPropertyAndTheFirstSeed) {
  EXPECT_EQ(answer(broken_campaign()), "sqlite broke S8 durability in 3 of 412 runs; the first is seed 17.");
}

TEST(CampaignAnswer, NamesUpToThreeBrokenPropertiesAndCountsMore) {
  auto s = broken_campaign();
  sums(s, Property::belief_exclusion).violations = 1;
  EXPECT_EQ(answer(s),
            "sqlite broke S2 belief-exclusion in 1 and S8 durability in 3 of 412 runs; the first is seed 17.");
  sums(s, Property::fencing_order).violations = 1;
  sums(s, Property::fenced_writes).violations = 1;
  EXPECT_EQ(answer(s), "sqlite broke 4 promises (S2, S4, S5 and S8) in 412 runs; the first is seed 17.");
}

TEST(CampaignAnswer, LeavesOutWhatIsNotAsserted) {
  auto s = broken_campaign();
  sums(s, Property::belief_exclusion).violations = 7;
  s.asserted = models::bit(Property::durability);
  EXPECT_EQ(answer(s), "sqlite broke S8 durability in 3 of 412 runs; the first is seed 17.");
}

TEST(CampaignAnswer, SaysWhatWasMissing) {
  auto s = clean_campaign();
  s.outcome = CampaignOutcome::inconclusive;
  sums(s, Property::expiry) = {.runs = 412};
  EXPECT_EQ(answer(s),
            "Inconclusive: nothing exercised L1 expiry in 412 runs of sqlite; run more seeds or stronger faults.");
  sums(s, Property::expiry) = {.runs = 412, .exercised_runs = 1, .exercised = 1, .undecided = 2};
  EXPECT_EQ(answer(s), "Inconclusive: L1 expiry in 2 of 412 runs of sqlite could not be decided.");
  s.sums = {};
  EXPECT_EQ(answer(s), "Inconclusive: sqlite was not run; give it seeds.");
}

TEST(CampaignAnswer, QuotesTheFirstDifferenceOfRunsThatDidNotRepeat) {
  auto s = clean_campaign();
  s.outcome = CampaignOutcome::non_deterministic;
  s.sums.determinism_mismatches = 2;
  s.divergences = {"seed 7: event 12 differs", "seed 9: event 4 differs"};
  EXPECT_EQ(answer(s),
            "Not deterministic: 2 of 25 repeated runs of sqlite differed from the first time: seed 7: event 12 "
            "differs.");
}

TEST(CampaignAnswer, SaysHowFarAnInterruptedCampaignCame) {
  auto s = clean_campaign();
  s.outcome = CampaignOutcome::interrupted;
  s.seeds_wanted = 10'000;
  EXPECT_EQ(answer(s), "Interrupted after 412 of 10 000 runs: sqlite has broken nothing so far.");
  sums(s, Property::durability).violations = 1;
  EXPECT_EQ(answer(s), "Interrupted after 412 of 10 000 runs: sqlite broke S8 durability in 1 of 412 runs.");
}

TEST(CampaignAnswer, SaysThatItEndedWithTheStoriesBeforeAnySeed) {
  auto s = broken_campaign();
  s.sums.runs = s.failures.size();
  for (auto& failure : s.failures) failure.story = "a-story";
  EXPECT_EQ(
      answer(s),
      "sqlite broke S8 durability in 3 of 3 runs; the first is story a-story. Stories come first, so it ended before "
      "the first of 412 seeds; --keep-going goes on.");
  s.sums.runs = 4;  // a seed was run
  EXPECT_EQ(answer(s), "sqlite broke S8 durability in 3 of 4 runs; the first is story a-story.");
}

TEST(CampaignAnswer, CountsADeadWorkerAsAViolationOfItsOwn) {
  auto s = clean_campaign();
  s.outcome = CampaignOutcome::violation;
  s.sums.crashed = 1;
  s.crashes = {"seed 9: signal 11"};
  EXPECT_EQ(answer(s), "sqlite brought its worker down in 1 of 412 runs; the first: seed 9: signal 11.");
}

TEST(CampaignText, TellsACleanCampaignWhole) {
  EXPECT_EQ(campaign_text(clean_campaign(), kPlain),
            R"(sqlite kept every promise in 412 runs: no violation, every property exercised, 25 runs repeated
without a difference.

sqlite, within-claims
                        runs  exercised   times  broken
  S1  lease-exclusion    412        400  10 500       0  kept
  S2  belief-exclusion   412        400  10 500       0  kept
  S3  linearizable       412        400  10 500       0  kept
  S4  fencing-order      412        400  10 500       0  kept
  S5  fenced-writes      412        400  10 500       0  kept
  S6  ownership          412        400  10 500       0  kept
  S7  idempotence        412        400  10 500       0  kept
  S8  durability         412        400  10 500       0  kept
  S9  no-phantom-hold    412        400  10 500       0  kept
  E1  events             412        400  10 500       0  kept
  N1  names              412        400  10 500       0  kept
  L1  expiry             412        400  10 500       0  kept
  L2  progress           412        400  10 500       0  kept
  L3  fifo               412        400  10 500       0  kept
  L4  timely             412        400  10 500       0  kept
  L5  deadlock-free      412        400  10 500       0  kept

Faults that struck
  crash-process          1 234      isolate-host              56
  not exercised: pause-process, reboot-host, cut-link, cut-one-way, lossy-link, duplicating-link,
  slow-link, step-wall, freeze-wall, drift-monotonic, freeze-monotonic, slow-disk, full-disk,
  failing-writes, failing-syncs, failing-reads and lying-syncs

Speed
  412 runs in 4.1 s on 2 cores: 100 runs/s, 50.0 runs/s/core, 2 000 ns per simulated event
  2 h 17 min simulated, 2 000 times real time; 4 120 000 events, 98 000 messages, of them 1 200 lost
  and 0 sent twice
)");
}

TEST(CampaignText, KeepsTo80Columns) {
  CampaignSummary s = found_beyond_claims();
  s.sums.runs = s.seeds_wanted = 10'000;
  for (auto& p : s.sums.properties)
    p = {.runs = 10'000, .exercised_runs = 10'000, .exercised = 466'776, .violations = 9};
  std::istringstream lines(campaign_text(s, {.width = 80}));
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.size() <= 80 || line.contains("/lockstep replay ")) << line;
}

TEST(CampaignText, TellsWhichPlantedBugsWereSeen) {
  CampaignSummary s = clean_campaign();
  s.canaries = {{"memory+ignored-limit", true, 2, models::bit(Property::timely) | models::bit(Property::progress)},
                {"memory+wall-clock", true, 1, models::bit(Property::belief_exclusion)}};
  EXPECT_TRUE(
      campaign_text(s, {}).contains("\nFirst: planted bugs, to see that bugs are seen, and stories\n"
                                    "  memory+ignored-limit              caught by L2 and L4 in 2 runs\n"
                                    "  memory+wall-clock                 caught by S2 in 1 run\n"));
  s.canaries[1].caught = false;
  s.outcome = CampaignOutcome::inconclusive;
  EXPECT_TRUE(campaign_text(s, {}).contains("  memory+wall-clock                 NOT CAUGHT\n"));
  EXPECT_EQ(answer(s),
            "Inconclusive: memory+wall-clock was not caught, so a bug of sqlite might not have been either.");
}

TEST(CampaignText, GroupsFailuresAndShowsTheSmallestWithALineToPaste) {
  EXPECT_THAT(campaign_text(broken_campaign(), kPlain), HasSubstr(R"(
Failures
  S8 durability: lease lost - 1 run
    seed 99
    the lease of client 0 was lost
    smallest: seed 99, 3 steps and 1 fault, shrunk by 87 runs in 500 ms; trace abcdef0123456789
    ./lockstep replay findings/seed-99.json

  S8 durability: token forgotten - 2 runs
    seeds 17 and 40
    token 2 was forgotten
    smallest: seed 40, 2 steps and 1 fault, shrunk by 87 runs in 500 ms; trace abcdef0123456789
    ./lockstep replay findings/seed-40.json
)"));
}

TEST(CampaignText, TellsWhatBrokeWithoutBeingAssertedAsAFinding) {
  const std::string text = campaign_text(found_beyond_claims(), kPlain);
  EXPECT_THAT(text, HasSubstr(R"(
Findings: broken, but not asserted
  S2 belief-exclusion: two holders - 5 runs, the first is seed 7
    both held A
    ./lockstep replay --backend sqlite --profile beyond-claims --seed 7

Speed
)"));
  EXPECT_THAT(text, Not(HasSubstr("Failures")));
}

TEST(CampaignText, SaysOfALockThatPromisesNothingWhatItBroke) {
  CampaignSummary s = found_beyond_claims();
  s.asserted = 0;
  EXPECT_THAT(campaign_text(s, {}),
              testing::StartsWith("sqlite promises nothing here, and broke S2 belief-exclusion in 5 of"));
}

TEST(CampaignText, NamesEightSeedsAndCountsTheOthers) {
  auto s = clean_campaign();
  for (std::uint64_t seed = 1; seed <= 1'010; ++seed) {
    s.failures.push_back(failure(seed, Property::expiry, "not freed", "it was not freed"));
  }
  EXPECT_THAT(campaign_text(s, kPlain), HasSubstr("seeds 1, 2, 3, 4, 5, 6, 7, 8 and 1 002 more\n"));
}

TEST(CampaignText, SaysWhySeedsThatBrokeSeveralPromisesAreListedOnce) {
  auto s = broken_campaign();
  sums(s, Property::fencing_order).violations = 1;
  EXPECT_THAT(campaign_text(s, kPlain),
              HasSubstr("Failures\n  Each seed is listed once, under the first promise that it broke.\n\n  S8"));
}

TEST(CampaignText, SaysOfEachPropertyWhatItCameTo) {
  auto s = broken_campaign();
  sums(s, Property::expiry) = {.runs = 412};
  sums(s, Property::progress).undecided = 2;
  sums(s, Property::timely).violations = 5;
  s.asserted &= ~models::bit(Property::timely);
  EXPECT_THAT(campaign_text(s, kPlain),
              AllOf(HasSubstr("  S8  durability         412        400  10 500       3  BROKEN\n"),
                    HasSubstr("  L1  expiry             412          0       0       0  not exercised\n"),
                    HasSubstr("  L2  progress           412        400  10 500       0  undecided in 2\n"),
                    HasSubstr("  L4  timely             412        400  10 500       5  broken, not asserted\n")));
}

TEST(CampaignText, ListsRunsThatDidNotRepeatAndSeedsThatCrashed) {
  auto s = clean_campaign();
  for (int i = 0; i < 7; ++i) s.divergences.push_back("seed " + std::to_string(i) + ": differs");
  s.crashes = {"seed 9: signal 11"};
  EXPECT_THAT(campaign_text(s, kPlain),
              AllOf(HasSubstr("\nRuns that did not repeat\n  seed 0: differs\n"),
                    HasSubstr("  seed 4: differs\n  and 2 more\n"),
                    HasSubstr("\nSeeds that brought their worker down, and the next one too\n  seed 9: signal 11\n"
                              "    ./lockstep replay --backend sqlite --profile within-claims --seed 9\n")));
}

TEST(CampaignText, ColoursOnlyWhenAskedAndNeverPaddingOrLineBreaks) {
  EXPECT_THAT(campaign_text(broken_campaign(), kPlain), Not(HasSubstr("\x1b")));
  const auto coloured = campaign_text(broken_campaign(), {.colour = true, .width = 100});
  EXPECT_THAT(coloured, StartsWith("\x1b[1;31msqlite broke S8"));
  EXPECT_THAT(coloured,
              AllOf(HasSubstr("  \x1b[32mkept\x1b[0m\n"), Not(HasSubstr(" \x1b[0m")), Not(HasSubstr("\n\x1b[0m"))));
}

TEST(CampaignText, FitsANarrowTerminal) {
  auto s = broken_campaign();
  for (auto& count : s.sums.faults) count = 1'000'000;
  std::string line;
  for (const char c : campaign_text(s, {.width = 80})) {
    line = c == '\n' ? "" : line + c;
    EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST(CampaignText, OfACampaignWithoutRunsDividesByNothing) {
  CampaignSummary s{.backend = "memory", .profile = "within-claims", .outcome = CampaignOutcome::inconclusive};
  EXPECT_THAT(campaign_text(s, kPlain), AllOf(HasSubstr("Faults that struck\n  none\n"), HasSubstr("0 runs in 0 ms"),
                                              Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
}

}  // namespace
}  // namespace lockstep::reports
