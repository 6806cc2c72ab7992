// Work under a lock: what comes back, and that the lock is released however the work ends.
#include "impl/client/with_lock.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "impl/client/client_world_test.h"

namespace lockstep {
namespace {

struct WorkUnderALock : ClientWorld {
  LockClient::Wish wish() {
    return {.name = {"", "db"}, .owner = "alice", .ttl = seconds(10), .wait_limit = Duration::zero()};
  }
  template <typename F>
  auto starts(F work) {
    auto working = start(context, with_lock(client, wish(), std::move(work)));
    passes({});
    return working;
  }
  void grants() {
    store.acquires.answer(granted(seconds(10), 7));
    passes({});
  }
  void confirms_the_release() {
    store.releases.answer(ReleaseAnswer::released);
    passes({});
  }
};

TEST_F(WorkUnderALock, HasTheTokenAndItsResultPassesThroughAfterTheRelease) {
  auto working = starts([](HeldLock& held) -> Awaitable<Token> { co_return held.token() * 10; });
  grants();
  ASSERT_EQ(store.releases.count(), 1);
  EXPECT_FALSE(working.done()) << "the release is not yet answered";
  confirms_the_release();
  const auto& done = std::get<Done<Token>>(working.result().value());
  EXPECT_EQ(done.value, 70);
  EXPECT_EQ(done.lost, std::nullopt);
}

TEST_F(WorkUnderALock, NeedNotHaveAResult) {
  bool ran = false;
  const auto work = [&ran](HeldLock& held) -> Awaitable<void> {
    ran = held.valid();
    co_return;
  };
  auto working = starts(work);
  grants();
  confirms_the_release();
  EXPECT_TRUE(ran);
  EXPECT_TRUE(std::holds_alternative<Done<std::monostate>>(working.result().value()));
}

TEST_F(WorkUnderALock, IsNotBegunIfTheLockIsNotHad) {
  bool ran = false;
  const auto work = [&ran](HeldLock&) -> Awaitable<int> {
    ran = true;
    co_return 1;
  };
  auto refused_work = starts(work);
  store.acquires.answer(refused("bob"));
  EXPECT_EQ(std::get<NotAcquired>(refused_work.result().value()).holders.at(0).owner, "bob");
  auto failed_work = starts(work);
  store.acquires.answer(definite(ErrorKind::invalid));
  EXPECT_EQ(failed_work.result().error().kind, ErrorKind::invalid);
  EXPECT_FALSE(ran);
  EXPECT_EQ(store.releases.count(), 0);
}

TEST_F(WorkUnderALock, ThatThrowsReleasesTheLockAndThrowsOn) {
  auto working = starts([](HeldLock&) -> Awaitable<int> {
    throw std::runtime_error("no more paper");
    co_return 1;
  });
  grants();
  ASSERT_EQ(store.releases.count(), 1);
  confirms_the_release();
  EXPECT_THROW(working.result(), std::runtime_error);
}

TEST_F(WorkUnderALock, ThatLastedLongerThanTheLeaseIsToldSo) {
  auto working = starts([this](HeldLock&) -> Awaitable<int> {
    co_await sleep_for(clock, seconds(30));
    co_return 5;
  });
  grants();
  passes(seconds(30));
  confirms_the_release();
  const auto& done = std::get<Done<int>>(working.result().value());
  EXPECT_EQ(done.value, 5);
  EXPECT_EQ(done.lost, LossReason::outage);
}

TEST_F(WorkUnderALock, WaitsForItsReleaseNotWithoutEndAndAsksOnInTheBackground) {
  auto working = starts([](HeldLock&) -> Awaitable<int> { co_return 5; });
  grants();
  passes(kReleasePatience);
  EXPECT_TRUE(std::holds_alternative<Done<int>>(working.result().value()));
  EXPECT_EQ(store.releases.count(), 2);
  EXPECT_EQ(store.releases.last().give_up, now() + seconds(10));
}

TEST_F(WorkUnderALock, ThatIsCancelledReleasesTheLock) {
  asio::cancellation_signal cancellation;
  std::exception_ptr thrown;
  const auto work = [this](HeldLock&) -> Awaitable<int> {
    co_await sleep_for(clock, seconds(5));
    co_await sleep_for(clock, seconds(5));  // throws: the first one was cancelled
    co_return 5;
  };
  asio::co_spawn(
      context, with_lock(client, wish(), work),
      asio::bind_cancellation_slot(cancellation.slot(), [&](std::exception_ptr error, auto) { thrown = error; }));
  passes({});
  grants();
  cancellation.emit(asio::cancellation_type::terminal);
  passes({});
  ASSERT_EQ(store.releases.count(), 1);
  EXPECT_FALSE(thrown);
  confirms_the_release();
  EXPECT_TRUE(thrown);
}

}  // namespace
}  // namespace lockstep
