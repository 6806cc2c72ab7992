// What a handle believes, and when it stops: the client's half of mutual exclusion, to the nanosecond. The store here
// claims clocks that differ by two in a thousand at most, so that a lease of 10 s is believed for 9.98 s.
#include "impl/client/held_lock.h"

#include "impl/client/client_world_test.h"

namespace lockstep {
namespace {

constexpr Duration kTtl = seconds(10);
constexpr Duration kBelieved = milliseconds(9980);
constexpr Duration kThird = kTtl / 3;

struct AHeldLock : ClientWorld {
  void expect_lost(const HeldLock& held, LossReason reason) {
    EXPECT_FALSE(held.valid());
    EXPECT_EQ(held.valid_for(), Duration::zero());
    EXPECT_EQ(held.loss(), reason);
    EXPECT_EQ(beliefs.losses, std::vector{reason});
  }
  Started<Result<ReleaseAnswer>> starts_to_release(const std::shared_ptr<HeldLock>& held) {
    auto releasing = start(context, held->release(MonoTime::max()));
    passes({});
    return releasing;
  }
};

// --- Belief ----------------------------------------------------------------------------------------------------------

TEST(Belief, CountsFromTheSendingAndIsShortenedByTheWorstDrift) {
  const MonoTime sent{seconds(100)};
  const MonoTime answered = sent + seconds(3);
  EXPECT_EQ(believe_from_sending(sent, answered, seconds(10), 0), sent + seconds(10));
  EXPECT_EQ(believe_from_sending(sent, answered, seconds(10), 2'000'000), sent + milliseconds(9980));
  EXPECT_EQ(believe_from_sending(sent, answered, seconds(10), 1'000'000'000), sent);
}

TEST(Belief, IsRoundedDownAndSurvivesTheLongestLease) {
  const MonoTime sent{};
  EXPECT_EQ(believe_from_sending(sent, sent, Duration(1), 1), sent);
  EXPECT_EQ(believe_from_sending(sent, sent, Duration(1'000'000'001), 1), sent + Duration(999'999'999));
  const Duration month = hours(24 * 30);
  EXPECT_EQ(believe_from_sending(sent, sent, month, 500'000'000), sent + month / 2);
}

TEST_F(AHeldLock, IsBelievedFromTheTimeOfAskingHoweverLongTheAnswerTook) {
  const MonoTime asked = now();
  auto acquiring = starts_to_acquire(kTtl, seconds(30));
  passes(seconds(3));
  store.acquires.answer(granted(kTtl));
  passes({});
  const auto held = held_by(acquiring);
  EXPECT_EQ(held->valid_until(), asked + kBelieved);
  EXPECT_EQ(held->valid_for(), kBelieved - seconds(3));
  EXPECT_EQ(beliefs.deadlines, std::vector{asked + kBelieved});
}

TEST_F(AHeldLock, OfWhichOnlyARestWasLeftIsBelievedForThatRest) {
  const MonoTime asked = now();
  auto acquiring = starts_to_acquire(kTtl, seconds(30));
  store.acquires.answer(granted(seconds(5)));
  passes({});
  EXPECT_EQ(held_by(acquiring)->valid_until(), asked + milliseconds(4990));
}

// --- Loss ------------------------------------------------------------------------------------------------------------

TEST_F(AHeldLock, ReportsItsLossByItselfAtItsDeadlineAndNotBefore) {
  const auto held = holds(kTtl);
  passes(kBelieved - Duration(1));
  EXPECT_TRUE(held->valid());
  EXPECT_EQ(held->valid_for(), Duration(1));
  EXPECT_TRUE(beliefs.losses.empty());
  passes(Duration(1));
  expect_lost(*held, LossReason::outage);
}

TEST_F(AHeldLock, WakesWhoeverWaitsForItsEnd) {
  const auto held = holds(kTtl);
  auto waiting = start(context, held->ended().wait());
  passes(kBelieved - Duration(1));
  EXPECT_FALSE(waiting.done());
  passes(Duration(1));
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(waiting.result(), Wake::signalled);
}

TEST_F(AHeldLock, ReportsItsLossInTimeAlthoughARenewalHangs) {
  const auto held = holds(kTtl);
  passes(kBelieved);
  EXPECT_EQ(store.renewals.count(), 1);  // asked at a third, never answered
  expect_lost(*held, LossReason::outage);
}

TEST_F(AHeldLock, IsInvalidAtOnceAfterItsHostWasSuspendedBeforeAnythingRan) {
  const auto held = holds(kTtl);
  clock.jump(hours(1));
  EXPECT_FALSE(held->valid());
  EXPECT_EQ(held->valid_for(), Duration::zero());
  passes({});
  expect_lost(*held, LossReason::outage);
}

TEST_F(AHeldLock, IsLostAsSoonAsTheStoreSaysSo) {
  const auto held = holds(kTtl);
  passes(kThird);
  store.renewals.answer(RenewAnswer::lost);
  passes({});
  expect_lost(*held, LossReason::expired);
}

TEST_F(AHeldLock, WithoutRenewalIsLostAtItsFirstDeadline) {
  const auto held = holds(kTtl, false);
  passes(kBelieved);
  EXPECT_EQ(store.renewals.count(), 0);
  expect_lost(*held, LossReason::outage);
}

TEST_F(AHeldLock, LostOnceIsLostForGoodAndReportedOnce) {
  const auto held = holds(kTtl);
  passes(kBelieved);
  store.renewals.answer(RenewAnswer::renewed);
  passes(hours(1));
  expect_lost(*held, LossReason::outage);
  EXPECT_EQ(store.renewals.count(), 1);
  EXPECT_EQ(beliefs.deadlines.size(), 1);
}

// --- Renewal ---------------------------------------------------------------------------------------------------------

TEST_F(AHeldLock, RenewsItselfAtAThirdOfItsTtlAfterItAsked) {
  const MonoTime asked = now();
  auto acquiring = starts_to_acquire(kTtl, seconds(30));
  passes(seconds(1));
  store.acquires.answer(granted(kTtl, 5));
  passes(kThird - seconds(1) - Duration(1));
  EXPECT_EQ(store.renewals.count(), 0);
  passes(Duration(1));
  ASSERT_EQ(store.renewals.count(), 1);
  const auto& renewal = store.renewals.last();
  EXPECT_EQ(renewal.asked, asked + kThird);
  EXPECT_EQ(renewal.request.token, 5);
  EXPECT_EQ(renewal.request.ttl, kTtl);
  EXPECT_EQ(renewal.request.key.attempt, store.acquires.last().request.key.attempt);
  EXPECT_EQ(renewal.give_up, asked + kBelieved) << "an answer after that would be of no use";
}

TEST_F(AHeldLock, IsBelievedAnewFromTheTimeOfAskingForTheRenewal) {
  const MonoTime asked = now();
  const auto held = holds(kTtl);
  passes(kThird + seconds(2));
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  EXPECT_EQ(held->valid_until(), asked + kThird + kBelieved);
}

TEST_F(AHeldLock, LivesAsLongAsItsRenewalsAreAnswered) {
  store.renewals.always(RenewAnswer::renewed);
  const auto held = holds(kTtl);
  passes(hours(1));
  EXPECT_TRUE(held->valid());
  EXPECT_TRUE(beliefs.losses.empty());
  EXPECT_NEAR(static_cast<int>(store.renewals.count()), 1080, 2);
  EXPECT_TRUE(std::is_sorted(beliefs.deadlines.begin(), beliefs.deadlines.end()));
}

TEST_F(AHeldLock, AsksAgainSoonAfterARenewalThatFailedAndUnderANewKey) {
  const auto held = holds(kTtl);
  passes(kThird);
  store.renewals.answer(definite(ErrorKind::busy));
  passes(kThird / 8);
  ASSERT_EQ(store.renewals.count(), 2);
  EXPECT_GT(store.renewals[1].request.key.number, store.renewals[0].request.key.number);
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  EXPECT_EQ(held->valid_for(), kBelieved);
}

TEST_F(AHeldLock, IsNotRevivedByARenewalThatIsAnsweredAfterItsDeadline) {
  const auto held = holds(kTtl);
  passes(kBelieved - Duration(1));
  clock.jump(Duration(1));  // the answer and the deadline come at the same instant, the answer first
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  expect_lost(*held, LossReason::outage);
}

// --- Release ---------------------------------------------------------------------------------------------------------

TEST_F(AHeldLock, IsNoLongerBelievedBeforeTheStoreHasHeardOfItsRelease) {
  const auto held = holds(kTtl);
  auto releasing = starts_to_release(held);
  EXPECT_FALSE(releasing.done());
  EXPECT_FALSE(held->valid());
  EXPECT_EQ(held->loss(), std::nullopt) << "an ordinary end";
  EXPECT_TRUE(beliefs.losses.empty());
  EXPECT_EQ(store.releases.last().request.token, held->token());
  store.releases.answer(ReleaseAnswer::released);
  passes({});
  EXPECT_EQ(releasing.result(), ReleaseAnswer::released);
}

TEST_F(AHeldLock, IsNotRenewedAfterItsRelease) {
  const auto held = holds(kTtl);
  auto releasing = starts_to_release(held);
  passes(hours(1));
  EXPECT_EQ(store.renewals.count(), 0);
  EXPECT_EQ(store.releases.count(), 1);
}

TEST_F(AHeldLock, IsNotRevivedByARenewalThatWasUnderWayWhenItWasReleased) {
  const auto held = holds(kTtl);
  passes(kThird);
  auto releasing = starts_to_release(held);
  store.releases.answer(ReleaseAnswer::released);
  store.renewals.answer(RenewAnswer::renewed);
  passes(hours(1));
  EXPECT_FALSE(held->valid());
  EXPECT_EQ(store.renewals.count(), 1);
  EXPECT_EQ(beliefs.deadlines.size(), 1);
  EXPECT_TRUE(beliefs.losses.empty());
}

TEST_F(AHeldLock, GivesEveryRequestAKeyOfItsOwn) {
  const auto held = holds(kTtl);
  passes(kThird);
  auto first = starts_to_release(held);
  auto second = starts_to_release(held);
  const std::vector<std::uint32_t> numbers = {
      store.acquires.last().request.key.number, store.renewals.last().request.key.number,
      store.releases[0].request.key.number, store.releases[1].request.key.number};
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{1, 2, 3, 4}));
}

TEST_F(AHeldLock, MayBeReleasedTwiceAndAfterItsLoss) {
  store.releases.always(ReleaseAnswer::not_held);
  const auto held = holds(kTtl);
  passes(kBelieved);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(starts_to_release(held).result(), ReleaseAnswer::not_held);
  EXPECT_EQ(store.releases.count(), 2);
  expect_lost(*held, LossReason::outage);
}

TEST_F(AHeldLock, ReleasedAfterItsDeadlineWasLostBeforeAnybodyNoticed) {
  const auto held = holds(kTtl);
  clock.jump(kBelieved);
  auto releasing = starts_to_release(held);
  expect_lost(*held, LossReason::outage);
}

}  // namespace
}  // namespace lockstep
