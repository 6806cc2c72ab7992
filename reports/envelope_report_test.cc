// An envelope in each of its forms: what the reader of a terminal, of a page and of a spreadsheet is told, and that
// none of them ever says "safe" without on how many runs that rests.
#include "reports/envelope_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/envelope_test.h"
#include "reports/envelope_words.h"

namespace lockstep::reports {
namespace {

using models::Property;
using scenarios::Envelope;
using scenarios::EnvelopeAxis;
using scenarios::EnvelopeUnit;

std::size_t longest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

TEST(EnvelopeText, FitsEightyColumnsAndHasNoColourUnlessAsked) {
  const std::string text = envelope_text(an_envelope(), {.colour = false, .width = 80});
  EXPECT_LE(longest_line(text), 80u) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_TRUE(std::ranges::all_of(text, [](unsigned char c) { return c == '\n' || (c >= 32 && c < 127); }));
  EXPECT_NE(envelope_text(an_envelope(), {.colour = true, .width = 80}).find('\x1b'), std::string::npos);
}

TEST(EnvelopeText, TellsTheBoundaryTheRunsBehindItAndWhatIsClaimed) {
  const std::string text = envelope_text(an_envelope(), {.colour = false, .width = 200});
  EXPECT_TRUE(says(text,
                   "some-lock kept what it claims along 2 axes, in 1 234 runs. Beyond its claims it breaks by drift "
                   "(S2)."))
      << text;
  EXPECT_TRUE(says(text, "claimed   0.2 %     any     n/a")) << text;
  EXPECT_TRUE(says(text, "S2        0.2 %     all     n/a")) << text;
  EXPECT_TRUE(says(text,
                   "S2 belief-exclusion is kept up to 0.2005 % (0 of 100 runs; at most 3.7 % at 95 %) and breaks at "
                   "0.2009 % (12 of 100 runs); the lock does not claim to survive that."))
      << text;
  EXPECT_TRUE(says(text, "S2 ..2#")) << text;
  EXPECT_TRUE(says(text, "kept to the end: S2 and L2; at least 80 runs a point exercised each")) << text;
  EXPECT_TRUE(says(text, "Not exercised anywhere: N1.")) << text;
  EXPECT_TRUE(says(text, "./lockstep replay out/some-lock-drift-S2.json")) << text;
  EXPECT_TRUE(says(text, "not tried: it sends no messages")) << text;
}

TEST(EnvelopeText, DrawsMapsWithLongLeasesOnTop) {
  const std::string text = envelope_text(an_envelope(), {.colour = false, .width = 80});
  EXPECT_TRUE(says(text, "    20 s  ---###\n   10 ms  ...666\n")) << text;
}

TEST(EnvelopeText, OfAPartSaysThatItIsOne) {
  Envelope part = an_envelope();
  part.end = Envelope::End::interrupted;
  part.maps[0].cells.clear();
  const std::string text = envelope_text(part, {.colour = false, .width = 80});
  EXPECT_TRUE(text.starts_with("Interrupted: this is a part of the envelope.")) << text;
  EXPECT_TRUE(says(text, "drift x ttl: not drawn")) << text;
  EXPECT_EQ(outcome_of(part), EnvelopeOutcome::open);
  EXPECT_FALSE(nlohmann::json::parse(envelope_json(part, "0.1.0")).empty());
}

TEST(EnvelopeOutcome, IsBrokenOnlyByWhatIsClaimed) {
  Envelope e = an_envelope();
  EXPECT_EQ(outcome_of(e), EnvelopeOutcome::kept);
  e.axes[0].boundaries[0].claimed = true;
  EXPECT_EQ(outcome_of(e), EnvelopeOutcome::broken);
  EXPECT_TRUE(says(answer(e), "some-lock does not survive what it claims to, in 1 234 runs: drift (S2).")) << answer(e);
  Envelope restless = an_envelope();
  restless.calm = point(0, 3);
  EXPECT_EQ(outcome_of(restless), EnvelopeOutcome::broken);
  EXPECT_TRUE(says(answer(restless), "even in the calm")) << answer(restless);
}

TEST(EnvelopeVerdict, NeverCallsKeptWhatWasNotExercised) {
  EnvelopeAxis axis = an_envelope().axes[1];
  EXPECT_EQ(verdict(axis, Property::names), "N1 names was not exercised.");
  EXPECT_EQ(safe_up_to(axis, Property::names), "-");
  axis.points.push_back(point(30'000'000'000, 0, 0));
  EXPECT_EQ(safe_up_to(axis, Property::progress), "20 s*");
  EXPECT_TRUE(says(verdict(axis, Property::progress),
                   "L2 progress is kept as far as it was exercised, 20 s: no violation "
                   "in 180 runs that exercised it, at least 80 at each magnitude"))
      << verdict(axis, Property::progress);
}

TEST(Magnitude, IsCutOffAndNeverRoundedUp) {
  EXPECT_EQ(magnitude(EnvelopeUnit::ppb, 2'009'999, 3), "0.2 %");
  EXPECT_EQ(magnitude(EnvelopeUnit::ppb, 2'019'999, 3), "0.201 %");
  EXPECT_EQ(magnitude(EnvelopeUnit::nanoseconds, 1'999'999'999), "1.999 s");
  EXPECT_EQ(magnitude(EnvelopeUnit::nanoseconds, 999'999), "999.9 us");
  EXPECT_EQ(magnitude(EnvelopeUnit::ppm, 1'000'000), "100 %");
  EXPECT_EQ(magnitude(EnvelopeUnit::nanoseconds, 1), "1 ns");
}

TEST(EnvelopeJson, HasAllThereIsToDraw) {
  const auto json = nlohmann::json::parse(envelope_json(an_envelope(), "0.1.0"));
  EXPECT_EQ(json["lockstep_envelope"], 1);
  EXPECT_EQ(json["outcome"], "kept");
  const auto& drift = json["axes"][0];
  EXPECT_EQ(drift["unit"], "ppb");
  EXPECT_EQ(drift["claimed_value"], 2'000'000);
  EXPECT_EQ(drift["values"].size(), 4u);
  EXPECT_EQ(drift["labels"][2], "0.2009 %");
  const auto& s2 = drift["properties"]["S2"];
  EXPECT_EQ(s2["violations"], nlohmann::json({0, 0, 12, 100}));
  EXPECT_EQ(s2["state"], "broken");
  EXPECT_NEAR(s2["upper"][0].get<double>(), 0.0362, 1e-4);
  EXPECT_EQ(s2["lower"][0], 0.0);
  EXPECT_EQ(s2["upper"][3], 1.0);
  const auto& boundary = drift["boundaries"][0];
  EXPECT_EQ(boundary["last_kept"], 2'005'999);
  EXPECT_EQ(boundary["first_broken"], 2'009'000);
  EXPECT_EQ(boundary["example"]["seed"], 17);
  EXPECT_EQ(boundary["example"]["replay"], "./lockstep replay out/some-lock-drift-S2.json");
  EXPECT_EQ(json["axes"][1]["claimed_value"], nullptr);
  EXPECT_EQ(json["axes"][2]["not_tried_because"], "it sends no messages");
  EXPECT_EQ(json["maps"][0]["properties"]["S2"]["violations"], nlohmann::json({{0, 55}, {0, 100}}));
  EXPECT_EQ(json["maps"][0]["kept_everywhere"], nlohmann::json({"L2"}));
  EXPECT_TRUE(json["machine"].contains("seconds"));
}

TEST(EnvelopeCsv, HasALineForEachPropertyAtEachPoint) {
  const std::string csv = envelope_csv(an_envelope());
  const auto lines = std::count(csv.begin(), csv.end(), '\n');
  EXPECT_EQ(lines, 1 + 3 * (1 + 4 + 2 + 4)) << "a heading, and three properties in the calm, on two axes and in a map";
  EXPECT_TRUE(says(csv, "drift,2009000,ppb,2000000000,S2,100,100,12,0,0.0635,0.2003\n")) << csv;
}

}  // namespace
}  // namespace lockstep::reports
