// Whoever looks at the state of a campaign sees what the campaign itself has come to: at its end, after it was killed,
// and while it is at work.
#include "properties/campaign_summary.h"

#include <sqlite3.h>

#include <fstream>
#include <functional>

#include "properties/campaign_story_test.h"
#include "properties/canaries.h"

namespace lockstep::properties {
namespace {

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

class Looked : public Campaign {
 protected:
  Looked() {
    options.subject = *zoo::subject_named("memory+ignored-limit");
    options.keep_going = true;
    options.version = "1.2.3";
  }
  void progressed(const CampaignProgress& progress) override {
    if (at_work && progress.done >= 48) at_work();
  }
  CampaignSummary stored() const { return stored_summary(state()); }
  std::string is_not_told(const std::string& file) const {
    try {
      stored_summary(file);
    } catch (const CampaignError& error) {
      return error.what();
    }
    return "told";
  }
  std::function<void()> at_work;
};

void expect_all_the_same(const CampaignSummary& a, const CampaignSummary& b) {
  expect_same(a, b);
  EXPECT_EQ(std::tie(a.backend, a.profile, a.first_seed, a.seeds_wanted, a.asserted, a.stories, a.determinism_every,
                     a.finished, a.version, a.program, a.jobs),
            std::tie(b.backend, b.profile, b.first_seed, b.seeds_wanted, b.asserted, b.stories, b.determinism_every,
                     b.finished, b.version, b.program, b.jobs));
  ASSERT_EQ(a.canaries.size(), b.canaries.size());
  for (std::size_t i = 0; i < a.canaries.size(); ++i) {
    EXPECT_EQ(std::tie(a.canaries[i].name, a.canaries[i].caught, a.canaries[i].runs, a.canaries[i].broken),
              std::tie(b.canaries[i].name, b.canaries[i].caught, b.canaries[i].runs, b.canaries[i].broken));
  }
  ASSERT_EQ(a.failures.size(), b.failures.size());
  for (std::size_t i = 0; i < a.failures.size(); ++i) {
    EXPECT_EQ(std::tie(a.failures[i].file, a.failures[i].shrunk, a.failures[i].steps, a.failures[i].story),
              std::tie(b.failures[i].file, b.failures[i].shrunk, b.failures[i].steps, b.failures[i].story));
  }
  EXPECT_EQ(a.findings.size(), b.findings.size());
  EXPECT_EQ(a.moments.size(), b.moments.size());
  EXPECT_NEAR(a.seconds, b.seconds, 1e-6);
}

TEST_F(Looked, AtItsEndACampaignIsToldWhole) {
  options.shrink = true;
  options.canaries = default_canaries();
  options.stories = {*scenarios::story_named("wait-without-end"), *scenarios::story_named("clock-stepped")};
  const auto summary = runs();
  ASSERT_FALSE(summary.failures.empty());
  EXPECT_TRUE(std::ranges::any_of(summary.failures, &scenarios::Failure::shrunk));
  EXPECT_GT(summary.stories, 0u);
  expect_all_the_same(stored(), summary);
}

TEST_F(Looked, BeyondClaimsItsFindingsAreToldToo) {
  options.subject = scenarios::sqlite_subject();
  options.profile = Profile::beyond_claims;
  const auto summary = runs();
  ASSERT_FALSE(summary.findings.empty());
  expect_all_the_same(stored_summary(state_file(options.directory, "sqlite", "beyond-claims")), summary);
}

TEST_F(Looked, AskedToStopItIsFinishedAndInterrupted) {
  options.subject = scenarios::memory_subject();
  at_work = [this] { stop = true; };
  runs();
  EXPECT_TRUE(stored().finished);
  EXPECT_EQ(stored().outcome, CampaignOutcome::interrupted);
}

TEST_F(Looked, WhenItsTimeWasOverItIsComplete) {
  options.subject = scenarios::memory_subject();
  options.seeds = 1'000'000'000'000;
  options.time_limit = 300ms;
  const auto summary = runs();
  EXPECT_NE(summary.outcome, CampaignOutcome::interrupted);
  EXPECT_EQ(stored().outcome, summary.outcome);
}

TEST_F(Looked, KilledItIsToldAsFarAsItCame) {
  const auto undisturbed = runs();
  at_work = [] { ::raise(SIGKILL); };
  ASSERT_TRUE(WIFSIGNALED(in_another_process([this] { runs(); })));
  while (stored().at_work) ::usleep(1000);  // its workers die with it, a moment later
  const auto killed = stored();
  EXPECT_FALSE(killed.finished);
  EXPECT_FALSE(killed.at_work);
  EXPECT_GE(killed.sums.runs, 48u);
  EXPECT_LT(killed.sums.runs, options.seeds);
  EXPECT_EQ(killed.seeds_wanted, options.seeds);
  EXPECT_FALSE(killed.failures.empty()) << "found is found";
  at_work = nullptr;
  options.resume = true;
  expect_same(runs(), undisturbed);
  EXPECT_TRUE(stored().finished);
}

TEST_F(Looked, AtWorkItIsToldAsSuchAndNotDisturbed) {
  const auto undisturbed = runs();
  int seen = -1;
  at_work = [&] {
    seen = in_another_process([this] {
      const auto summary = stored();
      ::_exit(!summary.finished && summary.at_work && summary.sums.runs >= 48 ? 7 : 8);
    });
    at_work = nullptr;
  };
  expect_same(runs(), undisturbed);
  EXPECT_EQ(WEXITSTATUS(seen), 7);
}

TEST_F(Looked, OfOneWorkerAndOfThreeTheCoverageIsTheSame) {
  options.jobs = 1;
  const auto alone = runs().sums.coverage;
  options.jobs = 3;
  EXPECT_EQ(runs().sums.coverage, alone);
  EXPECT_GT(alone.endings.size(), 10u);
  const auto granted = alone.endings.at({models::Op::lock, models::EventType::ok, models::Reason::none});
  EXPECT_GT(granted.total, 0u);
  EXPECT_TRUE(std::ranges::any_of(granted.during, [](std::uint64_t n) { return n > 0; }));
}

TEST_F(Looked, ItsMomentsAreInOrderOfTimeAndAddUpToItsRuns) {
  options.seeds = 200;
  const auto first = runs();
  options.resume = true;
  options.seeds = 400;
  const auto both = runs();
  EXPECT_TRUE(std::ranges::is_sorted(both.moments, {}, &scenarios::Moment::at));
  std::uint64_t counted = 0, failed = 0;
  for (const auto& moment : both.moments) counted += moment.runs, failed += moment.failures;
  EXPECT_EQ(counted, both.sums.runs);
  EXPECT_EQ(failed, both.failures.size());
  EXPECT_LE(static_cast<double>(both.moments.back().at.count()) / 1e9, both.seconds);
  EXPECT_GE(both.moments.back().at, first.moments.back().at) << "the second part comes after the first";
}

TEST_F(Looked, WhatIsNoStateOfACampaignIsRefusedWithTheReason) {
  EXPECT_EQ(is_not_told(options.directory + "/nothing.state"),
            "cannot open the campaign's state " + options.directory + "/nothing.state: unable to open database file");
  const std::string broken = options.directory + "/x.state";
  for (const char* text : {"", "short",
                           "this is no database, and longer than a header of SQLite's files would be, "
                           "which has 100 bytes and more"}) {
    std::ofstream(broken) << text;
    EXPECT_EQ(is_not_told(broken), broken + " is not the state of a campaign, or it is damaged") << text;
  }
}

TEST_F(Looked, StatesOfOtherVersionsAndDamagedOnesAreRefused) {
  options.seeds = 60;
  runs();
  const auto change = [this](const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(state().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
  };
  change("UPDATE campaign SET format = 2");
  EXPECT_TRUE(says(is_not_told(state()), "was written by another version (memory+ignored-limit within-claims from 1"))
      << is_not_told(state());
  change("UPDATE campaign SET format = 3, facts = '1 2 '");
  EXPECT_TRUE(says(is_not_told(state()), "is damaged")) << is_not_told(state());
  runs();
  EXPECT_EQ(is_not_told(state()), "told");
  change("UPDATE portion SET result = '1 2 3' WHERE first = 1");
  EXPECT_TRUE(says(is_not_told(state()), "is damaged"));
}

TEST_F(Looked, ADirectoryIsAllOfItsCampaigns) {
  options.seeds = 20;
  runs();
  options.subject = scenarios::memory_subject();
  runs();
  EXPECT_EQ(state_files(options.directory).size(), 2u);
  EXPECT_EQ(state_files(state()), std::vector<std::string>{state()});
  EXPECT_THROW(state_files(testing::TempDir() + "nowhere"), CampaignError);
}

}  // namespace
}  // namespace lockstep::properties
