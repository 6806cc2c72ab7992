// A campaign as JUnit XML, the form that continuous integration servers read: a suite for the backend, a case for
// each property, and one each for "runs repeat" and "workers survive".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/summary.h"

namespace lockstep::reports {

// An asserted property that was broken is a failure, with the sentence and the line to paste for each seed. Skipped:
// what is not asserted, was not exercised or could not be decided, for that is no success. Runs that did not repeat
// and workers that died are errors.
std::string campaign_junit(const scenarios::CampaignSummary& summary);

// What a suite is made of, for other reports in this form.
struct JunitCase {
  enum class End : std::uint8_t { passed, failed, error, skipped };
  std::string name;
  End end = End::passed;
  std::string message;
  std::string type;
  std::string body;
};
struct JunitSuite {
  std::string name;
  std::vector<JunitCase> cases;
  double seconds = 0;
  std::string said;  // its standard output
};
std::string junit_of(const std::vector<JunitSuite>& suites);

// `text` as the content of an element, and as the value of an attribute, where line breaks and tabs need an escape to
// survive. What XML 1.0 cannot express (control characters, bytes that are not UTF-8) becomes \xNN.
std::string xml_text(std::string_view text);
std::string xml_attribute(std::string_view text);

}  // namespace lockstep::reports
