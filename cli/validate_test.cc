// `validate` from the command line: an honest lock, wrong ones, what the report looks like in each form, and what is
// said of a command line that cannot be.
#include <nlohmann/json.hpp>

#include "cli/program_test.h"

namespace lockstep::cli {
namespace {

const std::string kAdapters = LOCKSTEP_ROOT "/adapters";

class Validate : public Program {};

// Words that a line break came between.
std::string joined(std::string text) {
  for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at)) {
    const auto next = std::min(text.find_first_not_of(" \n", at), text.size());
    text.replace(at, next - at, " ");
  }
  return text;
}

TEST_F(Validate, SaysWhatAnHonestLockEarns) {
  const Ended ended = shell("\"$L\" validate --backend sqlite --seeds 60");
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "sqlite keeps what it claims in ")) << ended.out;
  for (const char* level : {"excludes under crashes", "excludes under power loss", "fenced", "fair"}) {
    EXPECT_TRUE(says(ended.out, level)) << level;
  }
  EXPECT_FALSE(says(ended.out, "WRONG"));
  EXPECT_FALSE(says(ended.out, "NOT EARNED"));
}

TEST_F(Validate, NamesTheCaseThatAPlantedBugBreaksWithALineToPaste) {
  const Ended ended = shell("\"$L\" validate --backend memory+stale-release --seeds 40");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "memory+stale-release does not keep what it claims")) << ended.out;
  EXPECT_TRUE(says(ended.out, "late-release                WRONG")) << ended.out;
  EXPECT_TRUE(says(ended.out, "./lockstep replay lockstep-out/validate/memory+stale-release-late-release.json"));
  EXPECT_EQ(shell("\"$L\" replay lockstep-out/validate/memory+stale-release-late-release.json").code, 1);
}

TEST_F(Validate, TriesOneCaseAloneIfToldTo) {
  const Ended ended = shell("\"$L\" validate --backend memory --only late-release --only names-case");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(says(ended.out, "memory answers as the contract wants it: 2 cases right; no campaign was run."))
      << ended.out;
}

TEST_F(Validate, ReportsInEachForm) {
  const Ended ended =
      shell("\"$L\" validate --backend memory+stale-release --seeds 20 --json v.json --junit v.xml --markdown v.md");
  EXPECT_EQ(ended.code, 1) << ended.err;
  const auto json = nlohmann::json::parse(text_of(directory + "/v.json"));
  EXPECT_EQ(json["lockstep_validation"], 1);
  EXPECT_EQ(json["outcome"], "broken");
  EXPECT_EQ(json["levels"].size(), 6u);
  EXPECT_GT(json["contract"].size(), 50u);
  EXPECT_EQ(json["campaigns"][0]["name"], "calm");
  const std::string xml = text_of(directory + "/v.xml");
  EXPECT_TRUE(says(xml, "<testcase classname=\"lockstep.memory+stale-release.contract\" name=\"mutual-exclusion\"/>"));
  EXPECT_TRUE(says(xml, "<failure type=\"contract\" message=")) << xml;
  EXPECT_TRUE(says(xml, "<skipped message=\"not claimed\"/>")) << xml;
  const std::string markdown = text_of(directory + "/v.md");
  EXPECT_TRUE(says(markdown, "### Lockstep on memory+stale-release")) << markdown;
  EXPECT_TRUE(says(markdown, "| **excludes**: ")) << markdown;
}

TEST_F(Validate, SaysInOneLineWhatCannotBe) {
  for (const auto& [words, said] : std::vector<std::pair<std::string, std::string>>{
           {"--backend nobody", "there is no backend \"nobody\""},
           {"--backend memory --only nothing",
            "there is no case \"nothing\" in the contract; `lockstep list --contract` names them"},
           {"--seeds 0", "--seeds: at least one run is needed"},
           {"-- /no/such/program", "the adapter `/no/such/program` ended with exit code 127"},
           {"--backend memory -- true", "--backend: a command is on trial already"},
       }) {
    const Ended ended = shell("\"$L\" validate " + words);
    EXPECT_EQ(ended.code, 2) << words << ended.out;
    EXPECT_TRUE(says(ended.err, said)) << ended.err;
    EXPECT_EQ(lines_in(ended.err), 1) << ended.err;
  }
}

TEST_F(Validate, PageNamesEachCase) {
  const Ended ended = shell("\"$L\" list --contract");
  EXPECT_TRUE(says(text_of(LOCKSTEP_ROOT "/docs/contract.md"), ended.out)) << "docs/contract.md should hold:\n"
                                                                           << ended.out;
}

TEST_F(Validate, TriesAdaptersAndNamesTheirMistakes) {
  if (std::system("python3 -c '' >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  const Ended good = shell("\"$L\" validate --noises 1 --seeds 20 -- python3 " + kAdapters + "/python/example.py");
  EXPECT_TRUE(good.code == 0 || good.code == 3) << good.out << good.err;  // so few seeds may leave something open
  EXPECT_FALSE(says(good.out, "WRONG")) << good.out;
  const Ended dies = shell("\"$L\" validate --noises 1 --only mutual-exclusion -- sh -c 'read x; exec true'");
  EXPECT_EQ(dies.code, 2) << dies.out << dies.err;
}

// A program that goes wrong at its third request: in what way it does is said once in the answer, and the tool is not
// held up by it.
TEST_F(Validate, NamesTheAdapterThatGoesWrongAndWhatItWasSent) {
  if (std::system("python3 -c '' >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  const std::vector<std::pair<std::string, std::string>> all = {
      {"print('lalala')", "with what is no JSON: lalala"},
      {"sys.stdout.write('{\"id\": 3,'); sys.stdout.flush(); os._exit(0)", "ended with exit code 0, after it was sent"},
      {"print('{\"id\": 99, \"ok\": {}}')", "with what is to request 99"},
      {"print('x' * 100_000_000)", "wrote a line of more than 65536 bytes"},
      {"os.kill(os.getpid(), 9)", "was ended by signal 9"},
      {"subprocess.Popen(['sleep', '4321'], start_new_session=True); os._exit(5)", "ended with exit code 5"},
      {"sys.stderr.write('flood ' * 500_000); os._exit(6)", "ended with exit code 6"},
  };
  for (const auto& [mistake, named] : all) {
    std::ofstream(directory + "/bad.py") << "import json, os, subprocess, sys\n"
                                            "for n, line in enumerate(sys.stdin):\n"
                                            "    ok = {'protocol': 1, 'name': 'bad', 'about': 'x', 'claims': {}}\n"
                                            "    if n < 2: print(json.dumps({'id': n + 1, 'ok': ok if n == 0 else "
                                            "{'granted': True, 'token': 1}}), flush=True); continue\n"
                                            "    "
                                         << mistake << "; sys.stdout.flush()\n";
    const Ended ended = shell("\"$L\" validate --noises 1 -- python3 bad.py");
    EXPECT_EQ(ended.code, 3) << mistake << ended.out << ended.err;
    EXPECT_TRUE(ended.out.starts_with("bad could not be tried, and no campaign was run: ")) << mistake << ended.out;
    EXPECT_TRUE(says(ended.out, "the adapter `python3 bad.py`")) << mistake << ended.out;
    EXPECT_TRUE(says(joined(ended.out), named)) << mistake << ended.out;
  }
  EXPECT_NE(std::system("pgrep -f '^sleep 4321' >/dev/null"), 0) << "a process was left behind";
}

TEST_F(Validate, LeavesNothingBehindWhenItIsKilledOrStopped) {
  if (std::system("python3 -c '' >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  const std::string one = "\"$L\" validate --noises 1 --seeds 3 --out v -- python3 " + kAdapters + "/python/example.py";
  // In a folder of its own, where nobody else leaves anything.
  const auto left = [&](const std::string& first) {
    return shell("mkdir -p tmp; export TMPDIR=$PWD/tmp; " + first + "; ls tmp | grep -c lockstep-run").out;
  };
  EXPECT_EQ(left("timeout --foreground -s INT 1 " + one + " >/dev/null"), "0\n");
  // Who was killed cannot tidy up; the next one does.
  EXPECT_EQ(left("timeout -s KILL 1 " + one +
                 " >/dev/null; sleep 1; \"$L\" validate --noises 1 --only names-the-holder "
                 "-- python3 " +
                 kAdapters + "/python/example.py >/dev/null"),
            "0\n");
}

TEST_F(Validate, IsAloneInItsDirectory) {
  const Ended second = shell("mkdir v; exec 8>v/.lock; flock 8; \"$L\" validate --out v --only mutual-exclusion");
  EXPECT_EQ(second.code, 2);
  EXPECT_EQ(second.err, "lockstep: another validation is at work in v; wait for its end, or use another --out\n");
}

}  // namespace
}  // namespace lockstep::cli
