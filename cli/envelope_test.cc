// `envelope` from the command line: what it prints and writes, that the same words give the same bytes, and what is
// said of words that cannot be.
#include <nlohmann/json.hpp>

#include "cli/program_test.h"
#include "reports/pages/page.h"

namespace lockstep::cli {
namespace {

class EnvelopeCommand : public Program {
 protected:
  nlohmann::json without_machine(const std::string& file) const {
    auto json = nlohmann::json::parse(read(file));
    json.erase("machine");
    return json;
  }
};

TEST_F(EnvelopeCommand, OfAnHonestLockSaysWhereItEndsAndLeavesARunToReplay) {
  const Ended ended = runs("envelope memory --axes drift,crash --quick --no-maps");
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "memory kept what it claims along 2 axes, in ")) << ended.out;
  EXPECT_TRUE(says(ended.out, "Beyond its claims it breaks by drift (S2 and")) << ended.out;
  const Ended replayed = runs("replay lockstep-out/envelope/memory-drift-S2.json");
  EXPECT_EQ(replayed.code, 1) << replayed.out << replayed.err;
  EXPECT_TRUE(says(replayed.out, "S2 belief-exclusion is violated")) << replayed.out;
}

TEST_F(EnvelopeCommand, OfALockThatClaimsTooMuchExitsWithOne) {
  const Ended ended = runs("envelope memory+wall-clock --axes step --quick --no-maps");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "memory+wall-clock does not survive what it claims to")) << ended.out;
}

TEST_F(EnvelopeCommand, GivesTheSameBytesForAnyNumberOfJobs) {
  EXPECT_EQ(runs("envelope redis --axes step --quick --jobs 1 --json 1.json --csv 1.csv").code, 0);
  EXPECT_EQ(runs("envelope redis --axes step --quick --jobs 3 --json 3.json --csv 3.csv").code, 0);
  EXPECT_EQ(without_machine("1.json"), without_machine("3.json"));
  EXPECT_EQ(read("1.csv"), read("3.csv"));
  EXPECT_EQ(runs("envelope redis --axes step --quick --seed 100 --csv 4.csv").code, 0);
  EXPECT_NE(read("1.csv"), read("4.csv")) << "other seeds are other runs";
}

TEST_F(EnvelopeCommand, PrintsJsonAloneIfToldTo) {
  const Ended ended = runs("envelope memory --axes pause --quick --no-maps --json -");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(nlohmann::json::parse(ended.out)["axes"][0]["name"], "pause");
}

TEST_F(EnvelopeCommand, SaysInOneLineWhatCannotBe) {
  for (const auto& [words, said] : std::vector<std::pair<std::string, std::string>>{
           {"nobody", "there is no backend \"nobody\""},
           {"memory --axes drift,weather",
            "--axes: there is no axis \"weather\"; there are drift, step, pause, delay, "},
           {"memory --axes drift,", "--axes: there is no axis \"\""},
           {"memory --ttl 0", "--ttl: "},
           {"memory --ttl '10 us'", "--ttl: from 1 ms to 600 s"},
           {"memory --runs x", "--runs: \"x\" is not a whole number; write one like 1000"},
           {"memory --time 5", "--time: \"5\" is not a time"},
           {"memory --json no/such/file.json", "cannot write no/such/file.json"},
           {"memory --html no/such/file.html", reports::has_pages() ? "cannot write no/such/file.html" : "--html: "},
           {"memory --json - --csv -", "--json and --csv: only one of them to standard output"},
           {"memory redis", "redis"},
       }) {
    const Ended ended = runs("envelope " + words);
    EXPECT_EQ(ended.code, 2) << words << ended.out;
    EXPECT_TRUE(says(ended.err, said)) << words << "\n" << ended.err;
    EXPECT_EQ(lines_in(ended.err), 1) << ended.err;
  }
}

TEST_F(EnvelopeCommand, ThatIsInterruptedTellsWhatItHas) {
  const Ended ended = shell("\"$L\" envelope sqlite --runs 5000 --json part.json & sleep 2; kill -INT $!; wait $!");
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_TRUE(ended.out.starts_with("Interrupted: this is a part of the envelope.")) << ended.out;
  EXPECT_EQ(nlohmann::json::parse(read("part.json"))["end"], "interrupted");
}

TEST_F(EnvelopeCommand, StopsInTimeIfGivenSome) {
  const Ended ended = runs("envelope memory --runs 5000 --time '1 s'");
  EXPECT_EQ(ended.code, 3) << ended.out << ended.err;
  EXPECT_TRUE(ended.out.starts_with("Out of time: this is a part of the envelope.")) << ended.out;
}

TEST_F(EnvelopeCommand, ShowsOnATerminalHowFarItIsAndHowLongItTakes) {
  if (!terminals_exist()) GTEST_SKIP() << "no pseudo-terminals here";
  const std::string seen = on_a_terminal("TERM=xterm", "envelope sqlite --axes pause,crash --quick --no-maps", 80);
  EXPECT_TRUE(says(seen, "sweeping: ")) << seen;
  EXPECT_TRUE(says(seen, " a second, about ")) << seen;
  EXPECT_TRUE(says(seen, "\x1b[")) << "colours";
}

class EnvelopePages : public EnvelopeCommand {
 protected:
  void SetUp() override {
    if (!reports::has_pages()) GTEST_SKIP() << "this build has no pages: esbuild or d3 was not found";
  }
  nlohmann::json document_in(const std::string& file) const {
    const std::string page = read(file), begin = "id=\"document\">";
    const auto from = page.find(begin);
    if (from == page.npos) return nullptr;
    return nlohmann::json::parse(page.substr(from + begin.size(), page.find("</script", from) - from - begin.size()));
  }
};

TEST_F(EnvelopePages, AreTheSameFromTheRunsAndFromTheirJson) {
  const Ended ended = runs("envelope memory --axes drift,crash --quick --no-maps --json m.json --html m.html");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(ended.out.ends_with("\n\nThe page: m.html\n")) << ended.out;
  EXPECT_EQ(document_in("m.html").at("kind"), "envelope");
  const Ended again = runs("report m.json --html again.html");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(again.out.starts_with("memory kept what it claims along 2 axes, in ")) << again.out;
  EXPECT_TRUE(again.out.ends_with("\n\nThe page: again.html\n")) << again.out;
  EXPECT_EQ(read("m.html"), read("again.html"));
  const std::string command = document_in("m.html").at("command");
  EXPECT_EQ(command, "./lockstep envelope memory --axes drift,crash --runs 20 --seed 1 --ttl '2 s' --quick --no-maps");
  runs(command.substr(std::string("./lockstep ").size()) + " --json same.json");
  EXPECT_EQ(without_machine("m.json"), without_machine("same.json")) << "the page's command measures it again";
}

TEST_F(EnvelopePages, OfAFolderStandSideBySideWithSentencesAndLinks) {
  shell("mkdir f; cp " LOCKSTEP_ROOT "/reports/gallery/memory.json " LOCKSTEP_ROOT
        "/reports/gallery/redis+everysec.json f; mkdir f/pages; "
        "printf 'x\\n\\n- **memory** forgets\\n  `all`.\\n- **redis** is not here.\\n' >f/README.md");
  EXPECT_EQ(runs("report f/memory.json --html f/pages/memory.html").code, 0);
  const Ended both = runs("report f --html f/pages/index.html");
  EXPECT_EQ(both.code, 1) << "one breaks within what it claims" << both.err;
  EXPECT_TRUE(both.out.ends_with("\n\nThe page: f/pages/index.html\n")) << both.out;
  const auto locks = document_in("f/pages/index.html").at("locks");
  ASSERT_EQ(locks.size(), 2u);
  EXPECT_EQ(locks[0].at("name"), "memory");
  EXPECT_EQ(locks[0].at("sentence"), "forgets all.");
  EXPECT_EQ(locks[0].at("page"), "memory.html");
  EXPECT_FALSE(locks[1].contains("sentence") || locks[1].contains("page"));
}

TEST_F(EnvelopeCommand, OfAFileThatIsNoneIsRefusedInOneLine) {
  shell("mkdir f scenarios; echo '{}' | tee scenarios/a.json >f/a.json; cp " LOCKSTEP_ROOT
        "/reports/gallery/memory.json f; sed 's/lockstep_envelope\": 1/lockstep_envelope\": 7/' " LOCKSTEP_ROOT
        "/reports/gallery/memory.json >old.json; sed 's/\"outcome\"/\"came\"/' " LOCKSTEP_ROOT
        "/reports/gallery/memory.json >damaged.json");
  for (const auto& [words, said] : std::vector<std::pair<std::string, std::string>>{
           {"f", "f/a.json is not an envelope; `lockstep envelope NAME --json FILE` writes them"},
           {"old.json", "old.json is an envelope of version 7, and this program reads version 1; measure it again"},
           {"damaged.json", "damaged.json is a damaged envelope: outcome is missing; measure it again"},
           {"none.json", "cannot read none.json"},
           {"scenarios", "there is no campaign in scenarios; name the directory that --out named"},
       }) {
    const Ended ended = runs("report " + words);
    EXPECT_EQ(ended.code, 2) << words << ended.out;
    EXPECT_TRUE(says(ended.err, said)) << ended.err;
    EXPECT_EQ(lines_in(ended.err), 1) << ended.err;
    EXPECT_EQ(ended.out, "") << words;
  }
}

}  // namespace
}  // namespace lockstep::cli
