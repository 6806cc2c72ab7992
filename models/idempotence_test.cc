// S7 by example: what may come of a request that comes again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/story_test.h"

namespace lockstep::models {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Idempotence : testing::Test {
  Verdict check() const { return check_idempotence(story, story.bounds()); }
  Outcome outcome() const { return check().outcome; }
  Story story;
  Try alice = story.attempt(1), bob = story.attempt(2);
};

TEST_F(Idempotence, IsNotExercisedWhenNothingIsSentTwice) {
  story.at(1s).acquires(alice, 5).at(4s).renews(alice).at(20s).acquires(bob, 6);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 0u);
}

TEST_F(Idempotence, AllowsTheSameAnswerFromMemory) {
  story.at(1s).sends(alice).store_grants(alice, 5).at(2s).sends_again(alice).store_repeats(alice).told(alice);
  EXPECT_EQ(outcome(), Outcome::ok);
  EXPECT_EQ(check().exercised, 2u);
}

TEST_F(Idempotence, RefusesToGrantOneRequestTwice) {
  story.at(1s).sends(alice).store_grants(alice, 5).sends_again(alice).store_grants(alice, 5);
  EXPECT_EQ(check().shape, "one request granted twice");
  EXPECT_THAT(check().evidence, ElementsAre(1u, 3u));
}

TEST_F(Idempotence, RefusesToGrantOneAttemptTwice) {
  story.at(1s).sends(alice).store_grants(alice, 5).at(20s).sends(alice).store_grants(alice, 6);
  EXPECT_EQ(check().shape, "one attempt granted twice");
}

TEST_F(Idempotence, RefusesTwoTokensForOneAttempt) {
  story.at(1s).sends(alice).store_grants(alice, 5).told(alice, 5).at(2s).sends_again(alice).told(alice, 6);
  EXPECT_EQ(check().shape, "two tokens for one attempt");
  EXPECT_EQ(check().sentence, "the attempt 1 of client 1 on L has token 5 at 1.000 s and token 6 at 2.000 s");
}

TEST_F(Idempotence, AnAnswerWithoutATokenSaysNothing) {
  story.at(1s).sends(alice).store_grants(alice, 5).told(alice, 0).told(alice, 5);
  EXPECT_EQ(outcome(), Outcome::ok);
}

}  // namespace
}  // namespace lockstep::models
