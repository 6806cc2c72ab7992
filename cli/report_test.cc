// The pages of campaigns from the command line: where they are, that they tell what the text tells, and that no page is
// worth a verdict. And `report`, which tells a campaign again without running anything.
#include <nlohmann/json.hpp>

#include "cli/program_test.h"
#include "reports/pages/page.h"

namespace lockstep::cli {
namespace {

using Json = nlohmann::ordered_json;

class Report : public Program {
 protected:
  void SetUp() override {
    if (!reports::has_pages()) GTEST_SKIP() << "this build has no pages: esbuild or d3 was not found";
  }
  Json document_in(const std::string& file) const {
    const std::string page = read(file), begin = "id=\"document\">";
    const auto from = page.find(begin);
    if (from == page.npos) return nullptr;
    return Json::parse(page.substr(from + begin.size(), page.find("</script", from) - from - begin.size()));
  }
  Json without_machine(const std::string& file) const {
    Json document = document_in(file);
    for (Json& campaign : document.at("campaigns")) campaign.erase("machine");
    return document;
  }
  static std::string last_line(const std::string& text) {
    const auto end = text.find_last_not_of('\n');
    return text.substr(text.rfind('\n', end) + 1, end - text.rfind('\n', end));
  }
};

TEST_F(Report, OfACampaignIsAPageThatItsLastLineNames) {
  const Ended campaign = runs("campaign --backend memory --seeds 100 --out o");
  EXPECT_EQ(campaign.code, 0) << campaign.out;
  EXPECT_EQ(last_line(campaign.out), "The page: o/report.html");
  const Json document = document_in("o/report.html");
  EXPECT_EQ(document.at("kind"), "campaign");
  EXPECT_TRUE(campaign.out.starts_with("memory kept ")) << campaign.out;
  EXPECT_TRUE(document.at("answer").get<std::string>().starts_with("memory kept "));
  EXPECT_GT(document.at("campaigns").at(0).at("coverage").at("rows").size(), 10u);
  const Ended again = runs("campaign --backend memory --seeds 100 --out o --html p.html --jobs 1 --json -");
  EXPECT_FALSE(says(again.out, "page")) << "what is for machines is only that";
  EXPECT_EQ(without_machine("o/report.html"), without_machine("p.html"));
}

TEST_F(Report, LinksToThePageOfEachWayToFail) {
  const Ended campaign = runs("campaign --backend memory+ignored-limit --seeds 60 --keep-going --out o --html p.html");
  EXPECT_EQ(campaign.code, 1);
  EXPECT_EQ(last_line(campaign.out), "The page: p.html");
  const Json failures = document_in("o/report.html").at("campaigns").at(0).at("failures");
  ASSERT_FALSE(failures.empty());
  for (const Json& failure : failures) {
    const std::string linked = failure.at("page");
    EXPECT_EQ(document_in("o/" + linked).at("kind"), "violation") << linked;
    EXPECT_EQ(failure.at("replay"), document_in("o/" + linked).at("replay"));
    EXPECT_TRUE(says(failure.at("account"), "That breaks ")) << failure.at("account");
  }
  EXPECT_EQ(document_in("p.html").at("campaigns").at(0).at("failures").at(0).at("page"),
            "o/" + failures.at(0).at("page").get<std::string>());
}

TEST_F(Report, OfAStoredCampaignIsTheOneThatItMadeItself) {
  const Ended campaign = runs("campaign --backend memory+ignored-limit --seeds 60 --keep-going --out o");
  const Ended report = runs("report o --html o/again.html");
  EXPECT_EQ(report.code, 1);
  EXPECT_EQ(report.out.substr(0, report.out.find("\nSpeed\n")), campaign.out.substr(0, campaign.out.find("\nSpeed\n")));
  EXPECT_EQ(last_line(report.out), "The page: o/again.html");
  EXPECT_EQ(without_machine("o/again.html"), without_machine("o/report.html"));
}

TEST_F(Report, OfAKilledCampaignSaysHowFarItCame) {
  // Its workers die with it, a moment later.
  const Ended killed = shell(
      "says() { \"$L\" report o 2>/dev/null | head -c 14; }; "
      "\"$L\" campaign --backend memory --seeds 1000000 --out o >/dev/null 2>&1 & "
      "until [ \"$(says)\" = 'Still at work,' ]; do sleep 0.1; done; \"$L\" report o --html w.html >w.txt; "
      "kill -9 $!; wait; while [ \"$(says)\" = 'Still at work,' ]; do sleep 0.1; done; \"$L\" report o --html k.html");
  EXPECT_EQ(killed.code, 3) << killed.err;
  EXPECT_TRUE(killed.out.starts_with("Killed, or stopped at once, after ")) << killed.out;
  EXPECT_TRUE(read("w.txt").starts_with("Still at work, after ")) << read("w.txt");
  EXPECT_EQ(document_in("w.html").at("campaigns").at(0).at("state"), "at work");
  EXPECT_EQ(document_in("k.html").at("campaigns").at(0).at("state"), "not finished");
}

TEST_F(Report, OfADirectoryWithSeveralCampaignsTellsAllOfThem) {
  runs("campaign --backend memory --seeds 100 --out o");
  runs("campaign --backend memory+ignored-limit --seeds 20 --no-shrink --out o");
  const Ended report = runs("report o --html r.html");
  EXPECT_EQ(report.code, 1) << "the worst of them";
  EXPECT_TRUE(says(report.out, "memory kept ") && says(report.out, "memory+ignored-limit broke ")) << report.out;
  EXPECT_EQ(document_in("r.html").at("campaigns").size(), 2u);
  EXPECT_EQ(runs("report o/memory-within-claims.state").code, 0);
}

TEST_F(Report, ThatCannotBeWrittenIsALineAndTheVerdictStays) {
  const Ended campaign =
      shell("mkdir -p o/report.html; \"$L\" campaign --backend memory+ignored-limit --seeds 60 --out o");
  EXPECT_EQ(campaign.code, 1);
  EXPECT_TRUE(says(campaign.out, "memory+ignored-limit broke ")) << campaign.out;
  EXPECT_FALSE(says(campaign.out, "The page"));
  EXPECT_TRUE(says(campaign.err, "lockstep: no page: cannot write o/report.html: ")) << campaign.err;
}

TEST_F(Report, OfWhatIsNoCampaignIsRefused) {
  const auto refused = [this](const std::string& words, const std::string& because) {
    const Ended ended = runs(words);
    EXPECT_EQ(ended.code, 2) << words;
    EXPECT_EQ(lines_in(ended.err), 1) << ended.err;
    EXPECT_TRUE(says(ended.err, because)) << ended.err;
    EXPECT_EQ(ended.out, "");
  };
  refused("report nowhere",
          "there is no campaign in nowhere: No such file or directory; name the directory that --out");
  shell("mkdir empty; echo x > x.state");
  refused("report empty", "there is no campaign in empty; name the directory that --out named");
  refused("report x.state", "x.state is not the state of a campaign, or it is damaged");
  refused("report x.state --html missing/x.html", "cannot write missing/x.html");
  refused("report", "there is no campaign in lockstep-out: No such file or directory; name the directory");
}

TEST_F(Report, OfTheZooAndOfAValidationAreDocumentsToo) {
  EXPECT_EQ(last_line(runs("zoo --hunts 1 --html z.html memory+stale-release").out), "The page: z.html");
  EXPECT_EQ(document_in("z.html").at("bugs").at(0).at("name"), "memory+stale-release");
  const Ended validated = runs("validate --backend memory+stale-release --seeds 20 --html v.html");
  EXPECT_EQ(validated.code, 1);
  EXPECT_EQ(last_line(validated.out), "The page: v.html");
  const Json validation = document_in("v.html");
  EXPECT_EQ(validation.at("outcome"), "broken");
  EXPECT_EQ(validation.at("campaigns").at(0).at("name"), "calm");
}

TEST_F(Report, OfACampaignThatIsResumedHasAllItsRuns) {
  ASSERT_NE(runs("campaign --backend memory --seeds 60 --out r").code, 2);
  const Ended fewer = runs("campaign --backend memory --seeds 20 --out r --resume");
  EXPECT_EQ(fewer.code, 2);
  EXPECT_EQ(
      fewer.err,
      "lockstep: r/memory-within-claims.state has runs up to seed 60, and --seeds 20 would lose some of them; name "
      "at least 60 seeds, or leave --resume out\n");
  EXPECT_NE(runs("campaign --backend memory --seeds 80 --out r --resume").code, 2);
}

}  // namespace
}  // namespace lockstep::cli
