// The answer first, then the likelihood over time with the events at which it changed; and an account that reads like a
// bug report.
#include "reports/explain_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/account.h"

namespace lockstep::reports {
namespace {

using namespace std::chrono_literals;
using scenarios::Explanation;
using testing::HasSubstr;
using testing::StartsWith;

struct ExplainText : testing::Test {
  ExplainText() {
    explanation.property = models::Property::belief_exclusion;
    explanation.points = {{-1ns, 100, 4}, {100ms, 100, 6}, {750ms, 100, 100}, {1s, 100, 100}};
    result.verdicts.resize(models::kPropertyCount);
    for (int i = 0; i < models::kPropertyCount; ++i)
      result.verdicts[static_cast<std::size_t>(i)].property = static_cast<models::Property>(i);
    result.history.processes = {{"server 0", models::Process::Role::server, 0},
                                {"client 0", models::Process::Role::client, 1},
                                {"resource", models::Process::Role::resource, 2}};
    result.history.locks = {"A"};
    result.history.events.push_back({.at = 750ms, .type = models::EventType::process_paused, .process = 1});
    scenario.hosts.resize(3);
    scenario.clients = {1};
  }
  std::string text() const { return explain_text(explanation, result, scenario, {}); }
  Explanation explanation;
  scenarios::RunResult result;
  scenarios::Scenario scenario;
};

TEST_F(ExplainText, SaysFirstWhenItBecameInevitable) {
  EXPECT_THAT(text(), StartsWith("S2 belief-exclusion became inevitable at 0.750 s"));
  EXPECT_THAT(text(), HasSubstr("of those that parted just before, 6 %."));
}

TEST_F(ExplainText, MarksTheJumps) {
  EXPECT_THAT(text(), HasSubstr("\n   the beginning    4 %"));
  EXPECT_THAT(text(), HasSubstr("\n>>      0.750000  100 %  ####################"));
  EXPECT_THAT(text(), HasSubstr("\n        1.000000  100 %  ####################"));
}

TEST_F(ExplainText, SaysWhenThereIsNoSuchMoment) {
  explanation.points = {{-1ns, 100, 100}, {1s, 100, 100}};
  EXPECT_THAT(text(), StartsWith("S2 belief-exclusion was inevitable from the beginning"));
  explanation.points = {{-1ns, 100, 10}, {1s, 100, 40}};
  EXPECT_THAT(text(), StartsWith("S2 belief-exclusion was never inevitable"));
  explanation.complete = false;
  EXPECT_THAT(text(), StartsWith("Stopped before"));
}

TEST_F(ExplainText, ForMachinesHasEveryPoint) {
  const auto json = nlohmann::json::parse(explain_json(explanation, result, scenario));
  EXPECT_EQ(json["property"], "S2");
  EXPECT_EQ(json["points"].size(), 4u);
  EXPECT_EQ(json["points"][1]["violations"], 6);
  EXPECT_EQ(json["inevitable_from_ns"], 750'000'000);
}

TEST_F(ExplainText, AnAccountOfNothingIsEmpty) { EXPECT_EQ(account_of(result, scenario), ""); }

}  // namespace
}  // namespace lockstep::reports
