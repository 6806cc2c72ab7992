// The program as scripts and people meet it: exit codes, reports for machines that machines can read, files that replay
// to the same hash, terminals and pipes.
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "cli/program_test.h"

namespace lockstep::cli {
namespace {

using Json = nlohmann::json;

// The words of the trace's hash, wherever a text tells it.
std::string hash_in(const std::string& text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("trace ([0-9a-f]{16})")) ? found[1].str() : "no hash";
}
std::string file_in(const std::string& text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("\\./lockstep replay (\\S+)")) ? found[1].str() : "no-file";
}

TEST_F(Program, EndsWithACodeThatTellsTheOutcome) {
  EXPECT_EQ(runs("campaign --backend memory --seeds 100").code, 0);
  EXPECT_EQ(runs("campaign --backend memory+ignored-limit --seeds 100").code, 1);
  EXPECT_EQ(runs("campaign --backend memory --seeds 1").code, 3);
  EXPECT_EQ(runs("campaign --backend memory --seeds 100 --time '0 s'").code, 3);
  EXPECT_EQ(runs("replay --backend memory --seed 1").code, 0);
  EXPECT_EQ(runs("list").code, 0);
  EXPECT_EQ(runs("version").code, 0);
}

TEST_F(Program, HuntsPlantedBugsAndTellsWhatItCost) {
  const Ended zoo = runs("zoo --hunts 2 --markdown zoo.md --json zoo.json memory+stale-release memory+wall-clock");
  EXPECT_EQ(zoo.code, 0) << zoo.err;
  EXPECT_TRUE(zoo.out.starts_with("All 2 planted bugs are caught")) << zoo.out;
  const Json table = Json::parse(read("zoo.json"));
  EXPECT_EQ(table["bugs"].size(), 2u);
  EXPECT_TRUE(says(read("zoo.md"), "`memory+wall-clock`"));
  const std::string file = table["bugs"][1]["shrunk"]["file"];
  EXPECT_EQ(runs("replay " + file).code, 1) << "what was shrunk can be replayed";
}

TEST_F(Program, DoesNotCallAReplayThatTestedNothingASuccess) {
  write("idle.json", R"({"version": 1, "backend": "memory", "seed": 1, "hosts": [{}, {}], "servers": 1,
    "clients": ["host 0"], "locks": 1, "heal_at": "1 s", "steps": [], "faults": []})");
  const Ended idle = runs("replay idle.json");
  EXPECT_EQ(idle.code, 3) << idle.err;
  EXPECT_TRUE(idle.out.starts_with("Inconclusive: this run of memory tested nothing")) << idle.out;
}

TEST_F(Program, TakesAllCoresForZeroJobs) { EXPECT_EQ(runs("campaign --backend memory --seeds 100 --jobs 0").code, 0); }

TEST_F(Program, ClaimsNoMoreCoresThanThereAre) {
  const Ended crowd = runs("campaign --backend memory --seeds 100 --jobs 300 --json -");
  EXPECT_LE(Json::parse(crowd.out).at("machine").at("jobs"), std::max(1u, std::thread::hardware_concurrency()));
}

TEST_F(Program, LeavesAFileThatReplaysToTheHashThatTheCampaignTold) {
  const Ended campaign = runs("campaign --backend memory+ignored-limit --seeds 100 --no-shrink");
  ASSERT_EQ(campaign.code, 1) << campaign.out;
  const Ended replay = runs("replay " + file_in(campaign.out));
  EXPECT_EQ(replay.code, 1);
  EXPECT_EQ(hash_in(replay.out), hash_in(campaign.out));
  EXPECT_NE(hash_in(replay.out), "no hash");
  EXPECT_TRUE(says(campaign.err, "./lockstep replay ")) << "the line to paste comes as soon as it is found";
}

TEST_F(Program, RunsStoriesBeforeSeeds) {
  const Ended campaign = runs("campaign --backend memory+ignored-limit --seeds 100 --no-shrink --json -");
  ASSERT_EQ(campaign.code, 1);
  const auto report = Json::parse(campaign.out);
  EXPECT_TRUE(report.at("failures").at(0).contains("story"));
  EXPECT_GE(report.at("stories"), 30);
  const Ended told = runs("scenarios wait-without-end");
  EXPECT_EQ(told.code, 0) << told.out << told.err;
  EXPECT_TRUE(says(told.out, "memory+ignored-limit")) << told.out;
  EXPECT_TRUE(says(runs("scenarios").out, "wait-without-end"));
}

TEST_F(Program, ExplainsAndExhausts) {
  const Ended explained = runs("explain wait-without-end --runs 10 --points 10");
  EXPECT_EQ(explained.code, 1) << explained.err;
  EXPECT_TRUE(says(explained.out, "likelihood")) << explained.out;
  EXPECT_EQ(runs("explain example --runs 10").code, 0) << "it breaks nothing";
  const Ended exhausted = runs("exhaust --backend memory");
  EXPECT_EQ(exhausted.code, 0) << exhausted.err;
  EXPECT_TRUE(exhausted.out.starts_with("memory kept the ")) << exhausted.out;
  EXPECT_EQ(runs("exhaust --backend memory+stale-release").code, 1);
  EXPECT_EQ(runs("exhaust --backend sqlite --limit 1 --faults 2").code, 3);
}

TEST_F(Program, ReplaysASeedAsTheCampaignRanIt) {
  // No story tells of this bug, so that a seed is the first that breaks.
  const Ended campaign = runs("campaign --backend memory+short-memory --seeds 100 --no-shrink --json -");
  ASSERT_EQ(campaign.code, 1);
  const auto failure = Json::parse(campaign.out).at("failures").at(0);
  const auto seed = failure.at("seed").get<std::uint64_t>();
  const Ended replay = runs("replay --backend memory+short-memory --json --seed " + std::to_string(seed));
  EXPECT_EQ(replay.code, 1);
  EXPECT_EQ(Json::parse(replay.out).at("trace_hash"), failure.at("trace_hash"));
}

TEST_F(Program, ShrinksToAFileThatStillFails) {
  const Ended campaign = runs("campaign --backend memory+ignored-limit --seeds 100");
  ASSERT_TRUE(says(file_in(campaign.out), ".min.json")) << campaign.out;
  const Ended replay = runs("replay " + file_in(campaign.out));
  EXPECT_EQ(replay.code, 1);
  EXPECT_EQ(hash_in(replay.out), hash_in(campaign.out));

  std::string whole = file_in(campaign.out);
  whole.erase(whole.find(".min"), 4);
  const Ended shrunk = runs("shrink " + whole + " --out small.json");
  EXPECT_EQ(shrunk.code, 1);
  EXPECT_TRUE(says(shrunk.out, "L4 is still broken with ")) << shrunk.out;
  EXPECT_EQ(runs("replay small.json").code, 1);
  EXPECT_EQ(runs("shrink " + whole + " --property S5 --out other.json").code, 2);
  EXPECT_FALSE(exists("other.json"));
}

TEST_F(Program, ShrinksNothingButWhatAFileExpectsToBeBroken) {
  ASSERT_EQ(runs("campaign --backend memory+ignored-limit --seeds 100 --no-shrink").code, 1);
  shell(R"(set -- lockstep-out/*.json; sed 's/"expect": "L4"/"expect": "S5"/' "$1" >other.json)");
  const Ended replay = runs("replay other.json --json");
  EXPECT_EQ(replay.code, 1);
  EXPECT_TRUE(says(replay.out, "answer\": \"L4 timely is violated: ")) << replay.out;
  EXPECT_TRUE(says(replay.out, "The scenario expects S5 fenced-writes to be broken, which it is not.")) << replay.out;
  const Ended shrunk = runs("shrink other.json");
  EXPECT_EQ(shrunk.code, 2);
  EXPECT_TRUE(says(shrunk.err, "other.json does not break S5, which it expects to be broken; it breaks L4"))
      << shrunk.err;
  EXPECT_FALSE(exists("other.min.json"));
  EXPECT_EQ(runs("shrink other.json --property L4").code, 1);
}

TEST_F(Program, HasNothingToShrinkInAScenarioThatBreaksNothing) {
  ASSERT_EQ(runs("campaign --backend memory+ignored-limit --seeds 100").code, 1);
  const Ended shrunk = shell(
      "for f in lockstep-out/*.min.json; do sed 's/+ignored-limit//' $f >honest.json; done; "
      "\"$L\" shrink honest.json");
  EXPECT_EQ(shrunk.code, 0) << shrunk.err;
  EXPECT_TRUE(says(shrunk.out, "honest.json breaks nothing on memory")) << shrunk.out;
}

TEST_F(Program, ReportsToMachinesInWhatMachinesRead) {
  const Ended campaign = runs("campaign --backend memory+ignored-limit --seeds 100 --json - --junit report.xml");
  const Json json = Json::parse(campaign.out);
  EXPECT_EQ(json.at("backend"), "memory+ignored-limit");
  EXPECT_EQ(json.at("outcome"), "violation");
  EXPECT_TRUE(says(read("report.xml"), "<failure ")) << read("report.xml");

  const Ended beside = runs("campaign --backend memory --seeds 100 --json report.json");
  EXPECT_EQ(Json::parse(read("report.json")).at("outcome"), "clean");
  EXPECT_TRUE(says(beside.out, "memory kept ")) << "the text is there too";

  EXPECT_TRUE(Json::parse(runs("list --json").out).at("backends").is_array());
  ASSERT_EQ(runs("replay --backend memory --seed 1 --history history.jsonl --json").code, 0);
  std::stringstream history(read("history.jsonl"));
  int lines = 0;
  for (std::string line; std::getline(history, line); ++lines) EXPECT_TRUE(Json::accept(line)) << line;
  EXPECT_GT(lines, 10);
}

TEST_F(Program, IsInterruptedAndGoesOnWhereItStopped) {
  const Ended undisturbed = runs("campaign --backend memory --seeds 600 --out a --json - --jobs 1");
  const Ended cut = shell(
      "\"$L\" campaign --backend memory --seeds 600 --out b --jobs 1 & "
      "until [ -s b/memory-within-claims.state ]; do sleep 0.01; done; sleep 0.1; kill -INT $!; wait $!");
  ASSERT_EQ(cut.code, 3) << cut.out << cut.err;
  EXPECT_TRUE(says(cut.err, "the same command with --resume goes on where this one stopped")) << cut.err;
  EXPECT_TRUE(cut.out.starts_with("Interrupted after ")) << cut.out;
  const Ended resumed = runs("campaign --backend memory --seeds 600 --out b --json - --jobs 1 --resume");
  Json one = Json::parse(undisturbed.out), other = Json::parse(resumed.out);
  EXPECT_EQ(one.at("runs"), 600);
  for (const char* field : {"answer", "outcome", "runs", "properties", "faults"})
    EXPECT_EQ(one.at(field), other.at(field));
}

constexpr const char* kEscape = "\x1b[";

TEST_F(Program, IsColouredOnATerminalThatLikesColourAndNowhereElse) {
  if (!terminals_exist()) GTEST_SKIP() << "no pseudo-terminals here";
  const std::string words = "campaign --backend memory --seeds 20";
  const auto report = [&](const std::string& environment) {
    const std::string seen = on_a_terminal(environment, words + " 2>/dev/null");
    EXPECT_TRUE(says(seen, "memory")) << seen;
    return seen;
  };
  EXPECT_TRUE(says(report("-u NO_COLOR TERM=xterm"), kEscape));
  EXPECT_FALSE(says(report("NO_COLOR=1 TERM=xterm"), kEscape));
  EXPECT_FALSE(says(report("-u NO_COLOR TERM=dumb"), kEscape));
  EXPECT_TRUE(says(report("NO_COLOR= TERM=xterm"), kEscape)) << "an empty NO_COLOR means nothing";
  const Ended piped = runs(words);
  EXPECT_FALSE(says(piped.out + piped.err, kEscape));
}

TEST_F(Program, KeepsItsProgressOnOneLineOfANarrowTerminal) {
  if (!terminals_exist()) GTEST_SKIP() << "no pseudo-terminals here";
  const std::string seen = on_a_terminal("TERM=xterm", "campaign --backend memory --seeds 100 >/dev/null", 40);
  const std::string clear = "\r\x1b[K";
  ASSERT_TRUE(says(seen, clear + "running: ")) << seen;
  for (std::size_t at = seen.find(clear); at != std::string::npos;) {
    const std::size_t next = seen.find(clear, at += clear.size());
    EXPECT_LT(seen.substr(at, next - at).size(), 40u) << seen.substr(at, next - at);
    at = next;
  }
}

TEST_F(Program, EndsQuietlyWhenNobodyReadsOn) {
  for (const std::string words :
       {"list", "replay --seed 1 --all", "campaign --backend memory --seeds 100", "campaign --help"}) {
    const Ended first = shell("timeout 30 \"$L\" " + words + " 2>&1 | head -n 1; echo over");
    EXPECT_EQ(lines_in(first.out), 2) << first.out;
    EXPECT_FALSE(says(first.out + first.err, "internal error")) << first.err;
    const Ended none = shell("{ timeout 30 \"$L\" " + words + "; echo $? >code; } | true");
    EXPECT_NE(read("code"), "124\n") << words << " hangs";
    EXPECT_EQ(none.err.find("terminate"), std::string::npos) << none.err;
  }
}

TEST_F(Program, SaysThatItsOutputCouldNotBeWritten) {
  for (const std::string words :
       {"list", "list --json", "--help", "version", "--version", "replay --seed 1 --all --json"}) {
    const Ended full = runs(words + " >/dev/full");
    EXPECT_EQ(full.code, 2) << words;
    EXPECT_EQ(lines_in(full.err), 1) << full.err;
    EXPECT_TRUE(says(full.err, "cannot write to ")) << full.err;
  }
}

TEST_F(Program, SaysWhyAFileCouldNotBeWritten) {
  const Ended full = runs("replay --seed 1 --backend memory --history /dev/full");
  EXPECT_EQ(full.code, 2);
  EXPECT_TRUE(says(full.err, "cannot write /dev/full: No space left on device")) << full.err;
}

TEST_F(Program, ListsWhatThereIs) {
  const Ended list = runs("list");
  for (const char* word : {"sqlite+wal-normal", "memory", "S5", "fenced-writes", "crash-process"}) {
    EXPECT_TRUE(says(list.out, word)) << word;
  }
  EXPECT_TRUE(runs("version").out.starts_with("lockstep "));
  EXPECT_EQ(runs("--version").code, 0);
  EXPECT_EQ(runs("--version").out, runs("version").out);
}

}  // namespace
}  // namespace lockstep::cli
