// What a campaign finds depends on its seeds alone: not on the number of workers, not on whether it was stopped or
// killed on the way.
#include "properties/campaign.h"

#include <sqlite3.h>

#include <algorithm>
#include <functional>

#include "properties/campaign_story_test.h"
#include "properties/search.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

TEST_F(Campaign, OfAnHonestLockIsClean) {
  for (const Subject& subject : scenarios::honest_subjects()) {
    options.subject = subject;
    const auto summary = runs();
    EXPECT_EQ(summary.outcome, CampaignOutcome::clean) << subject.name;
    EXPECT_EQ(summary.sums.runs, options.seeds);
    EXPECT_GE(summary.sums.determinism_checked, options.seeds / options.determinism_every);
    EXPECT_EQ(summary.sums.determinism_mismatches, 0u);
  }
}

TEST_F(Campaign, TellsOfEachBrokenPropertyWhereItWasBrokenFirst) {
  options.subject = *zoo::subject_named("sqlite+wal-normal");
  options.keep_going = true;
  const auto summary = runs();
  int beside = 0;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<models::Property>(i);
    const bool failed = std::ranges::count(summary.failures, property, &scenarios::Failure::property) > 0;
    const auto found = std::ranges::count(summary.findings, property, &scenarios::Failure::property);
    const bool broken = summary.sums.properties[static_cast<std::size_t>(i)].violations > 0;
    EXPECT_EQ(failed + found, broken ? 1 : 0) << models::id_of(property);
    beside += found > 0;
  }
  EXPECT_GT(beside, 0) << "S5 is broken only where S4 is";
}

TEST_F(Campaign, FindsTheSameWithOneTwoAndThreeWorkers) {
  options.subject = *zoo::subject_named("memory+ignored-limit");
  options.keep_going = true;
  options.jobs = 1;
  const auto alone = runs();
  for (const unsigned jobs : {2u, 3u}) {
    options.jobs = jobs;
    expect_same(runs(), alone);
  }
}

TEST_F(Campaign, StopsAtTheLowestFailingSeedHoweverManyWorkersItHas) {
  options.subject = *zoo::subject_named("sqlite+second-grant");
  options.seeds = 300;
  options.jobs = 1;
  const auto alone = runs();
  ASSERT_EQ(alone.failures.size(), 1u);
  EXPECT_EQ(alone.outcome, CampaignOutcome::violation);
  EXPECT_EQ(alone.sums.runs, alone.failures[0].seed) << "seeds after the first failure are not counted";
  for (const unsigned jobs : {2u, 3u}) {
    options.jobs = jobs;
    expect_same(runs(), alone);
  }
}

TEST_F(Campaign, ThatKeepsGoingTellsEveryFailureInOrderAndShrinksOneOfEachKind) {
  options.subject = *zoo::subject_named("memory+ignored-limit");
  options.keep_going = true;
  options.shrink = true;
  options.jobs = 2;
  const auto summary = runs();
  EXPECT_EQ(summary.sums.runs, options.seeds);
  ASSERT_GT(summary.failures.size(), 2u);
  EXPECT_TRUE(std::ranges::is_sorted(summary.failures, {}, &scenarios::Failure::seed));
  std::set<std::pair<models::Property, std::string>> kinds, shrunk;
  for (const auto& failure : summary.failures) {
    kinds.emplace(failure.property, failure.shape);
    if (failure.shrunk) {
      EXPECT_TRUE(shrunk.emplace(failure.property, failure.shape).second) << "twice of a kind";
    }
    const auto scenario = scenarios::load(failure.file);
    ASSERT_TRUE(scenario) << scenario.error();
    EXPECT_EQ(scenario->expect, failure.property);
    EXPECT_EQ(scenario->steps.size(), failure.steps);
    EXPECT_EQ(scenarios::run(*scenario, options.subject).trace_hash, failure.trace_hash) << failure.file;
  }
  EXPECT_EQ(shrunk, kinds);
}

TEST_F(Campaign, BeyondClaimsTellsTheFirstSeedOfEachPropertyThatBroke) {
  options.subject = scenarios::sqlite_subject();
  options.profile = Profile::beyond_claims;
  options.shrink = true;
  const auto summary = runs();
  EXPECT_NE(summary.outcome, CampaignOutcome::violation) << "these are no failures";
  models::PropertySet told = 0, broken = 0;
  EXPECT_TRUE(summary.failures.empty());
  for (const auto& finding : summary.findings) {
    EXPECT_EQ(told & models::bit(finding.property), 0u) << "twice";
    told |= models::bit(finding.property);
    EXPECT_EQ(finding.file, "");
    const auto scenario = scenario_of(finding.seed, options.profile, options.subject);
    const auto again = scenarios::run(scenario, options.subject);
    EXPECT_EQ(again.trace_hash, finding.trace_hash);
    EXPECT_NE(scenarios::violated(again) & models::bit(finding.property), 0u);
  }
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<models::Property>(i);
    if (summary.sums.properties[static_cast<std::size_t>(i)].violations > 0) broken |= models::bit(property);
  }
  EXPECT_NE(broken, 0u);
  EXPECT_EQ(told, broken);
  options.jobs = 3;
  expect_same(runs(), summary);
}

TEST_F(Campaign, ShrinksNoLongerThanItMay) {
  options.subject = *zoo::subject_named("memory+ignored-limit");
  options.shrink = true;
  options.shrink_limit = 0s;
  const auto summary = runs();
  ASSERT_EQ(summary.failures.size(), 1u);
  EXPECT_EQ(summary.failures[0].shrink_runs, 0u) << "no time, no runs";
}

TEST_F(Campaign, WhoseCanaryIsNotCaughtIsInconclusive) {
  options.seeds = 2000;
  options.jobs = 2;
  options.canaries = {{scenarios::memory_subject(), 99, "", models::kAllProperties}};
  const auto summary = runs();
  EXPECT_EQ(summary.outcome, CampaignOutcome::inconclusive);
  EXPECT_EQ(scenarios::escaped(summary), std::vector<std::string>{"memory"});
  options.canaries.clear();
  EXPECT_EQ(runs().outcome, CampaignOutcome::clean);
}

TEST_F(Campaign, EndsInTimeHoweverManySeedsItIsGiven) {
  options.seeds = 1'000'000'000'000;
  options.time_limit = 200ms;
  options.jobs = 2;
  const auto summary = runs();
  EXPECT_GT(summary.sums.runs, 0u);
  EXPECT_LT(summary.sums.runs, options.seeds);
  EXPECT_NE(summary.outcome, CampaignOutcome::interrupted) << "this is what was asked for";
}

// Stops itself, or dies, once so many seeds are done.
class Cut : public Campaign {
 protected:
  Cut() {
    options.subject = *zoo::subject_named("memory+ignored-limit");
    options.keep_going = true;
    options.jobs = 2;
  }
  void progressed(const CampaignProgress& progress) override {
    if (progress.done >= cut_at && cut) cut();
  }
  void set_aside(const std::string& file) override { aside = file; }
  std::uint64_t cut_at = 0;
  std::function<void()> cut;
  std::string aside;
};

TEST_F(Cut, InterruptedItReportsWhatItHasAndGoesOnLater) {
  const auto undisturbed = runs();
  cut = [this] { stop = true; };
  cut_at = 48;
  const auto interrupted = runs();
  EXPECT_GE(interrupted.sums.runs, 48u);
  EXPECT_LT(interrupted.sums.runs, options.seeds);
  cut = nullptr;
  stop = false;
  options.resume = true;
  expect_same(runs(), undisturbed);
}

TEST_F(Cut, InterruptedWithoutAnyFailureItSaysSo) {
  options.subject = scenarios::memory_subject();
  cut = [this] { stop = true; };
  EXPECT_EQ(runs().outcome, CampaignOutcome::interrupted);
}

TEST_F(Cut, KilledAtAnyMomentItGoesOnAsIfNothingHadBeen) {
  const auto undisturbed = runs();
  cut = [] { ::raise(SIGKILL); };
  for (const std::uint64_t moment : {0u, 1u, 60u, 120u}) {
    options.resume = false;
    cut_at = moment;
    const int status = in_another_process([this] { runs(); });
    ASSERT_TRUE(WIFSIGNALED(status)) << moment;
    options.resume = true;
    in_another_process([this] { runs(); });  // and once more, if there is anything left to do
    const auto without = std::exchange(cut, nullptr);
    expect_same(runs(), undisturbed);
    cut = without;
  }
}

TEST_F(Cut, KilledAndResumedWithOtherWorkersAndMoreSeedsItIsTheLongerCampaign) {
  options.seeds = 170;
  const auto undisturbed = runs();
  options.seeds = 110;
  cut = [] { ::raise(SIGKILL); };
  cut_at = 60;
  ASSERT_TRUE(WIFSIGNALED(in_another_process([this] { runs(); })));
  cut = nullptr;
  options.resume = true;
  runs();
  options.seeds = 170;
  options.jobs = 1;
  expect_same(runs(), undisturbed);
}

TEST_F(Cut, ForgottenToBeResumedItIsKeptIfItWasLong) {
  const auto undisturbed = runs();
  cut = [] { ::raise(SIGKILL); };
  cut_at = 60;
  ASSERT_TRUE(WIFSIGNALED(in_another_process([this] { runs(); })));
  cut = nullptr;
  const std::string kept = state() + ".unfinished";
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(state().c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, "UPDATE spent SET nanoseconds = 121000000000", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  runs();
  EXPECT_EQ(aside, kept);
  std::filesystem::rename(kept, state());
  options.resume = true;
  expect_same(runs(), undisturbed);
  aside.clear();
  options.resume = false;
  runs();
  EXPECT_TRUE(aside.empty() && !std::filesystem::exists(kept)) << "it has ended";
}

TEST_F(Campaign, TakesAsLongAsAllItsPartsTogether) {
  options.seeds = 200;
  const double first = runs().seconds;
  options.resume = true;
  const double nothing_left = runs().seconds;
  EXPECT_GT(nothing_left, first / 2);
  options.seeds = 400;
  EXPECT_GT(runs().seconds, nothing_left);
}

TEST_F(Campaign, ThatIsCompleteIsResumedWithoutRunningAnything) {
  const auto summary = runs();
  options.resume = true;
  options.subject.open = [](scenarios::StoreParts) -> Awaitable<Result<scenarios::OpenedStore>> { std::abort(); };
  expect_same(runs(), summary);
}

}  // namespace
}  // namespace lockstep::properties
