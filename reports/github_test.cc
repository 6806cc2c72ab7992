// What GitHub's runner takes for commands: one error for each way of failing, no more than it keeps, and none that a
// strange name has smuggled in.
#include "reports/github.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "reports/summary_test.h"

namespace lockstep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// As the runner finds them: after blanks, by "::" at the beginning of a line, or by "##[" anywhere in it.
std::vector<std::string> commands_in(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin != std::string::npos && line.compare(begin, 2, "::") == 0)
      found.push_back(line.substr(begin));
    else if (line.find("##[") != std::string::npos)
      found.push_back(line);
  }
  return found;
}
std::size_t count(const std::string& text, const std::string& command) {
  std::size_t number = 0;
  for (const auto& found : commands_in(text)) number += found.starts_with(command) ? 1 : 0;
  return number;
}

TEST(Github, IsToldOfEachWayOfFailingInAGroup) {
  EXPECT_EQ(campaign_annotations(broken_campaign()),
            "::group::sqlite: S8 durability: lease lost\n"
            "::error title=sqlite%3A S8 durability%3A lease lost,file=findings/seed-99.json::"
            "the lease of client 0 was lost%0A./lockstep replay findings/seed-99.json\n"
            "  seed 99: the lease of client 0 was lost\n"
            "  ./lockstep replay findings/seed-99.json\n"
            "::endgroup::\n"
            "::group::sqlite: S8 durability: token forgotten\n"
            "::error title=sqlite%3A S8 durability%3A token forgotten,file=findings/seed-40.json::"
            "token 2 was forgotten%0A./lockstep replay findings/seed-40.json\n"
            "  seed 17: token 12 was forgotten\n"
            "  ./lockstep replay findings/seed-17.json\n"
            "  seed 40: token 2 was forgotten\n"
            "  ./lockstep replay findings/seed-40.json\n"
            "::endgroup::\n");
}

TEST(Github, IsToldNothingOfACleanCampaignAndIsWarnedOfNoVerdict) {
  EXPECT_EQ(campaign_annotations(clean_campaign()), "");
  auto s = clean_campaign();
  s.outcome = CampaignOutcome::inconclusive;
  sums(s, Property::expiry) = {.runs = 412};
  EXPECT_THAT(campaign_annotations(s),
              StartsWith("::warning title=Lockstep%3A sqlite::Inconclusive: nothing exercised"));
}

TEST(Github, GetsNoMoreErrorsThanItKeepsAndTheNumberOfTheRest) {
  auto s = broken_campaign();
  s.failures.clear();
  for (std::uint64_t i = 0; i < 10; ++i)
    s.failures.push_back(failure(i, Property::durability, "shape " + std::to_string(i), "it broke"));
  EXPECT_EQ(count(campaign_annotations(s), "::error "), 10u);
  EXPECT_THAT(campaign_annotations(s), Not(HasSubstr("more went wrong")));
  s.failures.push_back(failure(10, Property::durability, "shape x", "it broke"));
  const std::string text = campaign_annotations(s);
  EXPECT_EQ(count(text, "::error "), kMostAnnotations);
  EXPECT_EQ(count(text, "::group::"), 11u);
  EXPECT_THAT(text, HasSubstr("::error title=Lockstep%3A 2 more::2 more went wrong;"));
}

TEST(Github, IsToldOfRunsThatDidNotRepeatAndWorkersThatDied) {
  auto s = clean_campaign();
  s.outcome = CampaignOutcome::violation;
  s.divergences = {"seed 7: a differs"};
  s.crashes = {"seed 9: signal 11"};
  EXPECT_THAT(campaign_annotations(s),
              AllOf(HasSubstr("::error title=sqlite%3A a run did not repeat::seed 7: a differs\n"),
                    HasSubstr("::error title=sqlite%3A a worker died::seed 9: signal 11%0A./lockstep replay ")));
}

TEST(Github, TakesNoCommandFromAStrangeName) {
  auto s = broken_campaign();
  const std::string strange = "50 %\r\n::error::x\n##[error]y ::warning::z,a:b";
  s.failures = {failure(17, Property::durability, strange, strange)};
  s.failures[0].file = "a,b:c%\n.json";
  const std::string text = campaign_annotations(s);
  EXPECT_EQ(count(text, "::error "), 1u) << text;
  EXPECT_EQ(commands_in(text).size(), 3u) << "the group, its error and its end: " << text;
  EXPECT_THAT(text, HasSubstr(",file=a%2Cb%3Ac%25%0A.json::"));
  EXPECT_THAT(text, HasSubstr("::50 %25 %0A::error::x%0A"));
}

TEST(Github, EscapesAsItsToolkitDoes) {
  EXPECT_EQ(annotation_message("a%b\nc:d,e"), "a%25b%0Ac:d,e");
  EXPECT_EQ(annotation_property("a%b\nc:d,e"), "a%25b%0Ac%3Ad%2Ce");
}

TEST(Github, IsToldOfCasesThatWentWrongAndOfLevelsThatAreNotKept) {
  using scenarios::Level;
  scenarios::Validation v{.backend = "mine"};
  v.contract = {{.name = "late-release", .promise = "takes it from nobody", .flaw = "it did", .file = "x.json"},
                {.name = "right", .promise = "holds"}};
  v.contract[0].broken = models::bit(Property::ownership);
  v.levels = {{.name = "excludes", .state = Level::State::failed, .evidence = {"one", "two"}},
              {.name = "fair", .state = Level::State::not_claimed}};
  const std::string text = validation_annotations(v);
  EXPECT_EQ(count(text, "::error "), 2u) << text;
  EXPECT_THAT(text, AllOf(HasSubstr("::error title=mine%3A late-release,file=x.json::takes it from nobody. it did%0A"),
                          HasSubstr("::error title=mine%3A not \"excludes\"::one\n  one\n  two\n")));
}

}  // namespace
}  // namespace lockstep::reports
