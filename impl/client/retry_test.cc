// Trying again: when, how often, and never with two leases.
#include "impl/client/retry.h"

#include "impl/client/client_world_test.h"

namespace lockstep {
namespace {

struct TryingAgain : ClientWorld {
  Acquiring starts(RetryPolicy policy) {
    auto acquiring = start(context, acquire_with_retry(client, wish_for("db"), policy));
    passes({});
    return acquiring;
  }
};

TEST_F(TryingAgain, AfterRefusalsAndDefiniteErrorsIsANewAttemptEachTime) {
  auto acquiring = starts({});
  store.acquires.answer(refused());
  passes(milliseconds(50));
  ASSERT_EQ(store.acquires.count(), 2);
  store.acquires.answer(definite(ErrorKind::storage));
  passes(milliseconds(100));
  ASSERT_EQ(store.acquires.count(), 3);
  store.acquires.answer(granted(seconds(10)));
  passes({});
  EXPECT_TRUE(held_by(acquiring)->valid());
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NE(store.acquires[i].request.key.attempt, store.acquires[j].request.key.attempt);
  }
  EXPECT_EQ(store.releases.count(), 0);
}

TEST_F(TryingAgain, AfterAnUnknownOutcomeWaitsUntilItHasBeenGivenBack) {
  auto acquiring = starts({});
  store.acquires.answer(indefinite(ErrorKind::unreachable));
  passes(seconds(3));
  ASSERT_EQ(store.acquires.count(), 1) << "the store may hold a lease of the first attempt";
  ASSERT_EQ(store.releases.count(), 1);
  store.releases.answer(ReleaseAnswer::not_held);
  passes(milliseconds(50));
  ASSERT_EQ(store.acquires.count(), 2);
  store.acquires.answer(granted(seconds(10)));
  passes({});
  EXPECT_EQ(held_by(acquiring)->attempt(), store.acquires.last().request.key.attempt);
}

TEST_F(TryingAgain, AfterAnUnknownOutcomeOfAStoreThatIsGoneWaitsForOneTtl) {
  store.releases.always(indefinite(ErrorKind::unreachable));
  auto acquiring = starts({});
  store.acquires.answer(indefinite(ErrorKind::unreachable));
  passes(seconds(9));
  EXPECT_EQ(store.acquires.count(), 1);
  passes(seconds(1) + milliseconds(50));
  EXPECT_EQ(store.acquires.count(), 2);
}

TEST_F(TryingAgain, IsOfNoUseAfterAnErrorThatWouldComeAgain) {
  for (const auto kind : {ErrorKind::invalid, ErrorKind::unsupported}) {
    auto acquiring = starts({});
    store.acquires.answer(definite(kind));
    passes(seconds(60));
    EXPECT_EQ(error_of(acquiring).kind, kind);
  }
  EXPECT_EQ(store.acquires.count(), 2);
}

TEST_F(TryingAgain, EndsAfterItsNumberOfTriesWithTheLastAnswer) {
  store.acquires.always(refused("carol"));
  auto acquiring = starts({.tries = 4});
  passes(seconds(60));
  EXPECT_EQ(store.acquires.count(), 4);
  EXPECT_EQ(refusal_of(acquiring).holders.at(0).owner, "carol");
}

TEST_F(TryingAgain, EndsAfterItsTotalTime) {
  store.acquires.always(refused());
  const MonoTime began = now();
  auto acquiring = starts({.total = seconds(20)});
  passes(seconds(60));
  EXPECT_TRUE(acquiring.done());
  EXPECT_LE(store.acquires.last().asked, began + seconds(20));
  EXPECT_GT(store.acquires.last().asked, began + seconds(5));
}

TEST_F(TryingAgain, DoesNotWaitInOneTryForLongerThanItsTotalTime) {
  auto acquiring = start(context, acquire_with_retry(client, wish_for("db", hours(1)), {.total = seconds(20)}));
  passes({});
  EXPECT_EQ(store.acquires.last().request.wait, seconds(20));
}

TEST_F(TryingAgain, PausesAnywhereBetweenNothingAndALimitThatDoubles) {
  const RetryPolicy policy{.first = milliseconds(100), .limit = seconds(1)};
  for (std::uint32_t failed = 1; failed < 8; ++failed) {
    const Duration longest = std::min<Duration>(milliseconds(100) * (1 << (failed - 1)), seconds(1));
    Duration least = longest;
    Duration most{};
    for (int i = 0; i < 500; ++i) {
      const Duration pause = policy.pause_after(failed, random);
      least = std::min(least, pause);
      most = std::max(most, pause);
    }
    EXPECT_LE(most, longest);
    EXPECT_GT(most, longest * 9 / 10);
    EXPECT_LT(least, longest / 10) << "full jitter";
  }
  EXPECT_LE(policy.pause_after(4'000'000'000, random), seconds(1));
}

}  // namespace
}  // namespace lockstep
