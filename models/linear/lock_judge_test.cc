// What a violation is called, and the sentence that says why: with names, times and all that it rests on.
#include "models/linear/lock_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "models/linear/judge.h"

namespace lockstep::linear {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Instant kSecond = 1'000'000'000;

// Sids are holds and a hundred more; times are seconds.
class Sentences : public testing::Test {
 protected:
  Operation& tells(Action action, std::uint32_t hold, Instant asked, Instant told, Answer answer = Answer::yes) {
    log.holds = std::max(log.holds, hold + 1);
    Operation op{.invoked = asked * kSecond, .returned = told * kSecond, .hold = hold, .process = hold};
    op.action = action;
    op.answer = answer;
    if (answer == Answer::unknown) op.returned = kNever;
    if (action == Action::break_all) op.hold = kNone;
    op.line = static_cast<std::uint32_t>(log.operations.size()) + 1;
    return log.operations.emplace_back(op);
  }

  Judgement judged() {
    log.locks = {{.name = "L"}};
    for (std::uint32_t hold = 0; hold < log.holds; ++hold) log.sids.push_back(100 + hold);
    put_in_order(log);
    return judge(log).front();
  }

  Log log;
};

TEST_F(Sentences, OfARenewalAfterTheRelease) {
  tells(Action::acquire, 0, 1, 2);
  tells(Action::release, 0, 3, 4);
  tells(Action::renew, 0, 5, 6);
  const Judgement j = judged();
  EXPECT_EQ(j.shape, "renewed while not held");
  EXPECT_EQ(j.sentence,
            "sid 100 was told that it still held L at 6.000 s, having asked at 5.000 s, and no order of the operations "
            "explains that: it had released it by 4.000 s");
  EXPECT_THAT(j.evidence, ElementsAre(0, 1, 2));
}

TEST_F(Sentences, OfARenewalAfterABreak) {
  tells(Action::acquire, 0, 1, 2);
  tells(Action::break_all, 7, 3, 4);
  tells(Action::renew, 0, 5, 6);
  const Judgement j = judged();
  EXPECT_THAT(j.sentence, HasSubstr("explains that: process 7 had broken it by 4.000 s"));
  EXPECT_THAT(j.evidence, ElementsAre(0, 1, 2));
}

TEST_F(Sentences, OfARenewalOfWhatWasNeverGranted) {
  tells(Action::renew, 0, 5, 6);
  const Judgement j = judged();
  EXPECT_EQ(j.shape, "renewed without a grant");
  EXPECT_THAT(j.sentence, HasSubstr("explains that: it was never granted it"));
}

TEST_F(Sentences, OfWhoIsDeniedWhatItHolds) {
  tells(Action::acquire, 0, 1, 2);
  tells(Action::release, 0, 5, 6, Answer::no);
  const Judgement j = judged();
  EXPECT_EQ(j.shape, "living hold denied");
  EXPECT_EQ(j.sentence,
            "sid 100 was told that it did not hold L at 6.000 s, having asked at 5.000 s, and no order of the "
            "operations explains that: it held it for certain from 2.000 s on");
  EXPECT_THAT(j.evidence, ElementsAre(0, 1));
}

TEST_F(Sentences, OfAGrantBesideOneOfUnknownOutcomeForWhichSomebodyWasRefused) {
  tells(Action::acquire, 0, 1, 0, Answer::unknown);
  tells(Action::acquire, 1, 3, 4, Answer::no);
  tells(Action::acquire, 2, 5, 6);
  const Judgement j = judged();
  EXPECT_EQ(j.shape, "granted while held");
  EXPECT_EQ(j.sentence,
            "sid 102 was granted L at 6.000 s, having asked at 5.000 s, and no order of the operations explains that: "
            "sid 100 asked for it at 1.000 s, its outcome is unknown, and it may hold it since; sid 101 was refused at "
            "4.000 s");
  EXPECT_THAT(j.evidence, ElementsAre(0, 1, 2));
}

TEST_F(Sentences, OfAGrantBesideOneThatWasToldLaterAndForWhichSomebodyWasRefused) {
  tells(Action::acquire, 0, 1, 9);
  tells(Action::acquire, 1, 3, 4, Answer::no);
  tells(Action::acquire, 2, 5, 6);
  const Judgement j = judged();
  EXPECT_EQ(j.shape, "granted while held");
  EXPECT_THAT(j.sentence, HasSubstr(": sid 100 held it for certain from 9.000 s on; sid 101 was refused at 4.000 s"));
  EXPECT_THAT(j.evidence, ElementsAre(0, 1, 2));
}

TEST_F(Sentences, OfAReleaseBesideWhoCertainlyHolds) {
  tells(Action::acquire, 0, 1, 2);
  tells(Action::acquire, 1, 3, 0, Answer::unknown);
  tells(Action::release, 1, 5, 6);
  const Judgement j = judged();
  EXPECT_EQ(j.shape, "released while not held");
  EXPECT_THAT(j.sentence, HasSubstr("explains that: sid 100 held it for certain from 2.000 s on"));
  EXPECT_THAT(j.evidence, ElementsAre(0, 1, 2));
}

TEST_F(Sentences, OfWhoWasSeenHoldingAfterItsRelease) {
  tells(Action::acquire, 0, 1, 2);
  tells(Action::release, 0, 3, 4);
  tells(Action::inspect, 0, 5, 6);
  const Judgement j = judged();
  EXPECT_EQ(j.shape, "seen held while not held");
  EXPECT_THAT(j.sentence, HasSubstr("L was seen held by sid 100 at 6.000 s"));
  EXPECT_THAT(j.sentence, HasSubstr("it had released it by 4.000 s"));
}

TEST_F(Sentences, OfARefusalThatNamesOneWhoIsGone) {
  tells(Action::acquire, 0, 1, 2);
  tells(Action::release, 0, 3, 4);
  tells(Action::acquire, 1, 5, 6);
  tells(Action::acquire, 2, 7, 8, Answer::no).named = 0;
  const Judgement j = judged();
  EXPECT_EQ(j.shape, "refused while free");
  EXPECT_THAT(j.sentence, HasSubstr("was refused at 8.000 s, since sid 100 held it; but"));
  EXPECT_THAT(j.sentence, HasSubstr(": it had released it by 4.000 s"));
}

}  // namespace
}  // namespace lockstep::linear
