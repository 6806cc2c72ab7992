// Envelopes as documents: all that the JSON has, what was not exercised in sentences, and several side by side.
#include "reports/pages/envelope_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/envelope_report.h"
#include "reports/envelope_test.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using scenarios::Envelope;
using testing::Contains;
using testing::HasSubstr;

Json told_of(const Envelope& e) { return envelope_told(e, "0.1.0"); }

std::vector<std::string> absent_of(const Envelope& e) {
  return envelope_document(told_of(e)).at("absent").get<std::vector<std::string>>();
}

TEST(EnvelopePage, HasAllThatTheJsonHas) {
  const Json told = told_of(an_envelope()), document = envelope_document(told);
  EXPECT_EQ(document.at("kind"), "envelope");
  EXPECT_EQ(document.at("title"), "some-lock: how much does it survive?");
  for (const auto& [key, value] : told.items()) EXPECT_EQ(document.at(key), value) << key;
}

TEST(EnvelopePage, SaysWhatWasNotExercised) {
  Envelope e = an_envelope();
  EXPECT_THAT(absent_of(e), Contains("delay was not tried: it sends no messages."));
  EXPECT_THAT(absent_of(e), Contains("Nothing here exercised N1 names."));
  EXPECT_THAT(absent_of(e), Contains(HasSubstr("L5 deadlock-free were not judged: the lock does not tell enough")));
  EXPECT_THAT(absent_of(e), Not(Contains(HasSubstr("L2"))));
  e.axes[1].points[1] = point(20'000'000'000, 0, 0);
  EXPECT_THAT(absent_of(e), Contains("L2 progress was exercised along a part of pause (only to 1 ms)."));
  e.axes[1].points[0] = point(1'000'000, 0, 0);
  EXPECT_THAT(absent_of(e), Contains("L2 progress was not exercised along pause."));
  EXPECT_THAT(absent_of(e), Not(Contains(HasSubstr("stopped"))));
  e.end = Envelope::End::interrupted;
  e.maps[0].cells.clear();
  EXPECT_THAT(absent_of(e), Contains("It was stopped from outside before its end: this is a part."));
  EXPECT_THAT(absent_of(e), Contains("The map of drift against ttl was not drawn."));
  e.maps.clear();
  EXPECT_THAT(absent_of(e), Contains("No map of a trouble against the length of leases was drawn."));
}

TEST(EnvelopePage, NamesTheCommandThatMeasuresItAgain) {
  Envelope e = an_envelope();
  EXPECT_EQ(measure_again(told_of(e)),
            "./lockstep envelope some-lock --axes drift,pause,delay --runs 100 --seed 1 --ttl '2 s'");
  e.backend = "my lock; rm";
  e.ttl = std::chrono::nanoseconds(1'234'567);
  e.first_seed = 9;
  e.resolution_ppm = kQuickResolution;
  e.maps.clear();
  EXPECT_EQ(measure_again(told_of(e)),
            "./lockstep envelope 'my lock; rm' --axes drift,pause,delay --runs 100 --seed 9 --ttl '1234567 ns' "
            "--quick --no-maps");
}

TEST(EnvelopesPage, SetsLocksAgainstAxes) {
  Envelope other = an_envelope();
  other.backend = "other";
  other.axes.pop_back();
  other.axes[0].boundaries[0].claimed = true;
  other.axes[0].boundaries[0].kept.reset();
  const Json here = told_of(an_envelope()), there = told_of(other);
  const Json document = envelopes_document({{&here, "breaks late", "some-lock.html"}, {&there, "", ""}}, "make it");
  EXPECT_EQ(document.at("kind"), "envelopes");
  EXPECT_EQ(document.at("answer"),
            "2 locks in 2 468 runs. Within what they claim along every axis that was measured: 1; broken within what "
            "they claim: other.");
  EXPECT_EQ(document.at("axes").size(), 3u);
  const Json &first = document.at("locks").at(0), &second = document.at("locks").at(1);
  EXPECT_EQ(first.at("sentence"), "breaks late");
  EXPECT_EQ(first.at("page"), "some-lock.html");
  EXPECT_FALSE(second.contains("sentence") || second.contains("page"));
  const Json& broken = first.at("cells").at(0);
  EXPECT_EQ(broken.at("state"), "broken");
  EXPECT_EQ(broken.at("breaks").at(0).at("properties"), Json{"S2"});
  EXPECT_EQ(broken.at("breaks").at(0).at("safe_up_to"), "0.2 %");
  EXPECT_NEAR(broken.at("breaks").at(0).at("survived").get<double>(), 0.352, 1e-3);
  EXPECT_EQ(first.at("cells").at(1), (Json{{"state", "kept"}, {"exercised", 2}}));
  EXPECT_EQ(first.at("cells").at(2), (Json{{"state", "not-tried"}, {"because", "it sends no messages"}}));
  EXPECT_EQ(second.at("cells").at(0).at("breaks").at(0).at("survived"), 0);
  EXPECT_EQ(second.at("cells").at(0).at("breaks").at(0).at("claimed"), true);
  EXPECT_EQ(second.at("cells").at(2).at("state"), "not-measured");
}

// S2 and L2 at one magnitude are one break of both; what breaks sooner comes first.
TEST(EnvelopesPage, TellsTogetherWhatBreaksTogether) {
  Envelope e = an_envelope();
  auto boundary = e.axes[0].boundaries[0];
  boundary.property = models::Property::progress;
  e.axes[0].boundaries.push_back(boundary);
  Json told = told_of(e);
  const Json both = envelopes_document({{&told, "", ""}}, "").at("locks").at(0).at("cells").at(0).at("breaks");
  EXPECT_EQ(both.size(), 1u);
  EXPECT_EQ(both.at(0).at("properties"), (Json{"S2", "L2"}));
  e.axes[0].boundaries[1].kept = 100'000;
  e.axes[0].boundaries[1].broken = 2'005'999;
  told = told_of(e);
  const Json each = envelopes_document({{&told, "", ""}}, "").at("locks").at(0).at("cells").at(0).at("breaks");
  EXPECT_EQ(each.at(0).at("properties"), Json{"L2"});
  EXPECT_EQ(each.at(1).at("properties"), Json{"S2"});
}

}  // namespace
}  // namespace lockstep::reports
