// How a client asks: once or until its wait limit, with pauses, and what it does with answers that come too late or
// not at all.
#include "impl/client/lock_client.h"

#include "impl/client/client_world_test.h"

namespace lockstep {
namespace {

using Acquiring = ClientWorld::Acquiring;
struct AskingForALock : ClientWorld {};

// --- Asking ----------------------------------------------------------------------------------------------------------

TEST_F(AskingForALock, AGrantBecomesAHandle) {
  auto acquiring = starts_to_acquire(seconds(10), seconds(1));
  EXPECT_EQ(store.acquires.last().request.ttl, seconds(10));
  EXPECT_EQ(store.acquires.last().request.owner, "alice");
  store.acquires.answer(granted(seconds(10), 42));
  passes({});
  const auto held = held_by(acquiring);
  EXPECT_EQ(held->token(), 42);
  EXPECT_EQ(held->name(), (LockName{"", "db"}));
  EXPECT_TRUE(held->valid());
}

TEST_F(AskingForALock, WithoutAWaitLimitItAsksOnceAndTellsWhoHoldsTheLock) {
  auto acquiring = starts_to_acquire(seconds(10), Duration::zero());
  store.acquires.answer(refused("bob"));
  passes({});
  const NotAcquired refusal = refusal_of(acquiring);
  EXPECT_EQ(refusal.why, NotAcquired::Why::refused);
  ASSERT_EQ(refusal.holders.size(), 1);
  EXPECT_EQ(refusal.holders[0].owner, "bob");
  passes(hours(1));
  EXPECT_EQ(store.acquires.count(), 1);
}

TEST_F(AskingForALock, AWaiterAsksAgainInTheSameAttemptUntilItIsGranted) {
  auto acquiring = starts_to_acquire(seconds(10), seconds(30));
  for (int i = 0; i < 5; ++i) {
    store.acquires.answer(refused());
    clock.pass_to_next();
  }
  store.acquires.answer(granted(seconds(10)));
  passes({});
  EXPECT_TRUE(held_by(acquiring)->valid());
  ASSERT_EQ(store.acquires.count(), 6);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(store.acquires[i].request.key.attempt, store.acquires[0].request.key.attempt);
    EXPECT_EQ(store.acquires[i].request.key.number, i + 1) << "a key of its own each time";
  }
}

TEST_F(AskingForALock, PausesDoubleWithJitterUpToTheirLimit) {
  store.acquires.always(refused());
  auto acquiring = starts_to_acquire(seconds(10), hours(1));
  passes(seconds(20));
  Duration longest = milliseconds(20);
  for (std::size_t i = 1; i < store.acquires.count(); ++i) {
    const Duration pause = store.acquires[i].asked - store.acquires[i - 1].asked;
    EXPECT_GE(pause, longest / 2);
    EXPECT_LE(pause, longest);
    longest = std::min<Duration>(longest * 2, milliseconds(400));
  }
  EXPECT_GT(store.acquires.count(), 50);
  EXPECT_FALSE(acquiring.done());
}

TEST_F(AskingForALock, TheWaitLimitIsKeptToTheNanosecond) {
  store.acquires.always(refused("carol"));
  auto acquiring = starts_to_acquire(seconds(10), seconds(2));
  passes(seconds(2) - Duration(1));
  EXPECT_FALSE(acquiring.done());
  passes(Duration(1));
  const NotAcquired refusal = refusal_of(acquiring);
  EXPECT_EQ(refusal.why, NotAcquired::Why::timed_out);
  ASSERT_EQ(refusal.holders.size(), 1);
  EXPECT_EQ(refusal.holders[0].owner, "carol");
}

TEST_F(AskingForALock, WhoWaitsWithoutEndIsStillAskingMuchLater) {
  store.acquires.always(refused());
  auto acquiring = starts_to_acquire(seconds(10), Duration::max());
  passes(hours(1));
  EXPECT_FALSE(acquiring.done());
  store.acquires.always(granted(seconds(10)));
  passes(seconds(1));
  EXPECT_TRUE(held_by(acquiring)->valid());
}

TEST_F(AskingForALock, ABusyStoreIsAskedAgain) {
  auto acquiring = starts_to_acquire(seconds(10), seconds(1));
  store.acquires.answer(definite(ErrorKind::busy));
  clock.pass_to_next();
  store.acquires.answer(granted(seconds(10)));
  passes({});
  EXPECT_TRUE(held_by(acquiring)->valid());
}

TEST_F(AskingForALock, ADefiniteErrorEndsTheMatter) {
  auto acquiring = starts_to_acquire(seconds(10), seconds(30));
  store.acquires.answer(definite(ErrorKind::invalid, "too short"));
  passes(seconds(1));
  EXPECT_EQ(error_of(acquiring).kind, ErrorKind::invalid);
  EXPECT_EQ(store.acquires.count(), 1);
  EXPECT_EQ(store.releases.count(), 0);
}

TEST_F(AskingForALock, EveryAttemptAndEveryClientHasItsOwnId) {
  LockClient other(context.get_executor(), store, clock, random, nullptr, {});
  const auto first = client.next_attempt();
  EXPECT_NE(first, client.next_attempt());
  EXPECT_NE(first.session, other.next_attempt().session);
}

// --- What cannot be used is given back -------------------------------------------------------------------------------

TEST_F(AskingForALock, AnUnknownOutcomeIsToldAsOneAndGivenBack) {
  auto acquiring = starts_to_acquire(seconds(10), seconds(30));
  store.acquires.answer(indefinite(ErrorKind::unreachable));
  passes({});
  EXPECT_EQ(error_of(acquiring).kind, ErrorKind::unreachable);
  EXPECT_FALSE(error_of(acquiring).definite);
  ASSERT_EQ(store.releases.count(), 1);
  const auto& given_back = store.releases.last();
  EXPECT_EQ(given_back.request.key.attempt, store.acquires.last().request.key.attempt);
  EXPECT_GT(given_back.request.key.number, store.acquires.last().request.key.number);
  EXPECT_EQ(given_back.request.token, 0) << "whatever it may hold";
  EXPECT_EQ(given_back.give_up, now() + seconds(10)) << "the lease is over by then anyway";
}

TEST_F(AskingForALock, AServerThatIsNotThereIsATimeOutShortlyAfterTheWaitLimit) {
  auto acquiring = starts_to_acquire(seconds(10), seconds(2));
  EXPECT_EQ(store.acquires.last().give_up, now() + seconds(2) + milliseconds(500));
  passes(seconds(2) + milliseconds(500));
  EXPECT_EQ(refusal_of(acquiring).why, NotAcquired::Why::timed_out);
  EXPECT_EQ(store.releases.count(), 1);
}

TEST_F(AskingForALock, AGrantThatOutlivedItsLeaseOnTheWayIsGivenBack) {
  auto acquiring = starts_to_acquire(seconds(1), seconds(30));
  passes(seconds(1));
  store.acquires.answer(granted(seconds(1), 7));
  passes({});
  EXPECT_EQ(refusal_of(acquiring).why, NotAcquired::Why::too_late);
  ASSERT_EQ(store.releases.count(), 1);
  EXPECT_EQ(store.releases.last().request.token, 7);
  EXPECT_TRUE(beliefs.deadlines.empty()) << "it was never believed";
}

TEST_F(AskingForALock, AnAttemptThatHasEndedUnknownToItsClientIsTooLate) {
  auto acquiring = starts_to_acquire(seconds(1), seconds(30));
  store.acquires.answer(definite(ErrorKind::ended));
  passes({});
  EXPECT_EQ(refusal_of(acquiring).why, NotAcquired::Why::too_late);
}

}  // namespace
}  // namespace lockstep
