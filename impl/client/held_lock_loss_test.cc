// How a holder hears of the loss, and why it came about: several who wait, callbacks, a stop token.
#include <boost/asio/post.hpp>

#include "impl/client/client_world_test.h"

namespace lockstep {
namespace {

constexpr Duration kTtl = seconds(10);
constexpr Duration kBelieved = milliseconds(9980);
constexpr Duration kThird = kTtl / 3;

struct TheLossOfALock : ClientWorld {
  std::shared_ptr<HeldLock> held = holds(kTtl);
  std::vector<LossReason> told;
  void tells() {
    held->on_loss([this](LossReason reason) { told.push_back(reason); });
  }
  void releases() {
    auto releasing = start(context, held->release(MonoTime::max()));
    passes({});
  }
  void renewal_is_answered(Result<RenewAnswer> answer) {
    passes(kThird);
    store.renewals.answer(std::move(answer));
    passes({});
  }
};

TEST_F(TheLossOfALock, WakesAllWhoWaitForItAtItsDeadlineAndNotBefore) {
  auto one = start(context, held->ended().wait());
  auto other = start(context, held->ended().wait());
  passes(kBelieved - Duration(1));
  EXPECT_FALSE(one.done() || other.done());
  passes(Duration(1));
  EXPECT_TRUE(one.done() && other.done());
  auto late = start(context, held->ended().wait());
  EXPECT_EQ(late.result(), Wake::signalled);
}

TEST_F(TheLossOfALock, IsToldToEveryCallbackOnceAtTheDeadline) {
  tells();
  tells();
  passes(kBelieved - Duration(1));
  EXPECT_TRUE(told.empty());
  passes(Duration(1));
  EXPECT_EQ(told, std::vector(2, LossReason::outage));
  passes(hours(1));
  EXPECT_EQ(told.size(), 2);
}

TEST_F(TheLossOfALock, IsToldSoonToACallbackThatComesAfterIt) {
  passes(kBelieved);
  tells();
  EXPECT_TRUE(told.empty()) << "never from within the call";
  passes({});
  EXPECT_EQ(told, std::vector{LossReason::outage});
}

TEST_F(TheLossOfALock, IsNoLossIfItWasReleased) {
  tells();
  releases();
  passes(hours(1));
  tells();
  passes({});
  EXPECT_TRUE(told.empty());
}

TEST_F(TheLossOfALock, MayBeAnsweredByDroppingTheHandle) {
  held->on_loss([this](LossReason) { held.reset(); });
  tells();
  passes(kBelieved);
  EXPECT_EQ(held, nullptr);
  EXPECT_EQ(told, std::vector{LossReason::outage});
}

TEST_F(TheLossOfALock, StopsWorkByItsToken) {
  const std::stop_token token = held->stop_token();
  passes(kBelieved - Duration(1));
  EXPECT_FALSE(token.stop_requested());
  passes(Duration(1));
  EXPECT_TRUE(token.stop_requested());
  EXPECT_TRUE(held->stop_token().stop_requested());
}

TEST_F(TheLossOfALock, StopsWorkAlsoWhenItIsReleasedAndWhoeverAsksAfterwards) {
  const std::stop_token token = held->stop_token();
  releases();
  EXPECT_TRUE(token.stop_requested());
  const auto another = holds(kTtl);
  passes(kBelieved);
  EXPECT_TRUE(another->stop_token().stop_requested());
}

TEST_F(TheLossOfALock, CancelsWhoWaitsForItIfTheHandleIsDropped) {
  auto waiting = start(context, held->ended().wait());
  passes({});
  held.reset();
  EXPECT_EQ(waiting.result(), Wake::cancelled);
}

// --- Why -------------------------------------------------------------------------------------------------------------

TEST_F(TheLossOfALock, IsAnOutageIfNobodyAnswers) {
  passes(kBelieved);
  EXPECT_EQ(held->loss(), LossReason::outage);
}

TEST_F(TheLossOfALock, IsAnOutageIfOnlyErrorsAreAnswered) {
  store.renewals.always(definite(ErrorKind::storage));
  passes(kBelieved);
  EXPECT_EQ(held->loss(), LossReason::outage);
}

TEST_F(TheLossOfALock, IsAnExpiryIfTheStoreSaysThatTheLeaseHasRunOut) {
  renewal_is_answered(RenewAnswer::lost);
  EXPECT_EQ(held->loss(), LossReason::expired);
  EXPECT_EQ(beliefs.losses, std::vector{LossReason::expired});
}

TEST_F(TheLossOfALock, IsABreakIfTheStoreSaysThatAnAdministratorHasEndedIt) {
  tells();
  renewal_is_answered(RenewAnswer::broken);
  EXPECT_EQ(held->loss(), LossReason::broken);
  EXPECT_EQ(told, std::vector{LossReason::broken});
  EXPECT_FALSE(held->valid());
}

// --- Renewals that fail ----------------------------------------------------------------------------------------------

TEST_F(TheLossOfALock, DoesNotComeFromRenewalsThatFailedAsLongAsOneSucceedsInTime) {
  store.renewals.always(definite(ErrorKind::storage));
  passes(kBelieved - milliseconds(500));
  EXPECT_GT(store.renewals.count(), 10) << "one that failed is not the last";
  store.renewals.always(RenewAnswer::renewed);
  passes(hours(1));
  EXPECT_TRUE(held->valid());
}

TEST_F(TheLossOfALock, IsHeldOffByQuickRetriesAlsoOfTheLongestLease) {
  held = holds(hours(24 * 30));
  store.renewals.always(definite(ErrorKind::busy));
  passes(hours(24 * 10));
  const auto before = store.renewals.count();
  passes(seconds(10));
  EXPECT_EQ(store.renewals.count(), before + 10);
}

TEST_F(TheLossOfALock, IsHeldOffAlsoAfterARenewalThatThrew) {
  struct Throwing final : LockBackend {
    explicit Throwing(LockBackend& i) : inner(i) {}
    const Claims& claims() const override { return inner.claims(); }
    Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override {
      return inner.acquire(std::move(request), give_up);
    }
    Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override {
      if (std::exchange(throws, false)) throw std::runtime_error("out of paper");
      co_return co_await inner.renew(std::move(request), give_up);
    }
    Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override {
      return inner.release(std::move(request), give_up);
    }
    Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override {
      return inner.inspect(std::move(name), give_up);
    }
    LockBackend& inner;
    bool throws = true;
  };
  Throwing throwing(store);
  LockClient other(context.get_executor(), throwing, clock, random, nullptr, {});
  auto acquiring = start(context, other.acquire(wish_for("db")));
  passes({});
  store.acquires.answer(granted(kTtl));
  passes({});
  held.reset();
  EXPECT_THROW(passes(kThird), std::runtime_error) << "nobody hides it";
  EXPECT_EQ(store.renewals.count(), 0);
  passes(kThird / 8);
  EXPECT_EQ(store.renewals.count(), 1);
}

TEST_F(TheLossOfALock, TakesBackTheRenewalThatIsUnderWayWhenTheHandleIsDropped) {
  passes(kThird);
  ASSERT_EQ(store.renewals.count(), 1);
  held.reset();
  passes({});
  EXPECT_EQ(clock.pending(), 0) << "nobody goes on asking";
}

TEST_F(TheLossOfALock, TakesBackTheRenewalThatHasNotBegun) {
  for (int steps = 0; steps < 4; ++steps) {
    held = holds(kTtl);
    passes(kThird - Duration(1));
    const auto before = store.renewals.count();
    clock.jump(Duration(1));
    auto extending = start(context, held->renew_to(seconds(9), MonoTime::max()));
    context.restart();
    for (int i = 0; i < steps; ++i) context.poll_one();
    held->give_back();
    passes({});
    EXPECT_LE(store.renewals.count(), before + 1);
    EXPECT_FALSE(extending.result());
  }
}

TEST_F(TheLossOfALock, TakesBackTheRenewalThatIsUnderWayWhenItIsReleased) {
  passes(kThird);
  ASSERT_EQ(store.renewals.count(), 1);
  auto releasing = start(context, held->release(MonoTime::max()));
  passes({});
  EXPECT_EQ(clock.pending(), 1) << "the release only";
  store.releases.answer(ReleaseAnswer::released);
  passes(hours(1));
  EXPECT_EQ(store.renewals.count(), 1);
}

TEST_F(TheLossOfALock, IsStillReportedAfterTheClientIsGoneWhichRenewsNoMore) {
  auto other =
      std::make_unique<LockClient>(context.get_executor(), store, clock, random, nullptr, LockClient::Options{});
  LockClient::Wish wish{.name = {"", "db"}, .owner = "alice", .ttl = kTtl};
  auto acquiring = start(context, other->acquire(std::move(wish)));
  passes({});
  store.acquires.answer(granted(kTtl));
  passes({});
  const auto orphan = held_by(acquiring);
  held.reset();
  other.reset();
  passes(kBelieved);
  EXPECT_EQ(store.renewals.count(), 0);
  EXPECT_EQ(orphan->loss(), LossReason::outage);
  auto releasing = start(context, orphan->release(MonoTime::max()));
  EXPECT_EQ(releasing.result().error().kind, ErrorKind::cancelled);
}

}  // namespace
}  // namespace lockstep
