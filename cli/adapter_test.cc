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

}  // namespace
}  // namespace lockstep::cli
