// An envelope that comes back from its file is the one that was written, and whatever else a file may hold is refused
// with a sentence that says what it is.
#include "reports/envelope_read.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "reports/envelope_report.h"
#include "reports/envelope_test.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;

std::string error_of(const std::string& text) {
  const auto told = envelope_read(text);
  return told ? "" : told.error();
}

std::string error_after(const std::function<void(Json&)>& damage) {
  Json told = envelope_told(an_envelope(), "0.1.0");
  damage(told);
  return error_of(told.dump());
}

TEST(EnvelopeRead, GivesBackWhatWasWritten) {
  const auto told = envelope_read(envelope_json(an_envelope(), "0.1.0"));
  ASSERT_TRUE(told) << told.error();
  EXPECT_EQ(*told, envelope_told(an_envelope(), "0.1.0"));
}

TEST(EnvelopeRead, TakesOneThatWasStopped) {
  scenarios::Envelope part = an_envelope();
  part.end = scenarios::Envelope::End::interrupted;
  part.maps[0].cells.clear();
  part.axes[1].points.clear();
  EXPECT_EQ(error_of(envelope_json(part, "0.1.0")), "");
  part.judged = 0;
  part.axes[0].boundaries.clear();
  EXPECT_EQ(error_of(envelope_json(part, "0.1.0")), "") << "of a lock that tells too little to be judged";
}

TEST(EnvelopeRead, SaysWhatIsNoEnvelope) {
  const std::string advice = "; `lockstep envelope NAME --json FILE` writes";
  EXPECT_EQ(error_of("{"), "is not JSON" + advice + " envelopes");
  EXPECT_EQ(error_of("[1]"), "is not an envelope" + advice + " them");
  EXPECT_EQ(error_of("{\"lockstep_scenario\": 1}"), "is not an envelope" + advice + " them");
  EXPECT_EQ(error_after([](Json& told) { told["lockstep_envelope"] = 2; }),
            "is an envelope of version 2, and this program reads version 1; measure it again");
}

TEST(EnvelopeRead, SaysWhatIsWrongInOne) {
  const auto wrong = [](const std::string& what) { return "is a damaged envelope: " + what + "; measure it again"; };
  EXPECT_EQ(error_after([](Json& told) { told.erase("answer"); }), wrong("answer is missing"));
  EXPECT_EQ(error_after([](Json& told) { told["colour"] = 1; }), wrong("colour is no field of an envelope"));
  EXPECT_EQ(error_after([](Json& told) { told["outcome"] = "fine"; }), wrong("outcome is not one of kept|broken|open"));
  EXPECT_EQ(error_after([](Json& told) { told["axes"][0]["values"][1] = -5; }),
            wrong("axes[0].values[1] is not a count"));
  EXPECT_EQ(error_after([](Json& told) { told["axes"][0]["labels"].erase(0); }),
            wrong("axes[0].labels has 3 entries instead of 4"));
  EXPECT_EQ(error_after([](Json& told) { told["axes"][0]["properties"]["S2"].erase("upper"); }),
            wrong("axes[0].properties.S2.upper is missing"));
  EXPECT_EQ(error_after([](Json& told) { told["axes"][0]["properties"]["S2"]["upper"][0] = 1.5; }),
            wrong("axes[0].properties.S2.upper[0] is not a share"));
  EXPECT_EQ(error_after([](Json& told) { told["axes"][0]["properties"]["X9"] = told["axes"][0]["properties"]["S2"]; }),
            wrong("axes[0].properties.X9 is no field of an envelope"));
  EXPECT_EQ(error_after([](Json& told) { told["axes"][0]["boundaries"][0]["first_broken"] = 7; }),
            wrong("axes[0]: the boundary of S2 is where nothing was tried"));
  EXPECT_EQ(error_after([](Json& told) { told["axes"][0]["boundaries"][0]["property"] = "L2"; }),
            wrong("axes[0]: the boundary of L2 belongs to none that broke"));
  EXPECT_EQ(error_after([](Json& told) { told["maps"][0]["properties"]["S2"]["violations"][1].erase(0); }),
            wrong("maps[0].properties.S2.violations, a row, has 1 entries instead of 2"));
  EXPECT_EQ(error_after([](Json& told) { told["machine"] = "mine"; }), wrong("machine is not an object"));
}

}  // namespace
}  // namespace lockstep::reports
