// A lock in another program, from the command line: an honest one, one that is wrong, and ones that are no adapters.
#include "cli/program_test.h"

namespace lockstep::cli {
namespace {

const std::string kExample = LOCKSTEP_ROOT "/adapters/python/example.py";

class Adapter : public Program {
 public:
  void SetUp() override {
    if (std::system("python3 -c '' >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  }
  // The example with a line of it replaced.
  void write_other(const std::string& name, const std::string& old, const std::string& line) const {
    std::string text = text_of(kExample);
    const auto at = text.find(old);
    ASSERT_NE(at, std::string::npos);
    write(name, text.replace(at, old.size(), line));
  }
  Ended tries(const std::string& program, const std::string& words) const {
    return shell("mkdir -p tmp; export TMPDIR=$PWD/tmp; \"$L\" --adapter 'python3 " + program + "' " + words);
  }
};

TEST_F(Adapter, ThatKeepsItsPromisesIsCleanAndLeavesNothingBehind) {
  const Ended ended = tries(kExample, "campaign --seeds 10");
  EXPECT_TRUE(ended.code == 0 || ended.code == 3) << ended.out << ended.err;  // so few seeds may not exercise all
  EXPECT_TRUE(says(ended.out, "example")) << ended.out;
  EXPECT_TRUE(std::filesystem::is_empty(directory + "/tmp"));
}

TEST_F(Adapter, ThatIsWrongIsFoundOutWithALineToPaste) {
  write_other("wrong.py",
              "        if not lease or lease[0] != holder:\n            return {\"released\": False}\n        del",
              "        if not lease:\n            return {\"released\": False}\n        del");
  const Ended ended = tries("wrong.py", "campaign --seeds 50 --no-shrink");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "example broke S")) << ended.out;
  EXPECT_TRUE(says(ended.out, "./lockstep --adapter 'python3 wrong.py' replay lockstep-out/example-seed-"))
      << ended.out;
}

TEST_F(Adapter, ThatDiesIsNamedWithWhatItWasSent) {
  write_other("dies.py", "    if op == \"renew\":", "    if op == \"renew\":\n        sys.exit(\"no more\")");
  const Ended ended = tries("dies.py", "campaign --seeds 10 --no-shrink");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "`python3 dies.py`")) << ended.out;
  EXPECT_TRUE(says(ended.out, "no more")) << ended.out;
}

TEST_F(Adapter, ThatIsNoneIsToldInOneLine) {
  for (const auto& [program, words] : std::vector<std::pair<std::string, std::string>>{
           {"/no/such/file.py", "ended with exit code 2; it said: "},
           {"-c \"print(1)\"", "with what is no object: 1"},
           {"-c \"print({})\"", "with what has no \"id\""},
       }) {
    const Ended ended = tries(program, "list");
    EXPECT_EQ(ended.code, 2) << program;
    EXPECT_EQ(lines_in(ended.err), 1) << ended.err;
    EXPECT_TRUE(says(ended.err, words)) << ended.err;
  }
}

const std::string kSome =
    "--noises 1 --only mutual-exclusion --only late-release --only dead-holder --only names-no-text --only many-grants "
    "--only all-at-once --only renewed-by-nobody";

class AdapterIn : public Program {
 public:
  // A program of the adapters that needs another to run.
  void needs(const std::string& command) const {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) skipped_ = command;
  }
  Ended validates(const std::string& program, const std::string& words) const {
    return shell("\"$L\" validate " + words + " -- " + program);
  }
  mutable std::string skipped_;
};

TEST_F(AdapterIn, AProgramWithClocksOfItsOwnIsRefusedUnderVirtualTime) {
  const Ended ended = shell("\"$L\" validate --virtual-time -- esbuild --help");
  if (std::system("esbuild --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "esbuild is not installed, which is written in Go";
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(says(ended.err, "written in Go, which asks the kernel for the time itself; run it in wall-clock time"))
      << ended.err;
}

TEST_F(AdapterIn, TheOptionIsNotPassedOverForAnotherLock) {
  if (std::system("python3 -c '' >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  const std::string adapter = "\"$L\" --adapter 'python3 " LOCKSTEP_ROOT "/adapters/python/example.py' ";
  const Ended ended = shell(adapter + "campaign --backend memory --seeds 5");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.err, "lockstep: --backend memory: the adapter \"example\" is on trial; leave one of the two out\n");
  EXPECT_NE(shell(adapter + "campaign --backend example --seeds 1").code, 2);
  EXPECT_EQ(shell("\"$L\" --virtual-time --wall-clock list").code, 2);
}

TEST_F(AdapterIn, JavaScriptIsAsGoodAsTheOneInPython) {
  needs("node -e 0");
  if (!skipped_.empty()) GTEST_SKIP() << skipped_ << " does not run here";
  const Ended ended = validates("node " LOCKSTEP_ROOT "/adapters/node/example.js", kSome);
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_FALSE(says(ended.out, "WRONG")) << ended.out;
}

TEST_F(AdapterIn, ShellTriesFlock) {
  needs("jq -n 1 && flock --version");
  if (!skipped_.empty()) GTEST_SKIP() << skipped_ << " does not run here";
  const Ended ended = validates("bash " LOCKSTEP_ROOT "/adapters/shell/flock.sh",
                                "--noises 1 --only mutual-exclusion --only dead-holder");
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
}

TEST_F(AdapterIn, TheLibraryOfFileLocksIsTried) {
  needs("/usr/bin/python3 -c 'import filelock'");
  if (!skipped_.empty()) GTEST_SKIP() << skipped_ << " does not run here";
  const Ended ended = validates("/usr/bin/python3 " LOCKSTEP_ROOT "/adapters/third_party/filelock_adapter.py", kSome);
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_FALSE(says(ended.out, "WRONG")) << ended.out;
}

TEST_F(AdapterIn, TheLibraryOfRedisIsTriedUnderVirtualTime) {
  needs("/usr/bin/python3 -c 'import redis' && redis-server --version");
  if (!skipped_.empty()) GTEST_SKIP() << skipped_ << " does not run here";
  const Ended ended = validates("/usr/bin/python3 " LOCKSTEP_ROOT "/adapters/third_party/redis_py_adapter.py",
                                "--virtual-time --noises 1 --only mutual-exclusion --only expiry-after-ttl");
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
}

TEST_F(AdapterIn, PythonThatSleepsAndReadsClocksIsTriedUnderVirtualTime) {
  needs("python3 -c ''");
  if (!skipped_.empty()) GTEST_SKIP() << "python3 is not installed";
  std::string text = text_of(kExample);
  const std::string told = "request[\"now_ns\"]", own = "time.monotonic_ns()";
  ASSERT_NE(text.find(told), std::string::npos);
  for (auto at = text.find(told); at != std::string::npos; at = text.find(told)) text.replace(at, told.size(), own);
  text = "import time\n" + text;
  const auto read = text.find("for line in sys.stdin:\n");
  ASSERT_NE(read, std::string::npos);
  const auto body = text.find_first_not_of('\n', read + 23);
  const auto indent = text.find_first_not_of(' ', body) - body;
  text.insert(body, std::string(indent, ' ') + "time.sleep(0.003)\n");
  write("sleeps.py", text);
  const std::string words = "--noises 1 --only expiry-after-ttl --only renewal-extends --only sub-second-ttl";
  EXPECT_EQ(validates("python3 sleeps.py", "--virtual-time " + words).code, 0);
  // Without it the machine's clock hardly moves while leases should end.
  EXPECT_EQ(validates("python3 sleeps.py", words).code, 1);
}

// Bugs that the five tests which everybody has let pass, and a case of ours that does not.
TEST_F(AdapterIn, PythonWithABugThatFewTestsFindIsRefused) {
  needs("python3 -c ''");
  if (!skipped_.empty()) GTEST_SKIP() << "python3 is not installed";
  for (const auto& [bug, one] : std::vector<std::pair<std::string, std::string>>{
           {"any_release", "owner-check-at-release"},
           {"late_release", "late-release"},
           {"tokens_restart", "tokens-over-restart"},
           {"whole_seconds_up", "sub-second-ttl"},
           {"names_without_case", "names-case"},
           {"names_normalised", "names-unicode-form"},
           {"names_to_the_zero", "names-zero-byte"},
           {"names_of_64_bytes", "names-long"},
           {"names_hex_or_text", "names-bytes"},
           {"renewal_revives", "renewed-too-late"},
           {"renewal_adds", "renewed-often"},
           {"stale_inspect", "looked-at-when-over"},
           {"asked_twice_refused", "asked-again"},
           {"millisecond_early", "end-of-lease"},
           {"token_of_eight_bits", "many-grants"},
           {"release_not_written", "release-survives-restart"},
       }) {
    const std::string adapter = "python3 " LOCKSTEP_ROOT "/adapters/python/planted/";
    std::string five;
    for (const char* classic :
         {"acquire-and-release", "mutual-exclusion", "expiry-after-ttl", "scoped-use", "release-is-idempotent"}) {
      five += std::string(" --only ") + classic;
    }
    EXPECT_EQ(validates(adapter + bug + ".py", "--noises 1" + five).code, 0) << bug;
    const Ended refused = validates(adapter + bug + ".py", "--noises 2 --only " + one);
    EXPECT_EQ(refused.code, 1) << bug << refused.out << refused.err;
    EXPECT_TRUE(says(refused.out, "WRONG")) << bug;
  }
}

}  // namespace
}  // namespace lockstep::cli
