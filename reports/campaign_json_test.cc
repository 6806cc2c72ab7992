// The machine's view of a campaign: key order, hashes as text, and that nothing is left out.
#include "reports/campaign_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/summary_test.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::StartsWith;

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST(CampaignJson, BeginsWithItsVersionAndTheAnswer) {
  EXPECT_THAT(campaign_json(clean_campaign()), StartsWith(R"({
  "lockstep_report": 1,
  "answer": "sqlite kept every promise in 412 runs: no violation, every property exercised, 25 runs repeated without a difference.",
  "outcome": "clean",
  "backend": "sqlite",
  "profile": "within-claims",
  "first_seed": 1,
  "seeds_wanted": 412,
  "runs": 412,
  "properties": [
    {
      "id": "S1",
      "name": "lease-exclusion",
      "asserted": true,
      "runs": 412,
      "exercised_runs": 400,
      "exercised": 10500,
      "violations": 0,
      "undecided": 0
    },
)"));
}

TEST(CampaignJson, KeepsTheOrderOfItsKeys) {
  const auto report = Json::parse(campaign_json(broken_campaign()));
  EXPECT_THAT(keys_of(report),
              ElementsAre("lockstep_report", "answer", "outcome", "backend", "profile", "first_seed", "seeds_wanted",
                          "runs", "properties", "not_exercised", "faults", "canaries", "stories", "failures",
                          "findings", "divergences", "crashes", "determinism", "crashed", "steps", "trace_events",
                          "trace_digest", "history_events", "messages", "messages_lost", "messages_duplicated",
                          "virtual_ns", "machine", "coverage", "finished", "build"));
  EXPECT_EQ(report["properties"].size(), std::size_t{models::kPropertyCount});
  EXPECT_EQ(report["faults"].size(), std::size_t{sim::kFaultKinds});
  EXPECT_EQ(report["faults"]["isolate-host"], 56);
}

TEST(CampaignJson, TellsHowOftenOperationsEndedHowDuringWhichFaults) {
  auto s = clean_campaign();
  auto& lost = s.sums.coverage.endings[{models::Op::renew, models::EventType::fail, models::Reason::lost}];
  lost.total = 9;
  lost.during[5] = 2;
  EXPECT_EQ(Json::parse(campaign_json(s))["coverage"].dump(),
            R"([{"operation":"renew","end":"fail","reason":"lost","times":9,"during":{"isolate-host":2}}])");
}

TEST(CampaignJson, TellsFindingsApartFromFailures) {
  const auto report = Json::parse(campaign_json(found_beyond_claims()));
  EXPECT_TRUE(report["failures"].empty());
  EXPECT_EQ(report["findings"].dump(),
            R"([{"seed":7,"property":"S2","name":"belief-exclusion","shape":"two holders","sentence":"both held A",)"
            R"("trace_hash":"0000000000000000","asserted":false,)"
            R"("replay":"./lockstep replay --backend sqlite --profile beyond-claims --seed 7"}])");
}

TEST(CampaignJson, TellsEachFailureWithItsHashAsTextAndItsLineToPaste) {
  const auto failures = Json::parse(campaign_json(broken_campaign()))["failures"];
  ASSERT_EQ(failures.size(), 3u);
  EXPECT_EQ(failures[0].dump(),
            R"({"seed":17,"property":"S8","name":"durability","shape":"token forgotten",)"
            R"("sentence":"token 12 was forgotten","trace_hash":"abcdef0123456789","file":"findings/seed-17.json",)"
            R"("replay":"./lockstep replay findings/seed-17.json","shrunk":true,"steps":3,"faults":1,)"
            R"("shrink_runs":87,"shrink_seconds":0.5})");
}

TEST(CampaignJson, NamesWhatNoRunExercised) {
  auto s = clean_campaign();
  sums(s, Property::expiry) = {.runs = 412};
  s.outcome = CampaignOutcome::inconclusive;
  const auto report = Json::parse(campaign_json(s));
  EXPECT_EQ(report["not_exercised"].dump(), R"(["L1"])");
  EXPECT_EQ(report["outcome"], "inconclusive");
}

TEST(CampaignJson, IsValidWhateverBytesAFileNameHas) {
  auto s = broken_campaign();
  s.failures[0].file = "a\xff\x01.json";
  EXPECT_TRUE(Json::accept(campaign_json(s)));
}

}  // namespace
}  // namespace lockstep::reports
