// What the table of the zoo says: the answer first, figures only where there are some, the same for people, documents
// and machines.
#include "reports/zoo_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lockstep::reports {
namespace {

using namespace std::chrono_literals;
using models::bit;
using models::Property;
using scenarios::BugHunted;
using scenarios::ZooTable;
using testing::HasSubstr;
using testing::StartsWith;

struct ZooText : testing::Test {
  ZooText() {
    BugHunted found;
    found.name = "memory+wall-clock";
    found.mechanism = 38;
    found.source = "valkey#2651";
    found.about = "deadlines are kept as wall-clock time";
    found.by_strategy = {{"mixed", {{12, 30ms, true}, {1200, 2s, true}, {7, 4ms, true}}}};
    found.caught_by = bit(Property::belief_exclusion) | bit(Property::progress);
    found.property = Property::belief_exclusion;
    found.sentence = "two of them";
    found.file = "out/x.min.json";
    found.steps = 1;
    found.faults = 2;
    found.shrinking = 79ms;
    table.bugs = {found};
    table.bases = 3;
    table.limit = 60s;
    table.complete = true;
    table.took = 5s;
  }
  void let_go() { table.bugs[0].by_strategy[0].hunts[0].caught = table.bugs[0].by_strategy[0].hunts[2].caught = false; }
  std::string text() const { return zoo_text(table, {}); }
  ZooTable table;
};

TEST_F(ZooText, SaysFirstThatAllAreCaught) {
  EXPECT_THAT(text(), StartsWith("The planted bug is caught, in the median of 3 hunts each; the slowest is "
                                 "memory+wall-clock with 12\nruns in 30 ms of one core.\n"));
}

TEST_F(ZooText, HasOneLineForEachBug) {
  EXPECT_THAT(text(), HasSubstr("   38  memory+wall-clock  S2 L2              12    30 ms  "
                                "1 step, 2 faults in 79 ms\n"));
}

TEST_F(ZooText, SaysWhichAreNotCaught) {
  let_go();
  EXPECT_THAT(text(),
              StartsWith("1 of 1 planted bug was not caught within 60.0 s of one core in the median of 3 hunts:\n"
                         "memory+wall-clock."));
  EXPECT_THAT(text(), HasSubstr("-        -  NOT CAUGHT\n"));
}

TEST_F(ZooText, ThatWasStoppedSaysSo) {
  table.complete = false;
  EXPECT_THAT(text(), StartsWith("Stopped before all hunts were over"));
}

TEST_F(ZooText, TellsOfWorkersThatDied) {
  table.deaths = {"memory+wall-clock, hunt 1 by mixed: its worker was killed by signal 9"};
  EXPECT_THAT(text(), HasSubstr("hunt 1 by mixed: its worker was killed by signal 9."));
}

TEST_F(ZooText, AsADocumentNamesItsCommandAndItsDay) {
  const std::string document = zoo_markdown(table, "./lockstep zoo --hunts 3", "2026-11-26");
  EXPECT_THAT(document, HasSubstr("Made on 2026-11-26 by\n\n    ./lockstep zoo --hunts 3\n"));
  EXPECT_THAT(document,
              HasSubstr("| 38 | `memory+wall-clock` | deadlines are kept as wall-clock time (valkey#2651) | S2, L2 "
                        "| 12 | 30 ms | 1 step, 2 faults in 79 ms |\n"));
}

TEST_F(ZooText, ForMachinesHasEveryHunt) {
  const auto json = nlohmann::json::parse(zoo_json(table));
  EXPECT_EQ(json["bugs"][0]["caught"], true);
  EXPECT_EQ(json["bugs"][0]["caught_by"], (nlohmann::json{"S2", "L2"}));
  EXPECT_EQ(json["bugs"][0]["strategies"][0]["hunts"].size(), 3u);
  EXPECT_EQ(json["bugs"][0]["shrunk"]["steps"], 1);
  let_go();
  EXPECT_EQ(nlohmann::json::parse(zoo_json(table))["bugs"][0]["caught"], false);
}

}  // namespace
}  // namespace lockstep::reports
