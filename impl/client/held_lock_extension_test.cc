// More time and less exclusion: renew_to before a step that must not be overtaken, and downgrade without a gap; and how
// they get along with the renewal that happens by itself.
#include "impl/client/client_world_test.h"

namespace lockstep {
namespace {

constexpr Duration kTtl = seconds(10);
constexpr Duration kBelieved = milliseconds(9980);
constexpr Duration kThird = kTtl / 3;

// --- renew_to --------------------------------------------------------------------------------------------------------

struct BeforeALongStep : ClientWorld {
  std::shared_ptr<HeldLock> held = holds(kTtl);
  Started<bool> wants(Duration least, Duration patience = seconds(2)) {
    auto wanting = start(context, held->renew_to(least, now() + patience));
    passes({});
    return wanting;
  }
};

TEST_F(BeforeALongStep, WhatIsGoodForLongEnoughIsNotRenewed) {
  EXPECT_TRUE(held->valid_for_at_least(kBelieved));
  EXPECT_FALSE(held->valid_for_at_least(kBelieved + Duration(1)));
  auto wanting = wants(kBelieved);
  EXPECT_TRUE(wanting.result());
  EXPECT_EQ(store.renewals.count(), 0);
}

TEST_F(BeforeALongStep, TheLeaseIsRenewedAtOnceIfItIsTooShort) {
  passes(seconds(1));
  auto wanting = wants(seconds(9));
  ASSERT_EQ(store.renewals.count(), 1);
  EXPECT_FALSE(wanting.done());
  EXPECT_EQ(store.renewals.last().give_up, now() + seconds(2));
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  EXPECT_TRUE(wanting.result());
  EXPECT_TRUE(held->valid_for_at_least(seconds(9)));
  passes(kThird - Duration(1));
  EXPECT_EQ(store.renewals.count(), 1) << "a third of the ttl after this one";
  passes(Duration(1));
  EXPECT_EQ(store.renewals.count(), 2);
}

TEST_F(BeforeALongStep, WhatNoRenewalCanGiveIsRefusedWithoutAsking) {
  auto wanting = wants(kBelieved + Duration(1));
  EXPECT_FALSE(wanting.result());
  EXPECT_EQ(store.renewals.count(), 0);
  EXPECT_TRUE(held->valid());
}

TEST_F(BeforeALongStep, AStoreThatDoesNotAnswerInTimeIsNoLoss) {
  passes(seconds(1));
  auto wanting = wants(seconds(9));
  passes(seconds(2));
  EXPECT_FALSE(wanting.result());
  EXPECT_TRUE(held->valid());
  store.renewals.always(RenewAnswer::renewed);
  passes(hours(1));
  EXPECT_TRUE(held->valid()) << "the renewals go on by themselves";
}

TEST_F(BeforeALongStep, AnErrorIsFollowedByAnotherTry) {
  passes(seconds(1));
  auto wanting = wants(seconds(9));
  store.renewals.answer(definite(ErrorKind::busy));
  passes(kThird / 8);
  ASSERT_EQ(store.renewals.count(), 2);
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  EXPECT_TRUE(wanting.result());
}

TEST_F(BeforeALongStep, ARenewalThatIsUnderWayIsWaitedForAndNotDoubled) {
  passes(kThird);
  auto one = wants(seconds(9));
  auto other = wants(seconds(8));
  EXPECT_EQ(store.renewals.count(), 1);
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  EXPECT_TRUE(one.result() && other.result());
}

TEST_F(BeforeALongStep, TheLossIsToldAtOnce) {
  passes(seconds(1));
  auto wanting = wants(seconds(9));
  store.renewals.answer(RenewAnswer::lost);
  passes({});
  EXPECT_FALSE(wanting.result());
  EXPECT_EQ(held->loss(), LossReason::expired);
  auto again = wants(Duration(1));
  EXPECT_FALSE(again.result());
  EXPECT_EQ(store.renewals.count(), 1);
}

// --- downgrade -------------------------------------------------------------------------------------------------------

struct AWriterThatBecomesAReader : ClientWorld {
  std::shared_ptr<HeldLock> held = holds(kTtl);
  Started<Result<RenewAnswer>> downgrades(Duration patience = seconds(5)) {
    auto downgrading = start(context, held->downgrade(now() + patience));
    passes({});
    return downgrading;
  }
};

TEST_F(AWriterThatBecomesAReader, AsksTheStoreAndGoesOnHoldingFromThen) {
  passes(seconds(2));
  const MonoTime asked = now();
  auto downgrading = downgrades();
  ASSERT_EQ(store.renewals.count(), 1);
  EXPECT_TRUE(store.renewals.last().request.downgrade);
  EXPECT_EQ(held->mode(), Mode::shared) << "no longer a writer before the store has heard of it";
  passes(seconds(1));
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  EXPECT_EQ(downgrading.result(), RenewAnswer::renewed);
  EXPECT_EQ(held->mode(), Mode::shared);
  EXPECT_EQ(held->valid_until(), asked + kBelieved);
  passes(kThird);
  ASSERT_EQ(store.renewals.count(), 2);
  EXPECT_FALSE(store.renewals.last().request.downgrade);
}

TEST_F(AWriterThatBecomesAReader, IsStillAWriterAfterADefiniteError) {
  auto downgrading = downgrades();
  store.renewals.answer(definite(ErrorKind::busy));
  passes({});
  EXPECT_FALSE(downgrading.result());
  EXPECT_EQ(held->mode(), Mode::exclusive);
  EXPECT_TRUE(held->valid());
}

TEST_F(AWriterThatBecomesAReader, IsNoWriterAnyMoreIfNobodyKnowsWhatTheStoreDid) {
  auto downgrading = downgrades();
  passes(seconds(5));
  EXPECT_FALSE(downgrading.result().error().definite);
  EXPECT_EQ(held->mode(), Mode::shared);
  auto again = downgrades();
  store.renewals.answer(definite(ErrorKind::busy));
  passes({});
  EXPECT_FALSE(again.result());
  EXPECT_EQ(held->mode(), Mode::shared) << "this one did not happen, the first one may have";
}

TEST_F(AWriterThatBecomesAReader, DisplacesARenewalThatIsUnderWay) {
  passes(kThird);
  ASSERT_EQ(store.renewals.count(), 1);
  auto downgrading = downgrades();
  ASSERT_EQ(store.renewals.count(), 2);
  EXPECT_TRUE(store.renewals.last().request.downgrade);
  EXPECT_GT(store.renewals[1].request.key.number, store.renewals[0].request.key.number);
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  EXPECT_EQ(downgrading.result(), RenewAnswer::renewed);
  passes(kThird);
  EXPECT_EQ(store.renewals.count(), 3);
}

TEST_F(AWriterThatBecomesAReader, AsksOnceIfToldTwiceAtATime) {
  auto one = downgrades();
  auto other = downgrades();
  EXPECT_EQ(store.renewals.count(), 1);
  store.renewals.answer(RenewAnswer::renewed);
  passes({});
  EXPECT_EQ(one.result(), RenewAnswer::renewed);
  EXPECT_EQ(other.result(), RenewAnswer::renewed);
}

TEST_F(AWriterThatBecomesAReader, HearsOfItsLoss) {
  auto downgrading = downgrades();
  store.renewals.answer(RenewAnswer::broken);
  passes({});
  EXPECT_EQ(downgrading.result(), RenewAnswer::broken);
  EXPECT_EQ(held->loss(), LossReason::broken);
  auto again = downgrades();
  EXPECT_EQ(again.result(), RenewAnswer::broken);
  EXPECT_EQ(store.renewals.count(), 1);
}

TEST_F(AWriterThatBecomesAReader, GivesWayToItsRelease) {
  auto downgrading = downgrades();
  auto releasing = start(context, held->release(MonoTime::max()));
  passes({});
  EXPECT_EQ(store.releases.count(), 1);
  EXPECT_FALSE(downgrading.result());
  store.releases.answer(ReleaseAnswer::released);
  passes(hours(1));
  EXPECT_EQ(releasing.result(), ReleaseAnswer::released);
  EXPECT_EQ(store.renewals.count(), 1);
  EXPECT_EQ(held->loss(), std::nullopt);
}

TEST_F(AWriterThatBecomesAReader, IsNoHolderOfPermits) {
  LockClient::Wish wish{.name = {"", "pool"}, .owner = "alice", .mode = Mode::permits, .ttl = kTtl};
  auto acquiring = start(context, client.acquire(std::move(wish)));
  passes({});
  store.acquires.answer(granted(kTtl));
  passes({});
  auto downgrading = start(context, held_by(acquiring)->downgrade(MonoTime::max()));
  EXPECT_EQ(downgrading.result().error().kind, ErrorKind::invalid);
  EXPECT_EQ(store.renewals.count(), 0);
}

}  // namespace
}  // namespace lockstep
