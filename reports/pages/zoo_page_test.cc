// The zoo as a document: the same figures as its table for people, and each hunt.
#include "reports/pages/zoo_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/zoo_text.h"

namespace lockstep::reports {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

scenarios::ZooTable some_table() {
  scenarios::BugHunted caught{.name = "memory+wall-clock", .mechanism = 38, .source = "valkey#2651", .about = "a"};
  caught.by_strategy = {{"mixed", {{12, 30ms, true}, {1200, 2s, true}, {7, 4ms, true}}}};
  caught.caught_by = models::bit(models::Property::belief_exclusion) | models::bit(models::Property::progress);
  caught.property = models::Property::belief_exclusion;
  caught.sentence = "two of them";
  caught.file = "out/x.min.json";
  caught.steps = 1, caught.faults = 2, caught.shrinking = 79ms;
  scenarios::BugHunted missed{.name = "memory+x", .mechanism = 7, .about = "b"};
  missed.by_strategy = {{"mixed", {{900, 60s, false}, {900, 60s, false}, {7, 4ms, true}}}};
  return {.bugs = {caught, missed}, .deaths = {"died"}, .bases = 3, .limit = 60s, .complete = true, .took = 5s};
}

TEST(ZooPage, TellsEachBugWithTheMedianAndEachHunt) {
  const Json document = zoo_document(some_table(), "./lockstep zoo");
  EXPECT_EQ(document.at("kind"), "zoo");
  EXPECT_EQ(document.at("answer"), zoo_answer(some_table()));
  EXPECT_EQ(document.at("command"), "./lockstep zoo");
  const Json& caught = document.at("bugs").at(0);
  EXPECT_EQ(caught.at("caught"), true);
  EXPECT_EQ(caught.at("caught_by"), (Json{"S2", "L2"}));
  EXPECT_EQ(caught.at("strategies").at(0).at("median"), (Json{{"caught", true}, {"runs", 12}, {"seconds", 0.03}}));
  EXPECT_EQ(caught.at("strategies").at(0).at("hunts").size(), 3u);
  EXPECT_EQ(caught.at("shrunk").at("replay"), "./lockstep replay out/x.min.json");
  EXPECT_EQ(caught.at("shrunk").at("property"), "S2 belief-exclusion");
  const Json& missed = document.at("bugs").at(1);
  EXPECT_EQ(missed.at("caught"), false);
  EXPECT_EQ(missed.at("strategies").at(0).at("median").at("caught"), false);
  EXPECT_FALSE(missed.contains("shrunk"));
  EXPECT_EQ(document.at("deaths"), Json{"died"});
}

}  // namespace
}  // namespace lockstep::reports
