// How numbers, times and sentences look in every report.
#include "reports/text_style.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace lockstep::reports {
namespace {

constexpr TextStyle kPlain{.colour = false, .width = 80};

TEST(TextStyle, NumbersAreGroupedByBlanks) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1 000");
  EXPECT_EQ(grouped(12345678), "12 345 678");
  EXPECT_EQ(counted(1, "run", "runs"), "1 run");
  EXPECT_EQ(counted(10'000, "run", "runs"), "10 000 runs");
}

TEST(TextStyle, TimesAreRoughAndForPeople) {
  EXPECT_EQ(rough_time(0.48), "480 ms");
  EXPECT_EQ(rough_time(3.37), "3.4 s");
  EXPECT_EQ(rough_time(125), "2 min 5 s");
  EXPECT_EQ(rough_time(8120), "2 h 15 min");
}

TEST(TextStyle, TheLastColumnOfATableStaysBehindItsHead) {
  const std::string words = "somebody who does not hold it takes it from nobody by giving it back late";
  EXPECT_EQ(hanging("  name             right  ", 26, words, kPlain),
            "  name             right  somebody who does not hold it takes it from nobody by\n"
            "                          giving it back late\n");
  EXPECT_EQ(hanging("  name  ", 8, "", kPlain), "  name\n");
}

TEST(TextStyle, ListsReadLikeSentences) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"S1"}), "S1");
  EXPECT_EQ(listed({"S1", "S2", "L4"}), "S1, S2 and L4");
}

TEST(TextStyle, ColourIsOnlyThereWhenAskedFor) {
  EXPECT_EQ(paint("kept", Tone::good, kPlain), "kept");
  EXPECT_EQ(paint("kept", Tone::good, {.colour = true}), "\x1b[32mkept\x1b[0m");
  EXPECT_EQ(paint("kept", Tone::plain, {.colour = true}), "kept");
}

TEST(TextStyle, NamesStayWhatTheyAreAndNothingReachesATerminalThatControlsIt) {
  EXPECT_EQ(printable("Prüfung 锁 \U0001f512"), "Prüfung 锁 \U0001f512");
  EXPECT_EQ(printable("a\x1b[31m\nb\x7f"), "a\\x1b[31m b\\x7f");
  EXPECT_EQ(printable("\u009b31m"), "\\xc2\\x9b31m") << "a terminal may take it for ESC [";
  EXPECT_EQ(printable("a\u202eb\u2028\ufeff"), "a\\xe2\\x80\\xaeb\\xe2\\x80\\xa8\\xef\\xbb\\xbf");
  EXPECT_EQ(printable("\xff \xc3 \xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xe9\x94"),
            "\\xff \\xc3 \\xc0\\x80 \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xe9\\x94");
  EXPECT_EQ(printable_ascii("a\x1b\nä"), "a\\x1b \\xc3\\xa4");
}

TEST(TextStyle, CharactersAreCountedAndNotTheirBytes) {
  EXPECT_EQ(shortened("Prüfung", 7), "Prüfung");
  EXPECT_EQ(shortened("Prüfungen", 7), "Prüf...");
  EXPECT_EQ(left("ä", 3) + "|", "ä  |");
  EXPECT_EQ(right("ä", 3), "  ä");
  std::string words;
  for (int i = 0; i < 40; ++i) words += "ä ";
  EXPECT_EQ(std::ranges::count(wrapped(words, 0, kPlain), '\n'), 1);
}

TEST(TextStyle, LinesAreBrokenAtBlanksAndIndented) {
  const std::string words(70, 'x');
  EXPECT_EQ(wrapped(words + " is followed by more", 2, kPlain), "  " + words + " is\n  followed by more\n");
  EXPECT_EQ(wrapped("", 2, kPlain), "");
  const std::string long_word(200, 'y');
  EXPECT_EQ(wrapped(long_word, 0, kPlain), long_word + "\n");
}

TEST(TextStyle, NoLineBreakTearsANumberFromItsGroupsItsUnitOrItsName) {
  const std::string words(74, 'x');
  EXPECT_EQ(wrapped(words + " of 10 000 runs", 0, kPlain), words + "\nof 10 000 runs\n");
  EXPECT_EQ(wrapped(words + " for 12.5 s, then", 0, kPlain), words + "\nfor 12.5 s, then\n");
  EXPECT_EQ(wrapped(words.substr(2) + " seed 17", 0, kPlain), words.substr(2) + " seed 17\n");
  EXPECT_EQ(wrapped(words.substr(2) + " seed 177", 0, kPlain), words.substr(2) + "\nseed 177\n");
}

TEST(TextStyle, NoTerminalIsNarrowerThan80) {
  EXPECT_EQ(width_of({.width = 20}), 80u);
  EXPECT_EQ(width_of({.width = 132}), 132u);
}

TEST(TextStyle, TheLineToPasteSurvivesAShell) {
  EXPECT_EQ(replay_line("findings/seed-17.json"), "./lockstep replay findings/seed-17.json");
  EXPECT_EQ(replay_line("my finding.json"), "./lockstep replay 'my finding.json'");
  EXPECT_EQ(replay_line("it's.json"), "./lockstep replay 'it'\\''s.json'");
  EXPECT_EQ(replay_line(""), "./lockstep replay ''");
}

TEST(TextStyle, HashesHave16Digits) { EXPECT_EQ(hex(0x2a), "000000000000002a"); }

}  // namespace
}  // namespace lockstep::reports
