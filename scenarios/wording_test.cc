// Durations as text, and what is suggested for a misspelt word.
#include "scenarios/wording.h"

#include <gtest/gtest.h>

#include "impl/env/random.h"

namespace lockstep::scenarios {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, UsesTheLargestUnitThatDivides) {
  EXPECT_EQ(duration_text(3s), "3 s");
  EXPECT_EQ(duration_text(1500us), "1500 us");
  EXPECT_EQ(duration_text(250ms), "250 ms");
  EXPECT_EQ(duration_text(-17ns), "-17 ns");
  EXPECT_EQ(duration_text(0ns), "0 s");
  EXPECT_EQ(duration_text(2h), "7200 s");
  EXPECT_EQ(duration_text(Duration::max()), "9223372036854775807 ns");
  EXPECT_EQ(duration_text(Duration::min()), "-9223372036854775808 ns");
}

TEST(DurationText, IsReadBack) {
  RandomStream random(1);
  EXPECT_EQ(parse_duration("-9223372036854775808 ns"), Duration::min());
  EXPECT_EQ(parse_duration("9223372036854775807 ns"), Duration::max());
  for (int i = 0; i < 10000; ++i) {
    const Duration duration(static_cast<std::int64_t>(random.next()) >> random.below(64));
    ASSERT_EQ(parse_duration(duration_text(duration)), duration);
  }
}

TEST(DurationText, IsRefusedWhenItIsNotExact) {
  for (const auto* text : {"",   " ",    "s",     " s",    "1  s",  "1 s ",  " 1 s", "1 sec", "1 S",   "1S",  "1x",
                           "ms", "+1 s", "- 1 s", "--1 s", "0x1 s", "1e3 s", "1 h",  "1",     "1,5 s", "\xff"}) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error(),
              in_quotes(text) + " is not a duration; write a number and ns, us, ms or s, like \"250 ms\"");
  }
  EXPECT_EQ(parse_duration("9223372037 s").error(), R"("9223372037 s" is too long; write less than 292 years)");
  EXPECT_EQ(parse_duration("9223372036854775808 ns").error(),
            R"("9223372036854775808 ns" is too long; write less than 292 years)");
}

TEST(DurationText, NeedsNoSpace) {
  EXPECT_EQ(parse_duration("5ms"), std::chrono::milliseconds(5));
  EXPECT_EQ(parse_duration("-17ns"), Duration(-17));
  EXPECT_EQ(parse_duration("1.5ms").error(), R"("1.5ms" has a decimal point; write "1500 us")");
}

TEST(DurationText, SaysHowToWriteAFraction) {
  EXPECT_EQ(parse_duration("1.5 ms").error(), R"("1.5 ms" has a decimal point; write "1500 us")");
  EXPECT_EQ(parse_duration("-0.5 s").error(), R"("-0.5 s" has a decimal point; write "-500 ms")");
  EXPECT_EQ(parse_duration("2.0 s").error(), R"("2.0 s" has a decimal point; write "2 s")");
  EXPECT_EQ(parse_duration("0.000000001 s").error(), R"("0.000000001 s" has a decimal point; write "1 ns")");
  for (const auto* text : {"0.5 ns", "1. s", ".5. s", "1.-5 s", "9999999999.5 s", "0.0000000001 s", "1.x s", ". s"}) {
    EXPECT_EQ(parse_duration(text).error(),
              in_quotes(text) + " has a decimal point; write a whole number of a smaller unit");
  }
}

TEST(Suggestions, AreWordsThatAreNear) {
  constexpr std::string_view known[] = {"crash-process", "pause-process", "cut-link", "cut-one-way"};
  EXPECT_EQ(nearest("crash", known), "crash-process");
  EXPECT_EQ(nearest("puase-process", known), "pause-process");
  EXPECT_EQ(nearest("cut_link", known), "cut-link");
  EXPECT_EQ(nearest("cut-link-both", known), "cut-link");
  EXPECT_EQ(nearest("flood", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'x'), known), "");
  EXPECT_EQ(suggestion("flood", known), "write one of crash-process, pause-process, cut-link, cut-one-way");
}

TEST(Quotations, StayShortAndOnOneLine) {
  EXPECT_EQ(in_quotes("a\n\"b\""), R"("a\n\"b\"")");
  EXPECT_EQ(in_quotes("\xff"), "\"\xef\xbf\xbd\"");
  EXPECT_EQ(in_quotes(std::string(40, 'x')), "\"" + std::string(40, 'x') + "\"");
  EXPECT_EQ(in_quotes(std::string(41, 'x')), "\"" + std::string(40, 'x') + "...\"");
  EXPECT_EQ(in_quotes(std::string(39, 'x') + "ééé"), "\"" + std::string(39, 'x') + "...\"");
}

}  // namespace
}  // namespace lockstep::scenarios
