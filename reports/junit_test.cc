// What continuous integration reads: who failed, who was skipped, and that odd bytes do not break it.
#include "reports/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/summary_test.h"

namespace lockstep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Junit, ACleanCampaignIsASuiteOfPassedCases) {
  EXPECT_EQ(campaign_junit(clean_campaign()), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
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
