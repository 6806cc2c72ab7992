// --html from the command line: which runs get a page, what is in it, and what is said if it cannot be written.
#include "cli/program_test.h"
#include "reports/pages/page.h"

namespace lockstep::cli {
namespace {

class RunPages : public Program {
 protected:
  void SetUp() override {
    if (!reports::has_pages()) GTEST_SKIP() << "this build has no pages: esbuild or d3 was not found";
  }
  // What stands in the page between two texts.
  std::string between(const std::string& from, const std::string& to) const {
    const std::string page = read("a.html");
    const auto at = page.find(from);
    if (at == page.npos) return "";
    return page.substr(at + from.size(), page.find(to, at + from.size()) - at - from.size());
  }
};

TEST_F(RunPages, AreWrittenBesideTheTextAndTheExitCode) {
  const Ended without = runs("replay granted-before-durable");
  const Ended with = runs("replay granted-before-durable --html a.html");
  EXPECT_EQ(with.code, 1);
  EXPECT_EQ(with.out, without.out);
  EXPECT_EQ(between("<title>", "</title>"), "sqlite+wal-normal breaks S4 fencing-order");
  EXPECT_EQ(between("\"replay\":\"", "\""), "./lockstep replay granted-before-durable");
}

TEST_F(RunPages, OfTheSameRunAreTheSame) {
  runs("replay --backend sqlite --seed 3 --html a.html");
  const std::string first = read("a.html");
  runs("replay --backend sqlite --seed 3 --html a.html");
  EXPECT_GT(first.size(), 50'000u);
  EXPECT_TRUE(read("a.html") == first);
  EXPECT_EQ(between("\"replay\":\"", "\""), "./lockstep replay --backend sqlite --profile within-claims --seed 3");
}

TEST_F(RunPages, OfExplainTellWhenItBecameLikely) {
  EXPECT_EQ(runs("explain counted-from-the-answer --runs 10 --points 5 --html a.html").code, 1);
  EXPECT_TRUE(says(between("\"likelihood\":", "\"points\""), "inevitable"));
}

TEST_F(RunPages, OfALogTellHowItWasJudged) {
  const Ended ended = shell(
      "\"$L\" generate-history --wrong --clients 4 > w.jsonl; \"$L\" check w.jsonl --ttl '30 s' --drift 10 --window "
      "--html "
      "a.html");
  EXPECT_EQ(ended.code, 1) << ended.err;
  EXPECT_EQ(between("\"replay\":\"", "\""), "./lockstep check w.jsonl --ttl '30 s' --drift 10");
}

TEST_F(RunPages, AreRefusedBeforeAnythingIsRunIfTheyCannotBeWritten) {
  for (const std::string words : {"replay example --html no/a.html", "explain granted-twice --html no/a.html",
                                  "check - --html no/a.html", "check one two --html a.html"}) {
    const Ended ended = runs(words);
    EXPECT_EQ(ended.code, 2) << words;
    EXPECT_EQ(ended.out, "") << words;
    EXPECT_EQ(lines_in(ended.err), 1) << ended.err;
  }
}

}  // namespace
}  // namespace lockstep::cli
