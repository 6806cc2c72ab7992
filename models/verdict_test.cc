// Names that corpus files and reports carry, check_all's order, and the words of sentences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/describe.h"
#include "models/facts.h"
#include "models/story_test.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;

TEST(Property, IsParsedFromItsIdAndFromItsName) {
  for (int i = 0; i < kPropertyCount; ++i) {
    const auto property = static_cast<Property>(i);
    auto parsed = static_cast<Property>((i + 1) % kPropertyCount);
    EXPECT_TRUE(parse_property(id_of(property), parsed));
    EXPECT_EQ(parsed, property);
    parsed = static_cast<Property>((i + 1) % kPropertyCount);
    EXPECT_TRUE(parse_property(name_of(property), parsed));
    EXPECT_EQ(parsed, property);
    EXPECT_FALSE(promise_of(property).empty());
  }
  Property none{};
  EXPECT_FALSE(parse_property("S0", none));
  EXPECT_FALSE(parse_property("", none));
}

TEST(CheckAll, GivesOneVerdictPerPropertyInOrder) {
  const History empty;
  const auto verdicts = check_all(empty, {});
  ASSERT_EQ(verdicts.size(), static_cast<std::size_t>(kPropertyCount));
  for (int i = 0; i < kPropertyCount; ++i) {
    const auto& verdict = verdicts[static_cast<std::size_t>(i)];
    EXPECT_EQ(verdict.property, static_cast<Property>(i));
    EXPECT_EQ(verdict.outcome, Outcome::ok);
    EXPECT_EQ(verdict.exercised, 0u);
  }
}

TEST(CheckAll, RunsOnlyWhatIsAskedFor) {
  const auto verdicts = check_all(History{}, {}, bit(Property::timely) | bit(Property::fencing_order));
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].property, Property::fencing_order);
  EXPECT_EQ(verdicts[1].property, Property::timely);
}

TEST(CheckAll, TakesAHistoryThatNamesMoreThanItsTables) {
  Story story;
  const auto stranger = story.attempt(9, 7);
  story.at(1s).acquires(stranger, 5).at(2s).crashes(20).at(3s).accepts(stranger, 9);
  History history = story;
  history.processes.clear();
  history.locks.clear();
  const auto verdicts = check_all(history, story.bounds());
  EXPECT_THAT(verdicts[static_cast<std::size_t>(Property::fenced_writes)].sentence,
              testing::HasSubstr("process 8 to lock 7"));
}

TEST(Words, InstantsHaveThreeDecimalsOrAsManyAsTheyNeed) {
  EXPECT_EQ(seconds(12304ms), "12.304 s");
  EXPECT_EQ(seconds(0ns), "0.000 s");
  EXPECT_EQ(seconds(1s + 5us), "1.000005 s");
  EXPECT_EQ(seconds(1s + 5ns), "1.000000005 s");
  EXPECT_EQ(seconds(-1500ms), "-1.500 s");
}

TEST(Words, LengthsHaveTheUnitThatFits) {
  EXPECT_EQ(length(256ms), "256 ms");
  EXPECT_EQ(length(1500ms), "1.5 s");
  EXPECT_EQ(length(10s), "10 s");
  EXPECT_EQ(length(40us), "40 us");
  EXPECT_EQ(length(7ns), "7 ns");
  EXPECT_EQ(length(0ns), "0 ns");
}

TEST(Words, ALockOfAnyBytesIsShownInPrint) {
  History history;
  history.locks = {"orders/7", "caf\xc3\xa9\n\\", std::string(512, 'x')};
  EXPECT_EQ(lock_name(history, 0), "orders/7");
  EXPECT_EQ(lock_name(history, 1), "caf\\xc3\\xa9\\x0a\\x5c");
  EXPECT_LT(lock_name(history, 2).size(), 100u);
  EXPECT_EQ(lock_name(history, 3), "lock 3");
}

TEST(Times, StretchAndShrinkRoundAwayAndDoNotOverflow) {
  EXPECT_EQ(stretched(10s, 1'000'000), 10010ms);
  EXPECT_EQ(shrunk(10s, 1'000'000), 9990ms);
  EXPECT_EQ(stretched(1ns, 1), 2ns);
  EXPECT_EQ(after(Instant::max() - 1ns, 2ns), Instant::max());
  EXPECT_EQ(stretched(Duration::max(), 1'000'000), Duration::max());
}

TEST(Describe, SaysInOneLineWhatAnEventSays) {
  Story story;
  const auto bob = story.attempt(2);
  story.at(12304ms).asks(bob, 5s);
  EXPECT_EQ(describe(story.last_event(), story),
            "12.304 s  client 2  asks: lock: L, attempt 1, ttl 10 s, wait 5 s, clock 12.304 s");
  story.sends(bob).store_grants(bob, 7);
  EXPECT_EQ(describe(story.last_event(), story),
            "12.304 s  server 1  store granted: L, attempt 1, request 1, token 7, ttl 10 s, clock 12.304 s, "
            "until 22.304 s");
  story.fails(bob, Reason::timed_out);
  EXPECT_THAT(describe(story.last_event(), story), testing::HasSubstr("client 2  lock failed: L"));
  story.heals();
  EXPECT_THAT(describe(story.last_event(), story), testing::StartsWith("12.304 s  all faults have healed"));
}

TEST(Describe, NamesEveryKindOfEvent) {
  for (int type = 0; type <= static_cast<int>(EventType::healed); ++type) {
    Event e;
    e.type = static_cast<EventType>(type);
    EXPECT_NE(name_of(e.type), "unknown");
    EXPECT_THAT(describe(e, History{}), testing::Not(testing::EndsWith("unknown")));
  }
}

}  // namespace
}  // namespace lockstep::models
