// What the program writes for other programs, as they would read it: every JSON document against its published schema
// in docs/schemas, and each schema against documents that are wrong; JUnit by a real reader of XML; a trace for
// Perfetto.
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/program_test.h"
#include "reports/trace_flaws_test.h"

namespace lockstep::cli {
namespace {

using Json = nlohmann::json;

class Documents : public Program {
 protected:
  // Debian's own, whose packages .ci/packages.test names.
  Ended check(const std::string& words) const {
    return shell("/usr/bin/python3 " LOCKSTEP_ROOT "/cli/document_check_test.py " + words);
  }
  static std::string schema(const std::string& name) { return LOCKSTEP_ROOT "/docs/schemas/" + name + ".schema.json "; }
  void SetUp() override {
    if (check("json " + schema("witness")).code != 0) GTEST_SKIP() << "python3-jsonschema is not installed";
  }

  // The documents are right, and every way of damaging the first of them is found.
  void expect(const std::string& name, const std::string& files) const {
    const Ended right = check("json " + schema(name) + files);
    EXPECT_EQ(right.code, 0) << name << ": " << right.out << right.err;
    const std::string first = files.substr(0, files.find(' '));
    const Json document = Json::parse(read(first), nullptr, false);
    ASSERT_FALSE(document.is_discarded()) << first << ": " << read(first).substr(0, 200);
    expect_strict(name, document);
  }
  void expect_lines(const std::string& name, const std::string& file) const {
    const Ended right = check("lines " + schema(name) + file);
    EXPECT_EQ(right.code, 0) << name << ": " << right.out << right.err;
    std::istringstream lines(read(file));
    std::string line;
    ASSERT_TRUE(std::getline(lines, line)) << name;
    expect_strict(name, Json::parse(line));
  }

 private:
  // Every value, but of a list only the first: its items are alike.
  static void visit(Json& value, const std::function<void(Json&)>& visitor) {
    visitor(value);
    if (value.is_array() && !value.empty()) visit(value[0], visitor);
    if (!value.is_object()) return;
    for (auto& entry : value.items()) visit(entry.value(), visitor);
  }

  void expect_strict(const std::string& name, Json document) const {
    if (document.contains("history") && document["history"].size() > 5)  // enough of it to be damaged
      document["history"].erase(document["history"].begin() + 5, document["history"].end());
    std::string damaged = "{}\n[{}]\nnull\n";
    const auto with = [&](Json& value, const Json& other) {
      const Json whole = std::exchange(value, other);
      damaged += document.dump() + "\n";
      value = whole;
    };
    visit(document, [&](Json& value) {
      with(value, {{"odd", 1}});  // no text, number or list, and no object with the fields that are needed
      if (!value.is_object()) return;
      Json more = value;
      more["odd"] = 1;
      with(value, more);
    });
    for (auto& entry : document.items()) {
      if (entry.key().starts_with("lockstep_") || entry.key() == "version") with(entry.value(), 2);
    }
    write("damaged", damaged);
    const Ended refused = check("refused " + schema(name) + "damaged");
    EXPECT_EQ(refused.code, 0) << name << ": " << refused.out << refused.err;
  }
};

TEST_F(Documents, OfCampaignsHaveTheirSchema) {
  ASSERT_EQ(runs("campaign --backend memory+ignored-limit --seeds 100 --json broken").code, 1);
  ASSERT_EQ(runs("campaign --backend memory --seeds 100 --json clean").code, 0);
  runs("campaign --backend memory --profile beyond-claims --seeds 200 --keep-going --json beyond");
  EXPECT_FALSE(Json::parse(read("beyond"))["findings"].empty());
  expect("campaign", "broken clean beyond");
  const Ended files = shell("/usr/bin/python3 " LOCKSTEP_ROOT "/cli/document_check_test.py json " + schema("scenario") +
                            "lockstep-out/*.json");
  EXPECT_EQ(files.code, 0) << files.out;
}

TEST_F(Documents, OfOneRunHaveTheirSchema) {
  ASSERT_EQ(runs("replay granted-before-durable --json --history history >replay").code, 1);
  runs("replay --backend redlock --seed 1 --json >other");
  expect("replay", "replay other");
  expect_lines("history", "history");
  ASSERT_EQ(runs("explain wait-without-end --runs 10 --points 10 --json explained").code, 1);
  expect("explain", "explained");
}

TEST_F(Documents, OfEnvelopesHaveTheirSchema) {
  ASSERT_EQ(runs("envelope redis --axes drift --runs 5 --json envelope").code, 0);
  ASSERT_EQ(runs("envelope filesystem --axes drift,step --runs 2 --json other").code, 0);
  expect("envelope", "envelope other " LOCKSTEP_ROOT "/reports/gallery/memory+wall-clock.json");
}

TEST_F(Documents, OfSearchesHaveTheirSchema) {
  ASSERT_EQ(runs("zoo --hunts 2 --json zoo memory+stale-release").code, 0);
  expect("zoo", "zoo");
  ASSERT_EQ(runs("exhaust --backend memory+stale-release --json broken").code, 1);
  ASSERT_EQ(runs("exhaust --backend memory --json clean").code, 0);
  expect("exhaust", "broken clean");
}

TEST_F(Documents, OfValidationsHaveTheirSchema) {
  ASSERT_EQ(runs("validate --backend memory+stale-release --seeds 20 --beyond --json v").code, 1);
  runs("validate --backend redis --noises 1 --only late-release --only names-case --json w");
  expect("validate", "v w");
}

TEST_F(Documents, OfLogsHaveTheirSchema) {
  ASSERT_EQ(shell("\"$L\" generate-history --wrong --clients 4 >wrong").code, 0);
  ASSERT_EQ(runs("check --json --general --waits wrong >wrong.json").code, 1);
  shell(
      "\"$L\" generate-history --operations 20 >right; echo '{' >>right; \"$L\" check --json right missing "
      ">right.json");
  ASSERT_EQ(shell("\"$L\" generate-history --operations 20 | \"$L\" check --json --witness=witness - >w.json").code, 0);
  expect("check", "wrong.json right.json w.json");
  expect_lines("witness", "witness");
}

TEST_F(Documents, OfStressHaveTheirSchema) {
  const Ended stress = runs("stress --backend filesystem --seconds 1 --processes 2 --json stress --out out");
  ASSERT_TRUE(stress.code == 0 || stress.code == 3) << stress.err;
  expect("stress", "stress");
  expect_lines("history", Json::parse(read("stress")).at("history"));
}

TEST_F(Documents, OfWhatThereIsHaveTheirSchema) {
  ASSERT_EQ(
      shell("\"$L\" list --json >list; \"$L\" scenarios --json >stories; \"$L\" scenarios --json example >one").code,
      0);
  expect("list", "list");
  expect("stories", "one stories");
  const Ended stored = check("json " + schema("scenario") + LOCKSTEP_ROOT "/scenarios/corpus/*.json");
  EXPECT_EQ(stored.code, 0) << stored.out;
  write("example", text_of(LOCKSTEP_ROOT "/scenarios/corpus/example.json"));
  expect("scenario", "example");
}

class OtherForms : public Documents {
 protected:
  void SetUp() override {
    if (shell("/usr/bin/python3 -c ''").code != 0) GTEST_SKIP() << "python3 is not installed";
  }
};

TEST_F(OtherForms, JunitIsReadByAReaderOfXml) {
  runs("campaign --backend memory+ignored-limit --seeds 100 --junit broken.xml");
  runs("campaign --backend memory --seeds 100 --junit clean.xml");
  runs("validate --backend memory+stale-release --noises 1 --seeds 20 --junit validation.xml");
  const Ended read_by = check("xml broken.xml clean.xml validation.xml");
  EXPECT_EQ(read_by.code, 0) << read_by.out << read_by.err;
  EXPECT_TRUE(says(read("broken.xml"), "<failure "));
  for (const char* bad : {"<a>", "<a></b>", "<a b=c/>", "<a>&nbsp;</a>", "<a>\x01</a>"}) {
    write("bad.xml", bad);
    EXPECT_EQ(check("xml bad.xml").code, 1) << bad;
  }
}

TEST_F(OtherForms, TracesOfRealRunsAreWhatAViewerAsksFor) {
  for (const std::string words :
       {"granted-before-durable", "redlock-server-comes-back-empty", "--backend sqlite --seed 3",
        "--backend sqlite-direct --seed 4", "--backend filesystem-shared --seed 5", "--backend redlock --seed 6",
        "--backend memory --profile beyond-claims --seed 7"}) {
    const Ended replay = runs("replay " + words + " --trace trace.json");
    EXPECT_LE(replay.code, 1) << replay.err;
    const auto flaws = reports::flaws_of_trace(read("trace.json"));
    EXPECT_TRUE(flaws.empty()) << words << ": " << flaws.front();
    EXPECT_TRUE(says(read("trace.json"), ": beliefs\"")) << words;
    const bool told = !says(words, "redlock");  // whose servers do not tell of leases
    EXPECT_EQ(says(read("trace.json"), "\"leases of A\""), told) << words;
  }
}

TEST_F(OtherForms, AMarkdownSummaryAndAnnotationsTellOfOneFailureAlike) {
  const Ended campaign =
      runs("campaign --backend memory+ignored-limit --seeds 100 --no-shrink --markdown m.md --github --json report");
  EXPECT_EQ(campaign.code, 1);
  const std::string markdown = read("m.md");
  const std::string fence = "```sh\n";
  const std::size_t begin = markdown.find(fence);
  ASSERT_NE(begin, std::string::npos) << markdown;
  const std::string replay =
      markdown.substr(begin + fence.size(), markdown.find('\n', begin + fence.size()) - begin - fence.size());
  EXPECT_TRUE(says(read("report"), '"' + replay + '"')) << replay;
  EXPECT_TRUE(says(markdown, "**memory+ignored-limit broke L4 timely")) << markdown;
  EXPECT_TRUE(says(campaign.out, "::error title=memory+ignored-limit%3A L4 timely")) << campaign.out;
  EXPECT_TRUE(says(campaign.out, "%0A" + replay + "\n")) << campaign.out;
  EXPECT_FALSE(says(runs("campaign --backend memory+ignored-limit --seeds 100 --no-shrink").out, "::error"));
  EXPECT_FALSE(says(runs("campaign --backend memory --seeds 100 --github").out, "::")) << "nothing went wrong";
}

TEST_F(OtherForms, AnnotationsHaveNoPlaceInJson) {
  const Ended refused = runs("campaign --backend memory --seeds 1 --json - --github");
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(says(refused.err, "--github: standard output is the JSON; write that to a file")) << refused.err;
}

}  // namespace
}  // namespace lockstep::cli
