// An acquisition may be cancelled at any moment, in three ways: through Asio, by a stop token, and by destroying the
// coroutine where it waits. Whatever it has got or may yet get is given back, and nothing goes on.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <thread>

#include "impl/client/cancelled_by.h"
#include "impl/client/client_world_test.h"
#include "impl/client/held_locks.h"
#include "impl/client/lock_guard.h"

namespace lockstep {
namespace {

Result<AcquireAnswer> queued(std::uint32_t ahead = 0) { return AcquireAnswer(Queued{ahead, seconds(5)}); }

// --- By Asio ---------------------------------------------------------------------------------------------------------

struct CancellingAnAcquisition : ClientWorld {
  void starts(Duration wait_limit = seconds(30)) {
    asio::co_spawn(
        context, client.acquire(wish_for("db", wait_limit)),
        asio::bind_cancellation_slot(cancellation.slot(), [this](std::exception_ptr error, Result<Acquisition> result) {
          failed = error;
          outcome = std::move(result);
        }));
  }
  void cancels() {
    cancellation.emit(asio::cancellation_type::terminal);
    passes({});
  }
  void expect_cancelled(bool definite) {
    ASSERT_TRUE(outcome && !failed);
    ASSERT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().kind, ErrorKind::cancelled);
    EXPECT_EQ(outcome->error().definite, definite);
  }
  // After which nothing is left to do.
  void expect_given_back(Token token) {
    ASSERT_EQ(store.releases.count(), 1);
    const auto& release = store.releases.last();
    EXPECT_EQ(release.request.token, token);
    EXPECT_EQ(release.request.key.attempt, store.acquires.last().request.key.attempt);
    EXPECT_GT(release.request.key.number, store.acquires.last().request.key.number);
    EXPECT_EQ(release.give_up, now() + seconds(10));
    const auto asked = store.acquires.count();
    store.releases.answer(ReleaseAnswer::released);
    passes(hours(1));
    EXPECT_EQ(store.acquires.count(), asked);
    EXPECT_EQ(store.releases.count(), 1);
    EXPECT_EQ(store.renewals.count(), 0);
    EXPECT_TRUE(beliefs.deadlines.empty()) << "it was never believed";
  }
  asio::cancellation_signal cancellation;
  std::exception_ptr failed;
  std::optional<Result<Acquisition>> outcome;
};

TEST_F(CancellingAnAcquisition, BeforeItHasBegunGivesBackWhatItAskedForMeanwhile) {
  starts();
  cancels();  // Asio delivers it after what is ready already
  expect_cancelled(false);
  expect_given_back(0);
}

TEST_F(CancellingAnAcquisition, BeforeItsFirstRequestAnswersSoToACallerWhoDoesNotWantToBeThrownAt) {
  const auto caller = [](CancellingAnAcquisition& world) -> Awaitable<Result<Acquisition>> {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await sleep_for(world.clock, seconds(1));
    co_return co_await world.client.acquire(wish_for("db"));
  };
  asio::co_spawn(
      context, caller(*this),
      asio::bind_cancellation_slot(cancellation.slot(), [this](std::exception_ptr error, Result<Acquisition> result) {
        failed = error;
        outcome = std::move(result);
      }));
  passes({});
  cancels();
  expect_cancelled(true);
  EXPECT_EQ(store.acquires.count(), 0);
}

TEST_F(CancellingAnAcquisition, InTheMidstOfATryGivesBackWhatItMayHold) {
  starts();
  passes({});
  cancels();
  expect_cancelled(false);
  expect_given_back(0);
}

TEST_F(CancellingAnAcquisition, AtTheInstantOfItsGrantGivesTheLeaseBack) {
  starts();
  passes({});
  cancellation.emit(asio::cancellation_type::terminal);
  store.acquires.answer(granted(seconds(10), 7));
  passes({});
  expect_cancelled(false);
  expect_given_back(7);
}

TEST_F(CancellingAnAcquisition, AfterItsGrantLeavesTheLockToItsCaller) {
  starts();
  passes({});
  store.acquires.answer(granted(seconds(10), 7));
  cancels();  // too late: the answer was there first
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_TRUE(std::get<std::shared_ptr<HeldLock>>(**outcome)->valid());
  EXPECT_EQ(store.releases.count(), 0);
}

TEST_F(CancellingAnAcquisition, BetweenTwoTriesOfWhichNoneLeftAPlaceHoldsNothing) {
  starts();
  passes({});
  store.acquires.answer(refused());
  passes({});
  cancels();
  expect_cancelled(true);
  passes(hours(1));
  EXPECT_EQ(store.acquires.count(), 1);
  EXPECT_EQ(store.releases.count(), 0);
}

TEST_F(CancellingAnAcquisition, InTheLineGivesItsPlaceUp) {
  starts();
  passes({});
  store.acquires.answer(queued(1));
  passes({});
  cancels();
  expect_cancelled(true);
  expect_given_back(0);
}

TEST_F(CancellingAnAcquisition, DoesNotStopTheGivingBack) {
  starts();
  passes({});
  cancels();
  cancels();
  store.releases.answer(indefinite(ErrorKind::unreachable));
  passes(milliseconds(20));
  EXPECT_EQ(store.releases.count(), 2);
  store.releases.answer(ReleaseAnswer::released);
  passes(hours(1));
  EXPECT_EQ(store.releases.count(), 2);
}

TEST_F(CancellingAnAcquisition, GivesBackForNoLongerThanTheLeaseCanLive) {
  store.releases.always(indefinite(ErrorKind::unreachable));
  starts();
  passes({});
  cancels();
  passes(seconds(10));
  const auto asked = store.releases.count();
  passes(hours(1));
  EXPECT_EQ(store.releases.count(), asked);
}

TEST_F(CancellingAnAcquisition, LeavesItsCallersOwnChoiceAboutExceptionsAsItWas) {
  bool threw = false;
  const auto caller = [&threw](CancellingAnAcquisition& world) -> Awaitable<Result<Acquisition>> {
    auto result = co_await world.client.acquire(wish_for("db", seconds(30)));
    try {
      co_await sleep_for(world.clock, seconds(1));
    } catch (const std::exception&) {
      threw = true;
    }
    co_return result;
  };
  asio::co_spawn(
      context, caller(*this),
      asio::bind_cancellation_slot(cancellation.slot(), [this](std::exception_ptr error, Result<Acquisition> result) {
        failed = error;
        outcome = std::move(result);
      }));
  passes({});
  cancels();
  expect_cancelled(false);
  EXPECT_TRUE(threw);
}

TEST_F(CancellingAnAcquisition, TellsWhenNothingIsHeldAnyMore) {
  starts();
  passes({});
  cancels();
  auto settling = start(context, client.settled(store.acquires.last().request.key.attempt));
  passes(seconds(1));
  EXPECT_FALSE(settling.done());
  store.releases.answer(ReleaseAnswer::released);
  EXPECT_TRUE(settling.result());
  auto unknown = start(context, client.settled(client.next_attempt()));
  EXPECT_TRUE(unknown.result());
}

// --- By a stop token -------------------------------------------------------------------------------------------------

struct StoppingAnAcquisition : ClientWorld {
  void starts() {
    acquiring.emplace(start(context, cancelled_by(source.get_token(), client.acquire(wish_for("db", seconds(30))))));
  }
  void stops() {
    source.request_stop();
    passes({});
  }
  std::stop_source source;
  std::optional<Acquiring> acquiring;
};

TEST_F(StoppingAnAcquisition, BeforeItHasBegunAnswersWithoutAsking) {
  source.request_stop();
  starts();
  passes({});
  EXPECT_EQ(error_of(*acquiring).kind, ErrorKind::cancelled);
  EXPECT_TRUE(error_of(*acquiring).definite);
  EXPECT_EQ(store.acquires.count(), 0);
}

TEST_F(StoppingAnAcquisition, BetweenItsSpawningAndItsBeginAnswersWithoutAsking) {
  // Stopped at each step of the executor: one of them falls between.
  for (std::size_t steps = 0; steps < 12; ++steps) {
    std::stop_source early;
    auto stopped = start(context, cancelled_by(early.get_token(), client.acquire(wish_for("db", seconds(30)))));
    context.restart();
    for (std::size_t i = 0; i < steps; ++i) context.poll_one();
    early.request_stop();
    passes({});
    EXPECT_EQ(error_of(stopped).kind, ErrorKind::cancelled) << steps;
    passes(seconds(10));
  }
}

TEST_F(StoppingAnAcquisition, InTheMidstOfATryGivesBackWhatItMayHold) {
  starts();
  passes({});
  stops();
  EXPECT_EQ(error_of(*acquiring).kind, ErrorKind::cancelled);
  EXPECT_FALSE(error_of(*acquiring).definite);
  EXPECT_EQ(store.releases.count(), 1);
}

TEST_F(StoppingAnAcquisition, InTheLineGivesItsPlaceUp) {
  starts();
  passes({});
  store.acquires.answer(queued(3));
  passes({});
  stops();
  EXPECT_TRUE(error_of(*acquiring).definite);
  ASSERT_EQ(store.releases.count(), 1);
  EXPECT_EQ(store.releases.last().request.token, 0);
}

TEST_F(StoppingAnAcquisition, TooLateChangesNothing) {
  starts();
  passes({});
  store.acquires.answer(granted(seconds(10)));
  passes({});
  stops();
  EXPECT_TRUE(held_by(*acquiring)->valid());
  EXPECT_EQ(store.releases.count(), 0);
}

TEST_F(StoppingAnAcquisition, PassesTheCallersOwnCancellationOn) {
  asio::cancellation_signal cancellation;
  std::optional<Result<Acquisition>> outcome;
  asio::co_spawn(context, cancelled_by(source.get_token(), client.acquire(wish_for("db", seconds(30)))),
                 asio::bind_cancellation_slot(cancellation.slot(), [&](std::exception_ptr, Result<Acquisition> result) {
                   outcome = std::move(result);
                 }));
  passes({});
  cancellation.emit(asio::cancellation_type::terminal);
  passes({});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().kind, ErrorKind::cancelled);
  EXPECT_EQ(store.releases.count(), 1);
}

TEST_F(StoppingAnAcquisition, WorksFromAnotherThread) {
  starts();
  passes({});
  std::thread([this] { source.request_stop(); }).join();
  passes({});
  EXPECT_EQ(error_of(*acquiring).kind, ErrorKind::cancelled);
}

// --- By destroying the coroutine
// ---------------------------------------------------------------------------------------

// A clock of the client's own: its end is that of everything that waits by it, while the process lives on.
struct DestroyingAnAcquisition : ClientWorld {
  void starts() { dropped.emplace(start(context, its_client.acquire(wish_for("db", seconds(30))))); }
  void is_destroyed() {
    its_waits.reset();
    passes({});
  }
  void expect_given_back(Token token) {
    EXPECT_FALSE(dropped->done());
    ASSERT_EQ(store.releases.count(), 1);
    EXPECT_EQ(store.releases.last().request.token, token);
    EXPECT_EQ(store.releases.last().request.key.attempt, its_store->acquires.last().request.key.attempt);
  }
  // Acquisitions wait in one place and are destroyed there; releases reach the store as ever.
  struct TwoStores final : LockBackend {
    TwoStores(ScriptedBackend& a, ScriptedBackend& b) : acquiring(a), rest(b) {}
    const Claims& claims() const override { return rest.claims(); }
    Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override {
      return acquiring.acquire(std::move(request), give_up);
    }
    Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override {
      return rest.renew(std::move(request), give_up);
    }
    Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override {
      return rest.release(std::move(request), give_up);
    }
    Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override {
      return rest.inspect(std::move(name), give_up);
    }
    ScriptedBackend& acquiring;
    ScriptedBackend& rest;
  };
  std::optional<ManualClock> its_waits{std::in_place, context};
  std::optional<ScriptedBackend> its_store{std::in_place, *its_waits};
  TwoStores stores{*its_store, store};
  LockClient its_client{context.get_executor(), stores, clock, random, &beliefs, {}};
  std::optional<Acquiring> dropped;
};

TEST_F(DestroyingAnAcquisition, InTheMidstOfATryGivesBackWhatItMayHold) {
  starts();
  passes({});
  is_destroyed();
  expect_given_back(0);
}

TEST_F(DestroyingAnAcquisition, WithItsGrantOnTheWayGivesTheLeaseBack) {
  starts();
  passes({});
  its_store->acquires.answer(granted(seconds(10), 7));  // and before the coroutine runs again it is gone
  is_destroyed();
  expect_given_back(0);
}

TEST_F(DestroyingAnAcquisition, OfSeveralLocksGivesBackWhatWasGotAndWhatWasAskedFor) {
  std::vector<LockClient::Wish> wishes{wish_for("a"), wish_for("b"), wish_for("c")};
  auto taking = start(context, acquire_all(its_client, std::move(wishes), {.wait_limit = seconds(30)}));
  for (Token token = 1; token <= 2; ++token) {
    passes({});
    its_store->acquires.answer(granted(seconds(10), token));
  }
  passes({});
  ASSERT_EQ(its_store->acquires.count(), 3);
  is_destroyed();
  EXPECT_FALSE(taking.done());
  ASSERT_EQ(store.releases.count(), 3);
  EXPECT_EQ(store.releases[0].request.token, 0) << "of the one that was asked for";
  EXPECT_EQ(store.releases[1].request.token, 2);
  EXPECT_EQ(store.releases[2].request.token, 1);
  store.releases.always(ReleaseAnswer::released);
  for (std::size_t i = 0; i < 3; ++i) store.releases.answer(i, ReleaseAnswer::released);
  passes(hours(1));
  EXPECT_EQ(store.renewals.count(), 0);
}

TEST_F(DestroyingAnAcquisition, BeforeItHasBegunAsksNothing) {
  { auto never_awaited = its_client.acquire(wish_for("db")); }
  passes(seconds(1));
  EXPECT_EQ(its_store->acquires.count(), 0);
  EXPECT_EQ(store.releases.count(), 0);
}

TEST_F(DestroyingAnAcquisition, WithItsClientAsksNothing) {
  auto doomed =
      std::make_unique<LockClient>(context.get_executor(), stores, clock, random, nullptr, LockClient::Options{});
  auto acquiring = start(context, doomed->acquire(wish_for("db", seconds(30))));
  passes({});
  doomed.reset();
  is_destroyed();
  passes(seconds(60));
  EXPECT_EQ(store.releases.count(), 0) << "a process that is gone says nothing";
}

}  // namespace
}  // namespace lockstep
