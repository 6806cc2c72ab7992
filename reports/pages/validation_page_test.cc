// A validation as a document: levels with their evidence, each case of the contract, and what was not tried.
#include "reports/pages/validation_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/summary_test.h"
#include "reports/validation_answer.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using scenarios::Level;
using scenarios::Validation;
using testing::Contains;
using testing::HasSubstr;

Validation some_validation() {
  Validation v{.backend = "mine", .about = "a lock of mine"};
  v.claims.survives_power_loss = true;
  v.contract = {{.name = "late-release",
                 .promise = "p",
                 .runs = 3,
                 .flaw = "two had it",
                 .broken = models::bit(Property::lease_exclusion),
                 .file = "out/late.json"},
                {.name = "names-case", .promise = "q", .runs = 3},
                {.name = "survives", .promise = "r", .lacks = "to survive a crash"},
                {.name = "hangs", .promise = "s", .trouble = "its worker died"}};
  v.stages = {{"calm", "pauses", broken_campaign()}};
  v.levels = {{"excludes", "one at a time", Level::State::failed, {"S1 was broken"}},
              {"excludes under crashes", "also then", Level::State::not_claimed, {}},
              {"fair", "in order", Level::State::open, {"too few waited"}}};
  v.took = std::chrono::seconds(2);
  return v;
}

TEST(ValidationPage, TellsLevelsAndCasesInTheWordsOfTheText) {
  const Json document = validation_document(some_validation(), {}, "1.2.3");
  EXPECT_EQ(document.at("kind"), "validation");
  EXPECT_EQ(document.at("answer"), answer(some_validation()));
  EXPECT_EQ(document.at("outcome"), "broken");
  EXPECT_EQ(document.at("levels").at(0).at("state"), "failed");
  EXPECT_EQ(document.at("levels").at(0).at("evidence"), Json{"S1 was broken"});
  const Json& cases = document.at("contract");
  EXPECT_EQ(cases.at(0).at("result"), "wrong");
  EXPECT_EQ(cases.at(0).at("said"), "two had it");
  EXPECT_EQ(cases.at(0).at("broken"), Json{"S1 lease-exclusion"});
  EXPECT_EQ(cases.at(0).at("replay"), "./lockstep replay out/late.json");
  EXPECT_EQ(cases.at(1).at("result"), "right");
  EXPECT_FALSE(cases.at(1).contains("said"));
  EXPECT_EQ(cases.at(2).at("result"), "absent");
  EXPECT_EQ(cases.at(2).at("said"), "it does not claim to survive a crash");
  EXPECT_EQ(cases.at(3).at("result"), "open");
  EXPECT_EQ(document.at("campaigns").at(0).at("campaign").at("outcome"), "violation");
  EXPECT_THAT(document.at("claims"), Contains(Json{{"what", "power loss"}, {"value", "yes"}}));
}

TEST(ValidationPage, SaysWhatWasNotTried) {
  Validation v = some_validation();
  auto said = validation_document(v, {}, "").at("absent").get<std::vector<std::string>>();
  EXPECT_THAT(said, Contains(HasSubstr("1 case of the contract")));
  EXPECT_THAT(said, Contains("\"excludes under crashes\" is not claimed: also then."));
  EXPECT_THAT(said, Contains("\"fair\" is left open: too few waited."));
  EXPECT_THAT(said, Contains(HasSubstr("The campaigns end with \"calm\"")));
  EXPECT_THAT(said, Contains(HasSubstr("--beyond")));
  v.stages.clear();
  v.stopped = true;
  said = validation_document(v, {}, "").at("absent").get<std::vector<std::string>>();
  EXPECT_THAT(said, Contains(HasSubstr("stopped from outside")));
  EXPECT_THAT(said, Contains(HasSubstr("No campaign was run")));
}

}  // namespace
}  // namespace lockstep::reports
