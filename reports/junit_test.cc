// What continuous integration reads: who failed, who was skipped, and that odd bytes do not break it.
#include "reports/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <set>
#include <sstream>

#include "reports/summary_test.h"
#include "reports/validation_text.h"

namespace lockstep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Tree = boost::property_tree::ptree;

// What servers object to, or count wrongly. Children and attributes are those of the schema that Jenkins publishes, of
// which GitLab and others read a part.
class JunitFlaws {
 public:
  static std::vector<std::string> of(const std::string& xml) {
    Tree document;
    std::istringstream in(xml);
    boost::property_tree::read_xml(in, document);
    JunitFlaws flaws;
    flaws.take_suites(document);
    return flaws.all_;
  }

 private:
  void say(const std::string& flaw) { all_.push_back(flaw); }
  void only(const Tree& element, const std::string& name, const std::set<std::string>& allowed) {
    for (const auto& [child, unused] : element) {
      if (!allowed.contains(child)) say(name + " has " + child);
    }
    const Tree attributes = element.get_child("<xmlattr>", Tree());
    for (const auto& [attribute, unused] : attributes) {
      if (!allowed.contains("@" + attribute)) say(name + " has @" + attribute);
    }
  }
  // The number of cases, failures, errors and skipped ones.
  using Sums = std::map<std::string, int>;
  void compare(const Tree& element, const Sums& counted, const std::string& name) {
    for (const auto& [what, number] : counted) {
      if (element.get("<xmlattr>." + what, -1) != number) say(name + " tells a wrong number of " + what);
    }
    if (element.get("<xmlattr>.time", -1.0) < 0) say(name + " has no time");
  }

  void take_suites(const Tree& document) {
    only(document, "the document", {"testsuites"});
    const Tree& suites = document.get_child("testsuites");
    only(suites, "testsuites",
         {"<xmlattr>", "testsuite", "@name", "@tests", "@failures", "@errors", "@skipped", "@time"});
    Sums all = none();
    for (const auto& [child, suite] : suites) {
      if (child != "testsuite") continue;
      only(suite, "testsuite",
           {"<xmlattr>", "testcase", "system-out", "@name", "@tests", "@failures", "@errors", "@skipped", "@time"});
      Sums sums = none();
      for (const auto& [kind, one] : suite) {
        if (kind == "testcase") take_case(one, sums);
      }
      compare(suite, sums, "testsuite");
      for (const auto& [what, number] : sums) all[what] += number;
    }
    compare(suites, all, "testsuites");
  }

  void take_case(const Tree& one, Sums& sums) {
    only(one, "testcase", {"<xmlattr>", "failure", "error", "skipped", "@classname", "@name"});
    for (const char* name : {"classname", "name"}) {
      if (one.get(std::string("<xmlattr>.") + name, "").empty()) say(std::string("a case without ") + name);
    }
    if (!names_.insert(one.get("<xmlattr>.classname", "") + one.get("<xmlattr>.name", "")).second)
      say("two cases of one name");
    ++sums["tests"];
    sums["failures"] += static_cast<int>(one.count("failure"));
    sums["errors"] += static_cast<int>(one.count("error"));
    sums["skipped"] += static_cast<int>(one.count("skipped"));
    if (one.count("failure") + one.count("error") + one.count("skipped") > 1) say("a case that ended twice");
    for (const char* end : {"failure", "error", "skipped"}) {
      if (const auto found = one.get_child_optional(end))
        only(*found, end, {"<xmlattr>", "@message", end == std::string("skipped") ? "" : "@type"});
    }
  }
  static Sums none() { return {{"tests", 0}, {"failures", 0}, {"errors", 0}, {"skipped", 0}}; }

  std::vector<std::string> all_;
  std::set<std::string> names_;
};

CampaignSummary campaign_of_all_ends() {
  auto s = broken_campaign();
  sums(s, Property::expiry) = {.runs = 412};
  s.divergences = {"seed 7: differs"};
  return s;
}

scenarios::Validation validation_of_all_ends() {
  using scenarios::Level;
  scenarios::Validation v{.backend = "mine<\x01>"};
  v.contract = {{.name = "late-release", .promise = "p", .flaw = "\"it\" did \x1b[m\xff"},
                {.name = "right", .promise = "p"},
                {.name = "absent", .promise = "p", .lacks = "a line"},
                {.name = "open", .promise = "p", .trouble = "no answer"}};
  v.levels = {{.name = "excludes", .state = Level::State::failed, .evidence = {"one"}},
              {.name = "fair", .state = Level::State::not_claimed},
              {.name = "fenced", .state = Level::State::earned},
              {.name = "comes free", .state = Level::State::open}};
  v.took = std::chrono::seconds(2);
  return v;
}

TEST(Junit, IsWhatServersReadAndAddsUp) {
  EXPECT_THAT(JunitFlaws::of(campaign_junit(clean_campaign())), testing::IsEmpty());
  const std::string campaign = campaign_junit(campaign_of_all_ends());
  EXPECT_THAT(JunitFlaws::of(campaign), testing::IsEmpty()) << campaign;
  const std::string validation = validation_junit(validation_of_all_ends());
  EXPECT_THAT(JunitFlaws::of(validation), testing::IsEmpty()) << validation;
  EXPECT_THAT(validation, HasSubstr(R"(<testsuites name="lockstep" tests="8" failures="2" errors="1" skipped="3")"));
}

TEST(Junit, IsCheckedForWhatTheCheckMustFind) {
  const std::string whole = campaign_junit(campaign_of_all_ends());
  const auto damaged = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    EXPECT_NE(text, whole) << from;
    return JunitFlaws::of(text);
  };
  using testing::Contains;
  EXPECT_THAT(damaged("failures=\"1\"", "failures=\"2\""), Contains("testsuite tells a wrong number of failures"));
  EXPECT_THAT(damaged("tests=\"18\"", "tests=\"17\""), Contains("testsuites tells a wrong number of tests"));
  EXPECT_THAT(damaged(" skipped=\"1\"", ""), Contains("testsuite tells a wrong number of skipped"));
  EXPECT_THAT(damaged("<skipped message", "<omitted message"), Contains("testcase has omitted"));
  EXPECT_THAT(damaged("name=\"L2 progress\"", "name=\"L3 fifo\""), Contains("two cases of one name"));
  EXPECT_THAT(damaged("name=\"L2 progress\"", "title=\"L2\""), Contains("a case without name"));
  EXPECT_ANY_THROW(damaged("</testsuite>", ""));
}

TEST(Junit, ACleanCampaignIsASuiteOfPassedCases) {
  EXPECT_EQ(campaign_junit(clean_campaign()), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lockstep" tests="18" failures="0" errors="0" skipped="0" time="4.120">
  <testsuite name="lockstep.sqlite.within-claims" tests="18" failures="0" errors="0" skipped="0" time="4.120">
    <testcase classname="lockstep.sqlite.within-claims" name="S1 lease-exclusion"/>
    <testcase classname="lockstep.sqlite.within-claims" name="S2 belief-exclusion"/>
    <testcase classname="lockstep.sqlite.within-claims" name="S3 linearizable"/>
    <testcase classname="lockstep.sqlite.within-claims" name="S4 fencing-order"/>
    <testcase classname="lockstep.sqlite.within-claims" name="S5 fenced-writes"/>
    <testcase classname="lockstep.sqlite.within-claims" name="S6 ownership"/>
    <testcase classname="lockstep.sqlite.within-claims" name="S7 idempotence"/>
    <testcase classname="lockstep.sqlite.within-claims" name="S8 durability"/>
    <testcase classname="lockstep.sqlite.within-claims" name="S9 no-phantom-hold"/>
    <testcase classname="lockstep.sqlite.within-claims" name="E1 events"/>
    <testcase classname="lockstep.sqlite.within-claims" name="N1 names"/>
    <testcase classname="lockstep.sqlite.within-claims" name="L1 expiry"/>
    <testcase classname="lockstep.sqlite.within-claims" name="L2 progress"/>
    <testcase classname="lockstep.sqlite.within-claims" name="L3 fifo"/>
    <testcase classname="lockstep.sqlite.within-claims" name="L4 timely"/>
    <testcase classname="lockstep.sqlite.within-claims" name="L5 deadlock-free"/>
    <testcase classname="lockstep.sqlite.within-claims" name="runs repeat"/>
    <testcase classname="lockstep.sqlite.within-claims" name="workers survive"/>
    <system-out>sqlite kept every promise in 412 runs: no violation, every property exercised, 25 runs repeated without a difference.</system-out>
  </testsuite>
</testsuites>
)");
}

TEST(Junit, ABrokenPropertyFailsWithItsSentencesAndLinesToPaste) {
  auto s = broken_campaign();
  s.failures.pop_back();
  EXPECT_THAT(campaign_junit(s),
              AllOf(HasSubstr(R"(tests="18" failures="1" errors="0" skipped="0")"), HasSubstr(R"(name="S8 durability">
      <failure type="token forgotten" message="seed 40: token 2 was forgotten">seed 17: token forgotten: token 12 was forgotten
./lockstep replay findings/seed-17.json
seed 40: token forgotten: token 2 was forgotten
./lockstep replay findings/seed-40.json
</failure>
    </testcase>
)")));
}

TEST(Junit, WhatIsNoSuccessIsSkippedAndSaysWhy) {
  auto s = clean_campaign();
  sums(s, Property::expiry) = {.runs = 412};
  sums(s, Property::progress).undecided = 2;
  sums(s, Property::timely).violations = 5;
  s.asserted &= ~models::bit(Property::timely);
  s.sums.determinism_checked = 0;
  EXPECT_THAT(campaign_junit(s), AllOf(HasSubstr(R"(failures="0" errors="0" skipped="4")"),
                                       HasSubstr(R"(<skipped message="not exercised in 412 runs"/>)"),
                                       HasSubstr(R"(<skipped message="undecided in 2 of 412 runs"/>)"),
                                       HasSubstr(R"(<skipped message="not asserted; broken in 5 of 412 runs"/>)"),
                                       HasSubstr(R"(<skipped message="no run was repeated"/>)")));
}

TEST(Junit, DivergencesAndCrashesAreErrors) {
  auto s = clean_campaign();
  s.divergences = {"seed 7: \"a\" is not \"b\""};
  s.crashes = {"seed 9: signal 11"};
  EXPECT_THAT(campaign_junit(s),
              AllOf(HasSubstr(R"(failures="0" errors="2" skipped="0")"),
                    HasSubstr(R"(<error type="divergence" message="seed 7: &quot;a&quot; is not &quot;b&quot;">)"),
                    HasSubstr(R"(<error type="crash" message="seed 9: signal 11">seed 9: signal 11)"
                              "\n./lockstep replay --backend sqlite --profile within-claims --seed 9\n")));
}

TEST(Junit, EscapesWhatXmlKnowsByName) {
  EXPECT_EQ(xml_text("a<b>&\"c\"\n\td\r"), "a&lt;b&gt;&amp;&quot;c&quot;\n\td&#13;");
  EXPECT_EQ(xml_attribute("a\n\tb"), "a&#10;&#9;b");
}

TEST(Junit, ShowsWhatXmlCannotExpress) {
  EXPECT_EQ(xml_text(std::string_view("a\0b\x1b[m\x7f", 7)), "a\\x00b\\x1b[m\\x7f");
  EXPECT_EQ(xml_text("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x94\x92"), "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x94\x92");
  EXPECT_EQ(xml_text("\xc3"), "\\xc3") << "cut off";
  EXPECT_EQ(xml_text("\xc0\xaf"), "\\xc0\\xaf") << "longer than need be";
  EXPECT_EQ(xml_text("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half of a pair";
  EXPECT_EQ(xml_text("\xef\xbf\xbe"), "\\xef\\xbf\\xbe") << "no character";
}

}  // namespace
}  // namespace lockstep::reports
