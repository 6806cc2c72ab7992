// Real processes, killed and stopped. Short runs on machines that may be loaded: what they must not find is a
// violation; whether they exercised everything is chance.
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/program_test.h"
#include "cli/stress_run.h"
#include "models/checkers.h"

namespace lockstep::cli {
namespace {

using namespace std::chrono_literals;

struct Stress : Program {
  // Processes whose command line names this test's directory.
  std::string processes_left() const {
    return shell("sleep 0.2; for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -l -- \"[-]-out " +
                 directory + "\" >/dev/null && echo $p; done; true")
        .out;
  }
  StressResult runs_with(const std::string& backend, BeliefRule belief, std::uint64_t seed) const {
    StressOptions options;
    options.store.backend = backend;
    options.store.directory = directory + "/" + std::to_string(seed);
    std::filesystem::create_directory(options.store.directory);
    options.seed = seed;
    options.processes = 4;
    options.locks = 1;
    options.ttl = 200ms;
    options.lasts = 4s;
    options.belief = belief;
    return run_stress(options, never_, [](Duration) {});
  }

 private:
  std::atomic<bool> never_{false};
};

TEST_F(Stress, LeavesNoPromiseBrokenOnAnyStoreAndNoProcessBehind) {
  for (const std::string backend : {"sqlite", "filesystem"}) {
    const Ended ended = runs("stress --seconds 3 --processes 4 --ttl '300 ms' --json out.json --out " + directory +
                             "/kept --backend " + backend);
    EXPECT_TRUE(ended.code == 0 || ended.code == 3) << ended.out << ended.err;
    EXPECT_TRUE(ended.out.starts_with(backend + " kept every promise among 4 processes on one ") ||
                ended.out.starts_with("Inconclusive: nothing exercised "))
        << ended.out;
    EXPECT_FALSE(says(ended.out, "BROKEN")) << ended.out;
    EXPECT_TRUE(says(ended.out, "S2  belief-exclusion")) << ended.out;
    EXPECT_EQ(processes_left(), "");
    const auto report = nlohmann::json::parse(read("out.json"));
    EXPECT_EQ(report["exit_code"], ended.code);
    EXPECT_GT(report["operations"]["granted"], 0);
    EXPECT_EQ(report["properties"].size(), 12u) << "all but S3, E1, N1 and L5";
    EXPECT_EQ(lines_in(read("kept/history.jsonl")) - 1, report["events"]) << "its first line tells what it was held to";
    EXPECT_NE(runs("check kept/history.jsonl").code, 1) << "it may be undecided";
  }
}

// Every process locks guards of its own. On a busy machine they may not meet in one run.
TEST_F(Stress, FindsAStoreWhoseLocksDoNotExcludeAndKeepsTheEvidence) {
  Ended ended;
  for (int seed = 1; seed <= 4 && ended.code != 1; ++seed)
    ended = runs("stress --backend filesystem+unlinked-guards --seconds 4 --seed " + std::to_string(seed) + " --out " +
                 directory + "/kept");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_TRUE(ended.out.starts_with("filesystem+unlinked-guards broke ")) << ended.out;
  EXPECT_TRUE(says(ended.out, "The history is in " + directory + "/kept/history.jsonl")) << ended.out;
  EXPECT_TRUE(exists("kept/history.jsonl"));
}

// Leases of 200 ms, believed for a second: found as soon as somebody forgets one, or is stopped.
TEST_F(Stress, FindsTwoHoldersWhenHandlesAreBelievedForTooLong) {
  const BeliefRule planted = [](MonoTime, MonoTime answered, Duration valid_for, std::int64_t) {
    return answered + 5 * valid_for;
  };
  std::string shape;
  for (std::uint64_t seed = 1; seed <= 10 && shape.empty(); ++seed) {
    const auto result = runs_with("sqlite", planted, seed);
    shape = result.verdicts[static_cast<std::size_t>(models::Property::belief_exclusion)].shape;
  }
  EXPECT_EQ(shape, "two holders");
}

TEST_F(Stress, EndsAtOnceWhenItIsInterruptedAndSaysHowFarItCame) {
  const Ended ended =
      shell("\"$L\" stress --seconds 100 --out " + directory + "/kept & sleep 1.5; kill -INT $!; wait $!");
  EXPECT_EQ(ended.code, 3) << ended.err;
  EXPECT_TRUE(ended.out.starts_with("Interrupted: sqlite has broken nothing so far")) << ended.out;
  EXPECT_EQ(processes_left(), "");
}

TEST_F(Stress, LeavesNoWorkerBehindWhenItIsKilled) {
  const Ended ended = shell("TMPDIR=" + directory + " \"$L\" stress --seconds 100 --out " + directory +
                            "/kept & sleep 1.5; kill -KILL $!; wait $!");
  EXPECT_EQ(ended.code, 137) << ended.err;
  EXPECT_EQ(processes_left(), "");
}

}  // namespace
}  // namespace lockstep::cli
