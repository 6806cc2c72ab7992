// To which attempt a message belongs, from words and instants alone.
#include "reports/message_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/run_test.h"

namespace lockstep::reports {
namespace {

using testing::ElementsAre;

struct MessageFactsOf : testing::Test {
  std::vector<std::uint32_t> attempts() const {
    std::vector<std::uint32_t> all;
    for (const auto& facts : facts_of_messages(story.result)) all.push_back(facts.attempt);
    return all;
  }
  RunStory story;
};

TEST_F(MessageFactsOf, ARequestBelongsToTheAttemptThatAskedForIt) {
  story.at(1s).asks(0, 1, Op::try_lock, "acquire A").asks(1, 2, Op::renew, "renew A #2");
  story.at(2s).sends(RunStory::client(1), RunStory::kServer, "renew A #2");  // again
  EXPECT_THAT(attempts(), ElementsAre(1, 2, 2));
}

TEST_F(MessageFactsOf, AReplyBelongsToTheOldestOpenRequestThatItFits) {
  story.at(1s).asks(0, 1, Op::try_lock, "acquire A").asks(0, 2, Op::unlock, "release A #2");
  story.at(1500ms).asks(0, 3, Op::try_lock, "acquire A");
  story.at(2s).sends(RunStory::kServer, RunStory::client(0), "released");
  story.sends(RunStory::kServer, RunStory::client(0), "refused");
  story.sends(RunStory::kServer, RunStory::client(0), "refused");
  EXPECT_THAT(attempts(), ElementsAre(1, 2, 3, 2, 1, 3));
}

TEST_F(MessageFactsOf, AGrantBelongsToTheAttemptWithItsToken) {
  story.at(1s).asks(0, 1, Op::try_lock, "acquire A").asks(0, 2, Op::try_lock, "acquire A");
  story.at(2s).store(EventType::granted, 2).sends(RunStory::kServer, RunStory::client(0), "granted #2");
  EXPECT_THAT(attempts(), ElementsAre(1, 2, 2));
}

TEST_F(MessageFactsOf, ASecondReplyBelongsToTheSameRequest) {
  story.at(1s).asks(0, 1, Op::renew, "renew A #1");
  story.at(2s).sends(RunStory::kServer, RunStory::client(0), "renewed");
  story.at(3s).sends(RunStory::kServer, RunStory::client(0), "renewed");
  EXPECT_THAT(attempts(), ElementsAre(1, 1, 1));
}

TEST_F(MessageFactsOf, AWriteIsToldWithItsTokenAndWhatItWasAnswered) {
  story.at(1s).asks(0, 7, Op::write, "write");
  story.at(2s).add(EventType::write_refused, story.resource(), 7, Op::write);
  story.sends(story.resource(), RunStory::client(0), "write");
  const auto facts = facts_of_messages(story.result);
  EXPECT_EQ(facts[0].words, "write A #7");
  EXPECT_EQ(facts[1].words, "refused");
  EXPECT_EQ(facts[1].attempt, 7u);
}

TEST_F(MessageFactsOf, WhatTheHistoryDoesNotExplainBelongsToNobody) {
  story.at(1s).sends(RunStory::client(0), RunStory::kServer, "acquire A");
  story.at(2s).sends(RunStory::kServer, RunStory::client(0), "renewed").sends(99, 98, "unreadable");
  EXPECT_THAT(attempts(), ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace lockstep::reports
