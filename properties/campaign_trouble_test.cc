// Campaigns in a world that does not play along: locks that crash, hang, throw or forget what they did, states that
// belong to others or are damaged, disks that are full. Each is told as what it is.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <fstream>
#include <stdexcept>

#include "properties/campaign_state.h"
#include "properties/campaign_story_test.h"
#include "properties/program.h"

namespace lockstep::properties {
namespace {

using testing::TempDir;

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

// The seeds that are told as crashes, with how: each once, and all other seeds are run.
void expect_only_crashes(const CampaignSummary& summary, const CampaignOptions& options, const std::string& how) {
  ASSERT_GT(summary.crashes.size(), 1u);
  EXPECT_EQ(summary.outcome, CampaignOutcome::violation);
  EXPECT_EQ(summary.sums.crashed, summary.crashes.size());
  EXPECT_EQ(summary.sums.runs, options.seeds) << "a run that crashed is a run";
  EXPECT_EQ(summary.sums.properties[0].runs, options.seeds - summary.crashes.size());
  for (const auto& line : summary.crashes) EXPECT_TRUE(line.starts_with("seed ") && says(line, how)) << line;
  EXPECT_TRUE(summary.failures.empty());
}

TEST_F(Campaign, GoesOnWhenALockAbortsItsProcessAndTellsTheSeeds) {
  options.subject = memory_that("aborting", 30, [] { std::abort(); });
  const auto alone = runs();
  expect_only_crashes(alone, options, "its worker was killed by signal 6");
  options.jobs = 3;
  expect_same(runs(), alone);
}

TEST_F(Campaign, GoesOnWhenALockTouchesMemoryThatIsNotItsOwn) {
  options.subject = memory_that("wild", 30, [] { ::raise(SIGSEGV); });
  expect_only_crashes(runs(), options, "its worker ");
}

TEST_F(Campaign, GoesOnWhenALockEndsTheProcess) {
  options.subject = memory_that("leaving", 30, [] { ::_exit(3); });
  expect_only_crashes(runs(), options, "its worker exited with code 3");
}

TEST_F(Campaign, GoesOnWhenALockThrowsAndTellsWhat) {
  options.subject = memory_that("throwing", 30, [] { throw std::runtime_error("no such table: leases"); });
  const auto alone = runs();
  expect_only_crashes(alone, options, "its worker threw an exception: no such table: leases");
  options.jobs = 3;
  expect_same(runs(), alone);
}

// Told of each worker's first death.
class Killed : public Campaign {
 protected:
  void died(std::uint64_t seed, const std::string& how) override { deaths.emplace_back(seed, how); }
  std::vector<std::pair<std::uint64_t, std::string>> deaths;
};

TEST_F(Killed, FromOutsideAWorkerIsNoFindingAboutTheLock) {
  const auto undisturbed = runs();
  const std::string killed = options.directory + "/killed";
  options.subject.open = [killed, honest = options.subject.open](scenarios::StoreParts parts) {
    if (parts.random.below(30) == 0 && !std::filesystem::exists(killed)) {
      std::ofstream(killed) << "once";
      ::raise(SIGKILL);
    }
    return honest(std::move(parts));
  };
  for (const unsigned jobs : {1u, 3u}) {
    options.jobs = jobs;
    std::filesystem::remove(killed);
    deaths.clear();
    const auto summary = runs();
    EXPECT_EQ(summary.outcome, CampaignOutcome::clean);
    EXPECT_EQ(summary.sums.properties, undisturbed.sums.properties);
    EXPECT_EQ(summary.sums.runs, options.seeds);
    EXPECT_TRUE(summary.crashes.empty());
    ASSERT_EQ(deaths.size(), 1u);
    EXPECT_TRUE(says(deaths[0].second, "was killed by signal 9")) << deaths[0].second;
  }
}

TEST_F(Killed, EachTimeAtTheSameSeedAWorkerIsAFinding) {
  options.subject = memory_that("killed", 30, [] { ::raise(SIGKILL); });
  const auto summary = runs();
  expect_only_crashes(summary, options, "its worker was killed by signal 9");
  EXPECT_EQ(deaths.size(), summary.crashes.size());
}

TEST_F(Campaign, StopsWaitingForALockThatHangs) {
  options.subject = memory_that("hanging", 40, [] {
    for (;;) ::pause();
  });
  options.hung_after = 1s;
  options.jobs = 3;
  options.seeds = 100;
  expect_only_crashes(runs(), options, "did not come to an end within 1 s and was killed");
}

Awaitable<Result<scenarios::OpenedStore>> open_later_each_time(scenarios::StoreParts parts) {
  static int times = 0;
  const Duration later = std::chrono::milliseconds(++times);
  co_await sleep_for(parts.clock, later);
  co_return std::make_shared<MemoryBackend>(parts.clock, parts.observer);
}

TEST_F(Campaign, NamesTheFirstEventAtWhichARunDidNotRepeat) {
  options.subject.open = open_later_each_time;
  const auto summary = runs();
  EXPECT_EQ(summary.outcome, CampaignOutcome::non_deterministic);
  EXPECT_EQ(summary.sums.determinism_checked, options.seeds / options.determinism_every);
  EXPECT_EQ(summary.sums.determinism_mismatches, summary.sums.determinism_checked);
  ASSERT_EQ(summary.divergences.size(), summary.sums.determinism_mismatches);
  EXPECT_TRUE(summary.divergences[0].starts_with("seed 16: event ")) << summary.divergences[0];
  EXPECT_TRUE(says(summary.divergences[0], " against ")) << summary.divergences[0];
}

TEST_F(Campaign, ComparesNothingWhenToldNotTo) {
  options.determinism_every = 0;
  EXPECT_EQ(runs().sums.determinism_checked, 0u);
}

TEST_F(Campaign, IsNotResumedWithOtherOptions) {
  options.seeds = 10;
  options.version = "1.2.3";
  runs();
  options.resume = true;
  const CampaignOptions same = options;
  options.first_seed = 2;
  EXPECT_TRUE(says(is_refused(),
                   "belongs to another campaign (memory within-claims from 1 compare 16 stop at the first, by version "
                   "1.2.3, " +
                       program() + "); resume with its options and its program, or leave --resume out"))
      << is_refused();
  options = same;
  options.keep_going = true;
  EXPECT_TRUE(says(is_refused(), "belongs to another campaign"));
  options = same;
  options.determinism_every = 3;
  EXPECT_TRUE(says(is_refused(), "belongs to another campaign"));
  options = same;
  EXPECT_EQ(is_refused(), "not refused");
}

TEST_F(Campaign, IsNotHeldUpByALockThatHangsInAStory) {
  options.subject = memory_that("hangs", 1, [] {
    for (;;) ::pause();
  });
  options.hung_after = 300ms;
  options.stories = {*scenarios::story_named("clock-stepped")};
  const CampaignSummary summary = runs();
  EXPECT_EQ(summary.outcome, CampaignOutcome::violation);
  ASSERT_EQ(summary.crashes.size(), 1u) << "no seed is begun after that";
  EXPECT_TRUE(summary.crashes[0].starts_with("story clock-stepped: its worker did not come to an end"))
      << summary.crashes[0];
}

TEST_F(Campaign, IsNotResumedByAnotherProgram) {
  options.seeds = 10;
  options.version = "1.2.3";
  runs();
  options.resume = true;
  options.version = "1.2.4";
  EXPECT_TRUE(says(is_refused(), "belongs to another campaign"));
  options.version = "1.2.3";
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(state().c_str(), &db), SQLITE_OK);
  const std::string other_build = "UPDATE campaign SET identity = replace(identity, '" + digest_of("/proc/self/exe") +
                                  "', '" + digest_of("/bin/sh") + "')";
  EXPECT_EQ(sqlite3_exec(db, other_build.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  EXPECT_TRUE(says(is_refused(), "executable " + digest_of("/bin/sh") + "); resume with its options and its program"));
}

TEST_F(Campaign, ThatNobodyBeganIsNotResumed) {
  options.resume = true;
  EXPECT_EQ(is_refused(), "nothing to resume: there is no " + state() + "; leave --resume out to begin");
}

TEST_F(Campaign, WithADamagedStateIsBegunAnewButNotResumed) {
  options.seeds = 60;
  for (const std::string text : {"this is no database, and longer than a header of SQLite's files would be: 100 bytes "
                                 "and more",
                                 "short"}) {
    std::ofstream(state()) << text;
    options.resume = true;
    EXPECT_EQ(is_refused(), state() + " is damaged; leave --resume out to begin again");
    options.resume = false;
    EXPECT_EQ(is_refused(), "not refused");
  }
}

TEST_F(Campaign, WithADamagedRowIsNotResumed) {
  options.seeds = 60;
  runs();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(state().c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, "UPDATE portion SET result = '1 2 3' WHERE first = 49", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(db);
  options.resume = true;
  EXPECT_EQ(is_refused(), state() + " is damaged; leave --resume out to begin again");
}

TEST_F(Campaign, DoesNotWriteIntoTheStateOfAnotherThatIsAtWork) {
  options.seeds = 10;
  const CampaignState other = CampaignState::open(options);
  const auto attempt = [this] {
    return WEXITSTATUS(
        in_another_process([this] { ::_exit(says(is_refused(), "another campaign is at work on ") ? 7 : 8); }));
  };
  EXPECT_EQ(attempt(), 7);
  options.resume = true;
  EXPECT_EQ(attempt(), 7);
}

TEST_F(Campaign, SaysWhereItCannotWrite) {
  const std::string own = std::exchange(options.directory, "/proc/lockstep");
  EXPECT_TRUE(says(is_refused(), "cannot create the directory /proc/lockstep: ")) << is_refused();
  options.directory = "/proc";
  EXPECT_TRUE(says(is_refused(), "the campaign's state /proc/memory-within-claims.state: ")) << is_refused();
  std::ofstream(own + "/file") << "no directory";
  options.directory = own + "/file";
  EXPECT_TRUE(says(is_refused(), "cannot create the directory " + own + "/file: ")) << is_refused();
  options.directory = own;
}

// In a process of its own, in which no file may grow beyond so many bytes: what a full disk looks like.
template <typename Story>
int on_a_disk_of(rlim_t bytes, Story story) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(story());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Campaign, SaysThatTheDiskIsFullWhateverItWasWriting) {
  options.subject = *zoo::subject_named("memory+ignored-limit");
  options.keep_going = true;
  for (const rlim_t bytes : {0, 1000, 8192, 12'000, 20'000}) {
    const auto full = on_a_disk_of(bytes, [this] {
      const std::string why = is_refused();
      return says(why, "cannot write the campaign's state") || says(why, "cannot be written") ? 7 : 8;
    });
    EXPECT_EQ(full, 7) << bytes;
  }
}

}  // namespace
}  // namespace lockstep::properties
