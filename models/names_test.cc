// N1 by example, and which names look alike to careless storage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/name_folding.h"
#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::ElementsAre;

struct Names : testing::Test {
  Names() { story.with_names({"Lock", "lock"}); }
  Verdict check() const { return check_names(story, story.bounds()); }
  Story story;
  Try upper = story.attempt(1, 0), lower = story.attempt(2, 1);
};

TEST_F(Names, IsNotExercisedByNamesThatDifferMuch) {
  story.with_names({"one", "two"});
  story.at(1s).acquires(upper, 5).at(2s).acquires(lower, 6);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Names, AllowsTwoLocksWhoseNamesDifferByCase) {
  const auto third = story.attempt(3, 1);
  story.at(1s).acquires(upper, 5).at(2s).acquires(lower, 6).at(3s).sends(third).refused(third, lower);
  EXPECT_EQ(check().outcome, Outcome::ok);
  EXPECT_EQ(check().exercised, 3u);
}

TEST_F(Names, RefusesAGrantOfTheOtherLock) {
  const auto asked = (story.at(1s).asks(upper), story.last());
  story.at(2s).store_grants(upper, 5).last_event().lock = 1;
  EXPECT_EQ(check().shape, "another lock");
  EXPECT_THAT(check().evidence, ElementsAre(asked, story.last()));
  EXPECT_EQ(check().sentence,
            "client 1 asked for Lock, and at 2.000 s the store did it to lock: the attempt was granted there");
}

TEST_F(Names, RefusesAPlaceInTheOtherLineAndALeaseFoundThere) {
  story.at(1s).asks(upper);
  auto queued = story;
  queued.queues(upper).last_event().lock = 1;
  EXPECT_EQ(check_names(queued, queued.bounds()).shape, "another lock");
  story.at(2s).opens(Story::kServer, 5).finds(upper, 11s).last_event().lock = 1;
  EXPECT_EQ(check().shape, "another lock");
}

TEST_F(Names, RefusesAHolderWhoHoldsTheOtherLock) {
  story.at(1s).acquires(upper, 5).at(2s).asks(lower).sends(lower).refused(lower, upper);
  EXPECT_EQ(check().shape, "holder of another lock");
  EXPECT_EQ(check().sentence, "client 2 was refused lock at 2.000 s because of client 1, which had asked for Lock");
}

TEST_F(Names, AnAttemptThatNobodyIsKnownToHaveAskedForIsNotJudged) {
  story.at(1s).store_grants(upper, 5).last_event().lock = 1;
  EXPECT_EQ(check().outcome, Outcome::ok);
}

TEST(Folding, PutsTogetherWhatCarelessStorageWouldMixUp) {
  const std::string e_acute = "caf\xc3\xa9", e_with_mark = "cafe\xcc\x81", capital = "CAF\xc3\x89";
  EXPECT_EQ(folded("Lock"), folded("lOCK"));
  EXPECT_EQ(folded(e_acute), e_with_mark);
  EXPECT_EQ(folded(e_with_mark), e_with_mark);
  EXPECT_EQ(folded(capital), e_with_mark);
  EXPECT_EQ(folded("a\0b"s), folded("a\0c"s));
  EXPECT_EQ(folded("a.. ."), "a");
  EXPECT_EQ(folded(std::string(255, 'x') + "1"), folded(std::string(255, 'X') + "2"));
}

TEST(Folding, LeavesApartWhatIsDifferent) {
  EXPECT_NE(folded("cafe"), folded("caf\xc3\xa9"));
  EXPECT_NE(folded("a/b"), folded("a_b"));
  EXPECT_NE(folded("\xc3\x97"), folded("\xc3\xb7"));  // the signs of multiplication and division
  EXPECT_NE(folded("\xc3\x9f"), folded("\xc3\xbf"));  // sharp s, y with two dots
  EXPECT_EQ(folded("\xc3\x86"), folded("\xc3\xa6"));  // ae in both cases
  EXPECT_EQ(folded("\xc3"), "\xc3");
  EXPECT_EQ(folded(""), "");
}

}  // namespace
}  // namespace lockstep::models
