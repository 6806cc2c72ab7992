// A guard gives its lock back whichever way it goes, without the destructor's asking anything of the store itself.
#include "impl/client/lock_guard.h"

#include "impl/client/client_world_test.h"

namespace lockstep {
namespace {

constexpr Duration kTtl = seconds(10);

struct AGuard : ClientWorld {
  LockGuard guards() { return LockGuard(holds(kTtl)); }
  std::size_t releases() {
    passes({});
    return store.releases.count();
  }
};

TEST_F(AGuard, ThatIsDestroyedReleasesItsLockThroughTheExecutor) {
  {
    const LockGuard guard = guards();
    EXPECT_TRUE(guard.valid());
    EXPECT_EQ(guard.token(), 5);
  }
  EXPECT_EQ(store.releases.count(), 0) << "not from within the destructor";
  ASSERT_EQ(releases(), 1);
  EXPECT_EQ(store.releases.last().request.token, 5);
  EXPECT_EQ(store.releases.last().give_up, now() + kTtl);
  passes(hours(1));
  EXPECT_EQ(store.renewals.count(), 0);
  EXPECT_TRUE(beliefs.losses.empty()) << "it was given back, not lost";
}

TEST_F(AGuard, IsNoLongerValidForAnybodyOnceItIsDestroyed) {
  const auto held = holds(kTtl);
  { LockGuard guard(held); }
  EXPECT_FALSE(held->valid());
  EXPECT_EQ(held->loss(), std::nullopt);
}

TEST_F(AGuard, AsksAgainUnderNewKeysUntilTheStoreAnswersOrTheLeaseIsOver) {
  { LockGuard guard = guards(); }
  ASSERT_EQ(releases(), 1);
  store.releases.answer(definite(ErrorKind::storage));
  passes(milliseconds(20));
  ASSERT_EQ(store.releases.count(), 2);
  EXPECT_GT(store.releases[1].request.key.number, store.releases[0].request.key.number);
  store.releases.answer(ReleaseAnswer::released);
  passes(hours(1));
  EXPECT_EQ(store.releases.count(), 2);
  { LockGuard guard = guards(); }
  store.releases.always(definite(ErrorKind::storage));
  passes(kTtl);
  const auto asked = store.releases.count();
  EXPECT_GT(asked, 10);
  passes(hours(1));
  EXPECT_EQ(store.releases.count(), asked);
}

TEST_F(AGuard, MovesAndGivesBackWhatItHadWhenItIsAssignedTo) {
  LockGuard one = guards();
  LockGuard other = std::move(one);
  EXPECT_FALSE(one);
  EXPECT_EQ(one.token(), 0);
  EXPECT_FALSE(one.valid());
  EXPECT_EQ(releases(), 0);
  other = guards();
  EXPECT_EQ(releases(), 1);
  EXPECT_TRUE(other.valid());
}

TEST_F(AGuard, IsReleasedOnce) {
  LockGuard guard = guards();
  auto releasing = start(context, guard.release(MonoTime::max()));
  passes({});
  EXPECT_FALSE(guard);
  store.releases.answer(ReleaseAnswer::released);
  EXPECT_EQ(releasing.result(), ReleaseAnswer::released);
  auto again = start(context, guard.release(MonoTime::max()));
  EXPECT_EQ(again.result(), ReleaseAnswer::not_held);
  EXPECT_EQ(releases(), 1);
}

TEST_F(AGuard, WhoseReleaseIsNotAnsweredInTimeAsksOnInTheBackground) {
  LockGuard guard = guards();
  auto releasing = start(context, guard.release(now() + seconds(1)));
  passes(seconds(1));
  EXPECT_FALSE(releasing.result());
  ASSERT_EQ(releases(), 2);
  EXPECT_GT(store.releases[1].request.key.number, store.releases[0].request.key.number);
  EXPECT_EQ(store.releases.last().give_up, now() + kTtl);
}

TEST_F(AGuard, WhoseReleaseIsNeverAwaitedReleasesAllTheSame) {
  LockGuard guard = guards();
  { auto forgotten = guard.release(MonoTime::max()); }
  EXPECT_EQ(releases(), 1);
}

TEST_F(AGuard, ThatWasDetachedLeavesTheLockToWhoTookIt) {
  std::shared_ptr<HeldLock> held;
  {
    LockGuard guard = guards();
    held = guard.detach();
    EXPECT_FALSE(guard);
  }
  EXPECT_EQ(releases(), 0);
  EXPECT_TRUE(held->valid());
}

TEST_F(AGuard, AsksNothingOfAStoreWhoseClientIsGone) {
  auto other =
      std::make_unique<LockClient>(context.get_executor(), store, clock, random, nullptr, LockClient::Options{});
  LockClient::Wish wish{.name = {"", "db"}, .owner = "alice", .ttl = kTtl};
  auto acquiring = start(context, other->acquire(std::move(wish)));
  passes({});
  store.acquires.answer(granted(kTtl));
  passes({});
  {
    LockGuard late(held_by(acquiring));
    { LockGuard posted(held_by(acquiring)); }
    other.reset();  // the release has been posted, but not begun
  }
  EXPECT_EQ(releases(), 0);
}

TEST_F(AGuard, MayBeUsedWithAHandleThatIsReleasedElsewhereUnderOtherKeys) {
  const auto held = holds(kTtl);
  { LockGuard guard(held); }
  auto releasing = start(context, held->release(MonoTime::max()));
  ASSERT_EQ(releases(), 2);
  EXPECT_NE(store.releases[0].request.key, store.releases[1].request.key);
}

}  // namespace
}  // namespace lockstep
