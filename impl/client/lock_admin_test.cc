// Looking after locks: against a store that answers as the test says, and against one that really keeps locks.
#include "impl/client/lock_admin.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "impl/backends/memory_backend.h"
#include "impl/client/client_world_test.h"
#include "impl/client/lock_guard.h"
#include "impl/lock/rules.h"

namespace lockstep {
namespace {

struct AnAdministrator : ClientWorld {
  LockAdmin admin{store, clock, random, {.name = "carol"}};
  static Listing page(std::string first, std::string last, std::string next) {
    Listing listing;
    for (auto* name : {&first, &last}) listing.holders.push_back({.name = {"", *name}});
    listing.next = std::move(next);
    return listing;
  }
};

TEST_F(AnAdministrator, SeesAllPagesOfAList) {
  auto listing = start(context, admin.list({.space = "s", .prefix = "p", .stale_for = seconds(60), .page = 2}));
  passes({});
  EXPECT_EQ(store.listings.last().request.space, "s");
  EXPECT_EQ(store.listings.last().request.prefix, "p");
  EXPECT_EQ(store.listings.last().request.stale_for, seconds(60));
  EXPECT_EQ(store.listings.last().request.limit, 2);
  store.listings.answer(page("pa", "pb", "pb"));
  passes({});
  EXPECT_EQ(store.listings.last().request.after, "pb");
  store.listings.answer(page("pc", "pd", ""));
  EXPECT_EQ(listing.result().value().size(), 4);
  EXPECT_EQ(listing.result()->back().name.bytes, "pd");
}

TEST_F(AnAdministrator, IsNotKeptForEverByAStoreWhosePagesDoNotAdvance) {
  store.listings.always(page("a", "b", "b"));
  auto listing = start(context, admin.list({}));
  EXPECT_EQ(listing.result().error().kind, ErrorKind::storage);
}

TEST_F(AnAdministrator, HearsOfAPageThatFailed) {
  auto listing = start(context, admin.list({}));
  passes({});
  store.listings.answer(page("a", "b", "b"));
  passes({});
  store.listings.answer(definite(ErrorKind::storage));
  EXPECT_EQ(listing.result().error().kind, ErrorKind::storage);
}

TEST_F(AnAdministrator, BreaksUnderOneKeyUntilTheOutcomeIsKnown) {
  auto breaking = start(context, admin.break_lock({"", "db"}, 7, "the holder hangs"));
  passes({});
  store.breaks.answer(indefinite(ErrorKind::unreachable));
  passes(milliseconds(50));
  ASSERT_EQ(store.breaks.count(), 2);
  const auto& request = store.breaks.last().request;
  EXPECT_EQ(request.key, store.breaks[0].request.key);
  EXPECT_EQ(request.token, 7);
  EXPECT_EQ(request.admin, "carol");
  EXPECT_EQ(request.reason, "the holder hangs");
  store.breaks.answer(BreakAnswer{{{1, 2}, 7}});
  EXPECT_EQ(breaking.result().value().size(), 1);
}

TEST_F(AnAdministrator, GivesUpAfterAWhileAndSaysThatItMayHaveHappened) {
  store.breaks.always(indefinite(ErrorKind::unreachable));
  auto breaking = start(context, admin.break_lock({"", "db"}, 0, ""));
  passes(seconds(5));
  EXPECT_FALSE(breaking.result().error().definite);
}

TEST_F(AnAdministrator, UsesAnotherKeyForAnotherBreak) {
  store.breaks.always(definite(ErrorKind::storage));
  for (int i = 0; i < 2; ++i) {
    auto breaking = start(context, admin.break_lock({"", "db"}, 0, ""));
    EXPECT_FALSE(breaking.result());
  }
  EXPECT_NE(store.breaks[0].request.key, store.breaks[1].request.key);
}

// --- Subscriptions ---------------------------------------------------------------------------------------------------

struct ASubscriber : ClientWorld {
  using Next = Started<Result<Subscription::Notice>>;
  Subscription subscription{store, clock, random, {.space = "", .bytes = "db", .prefix = true}};
  void SetUp() override {
    auto connecting = start(context, subscription.connect());
    passes({});
    store.watches.answer(WatchAnswer{{}, "c0"});
    ASSERT_TRUE(connecting.result());
  }
  Next waits() {
    auto next = start(context, subscription.next());
    passes({});
    return next;
  }
  static LockEvent event(Token token) {
    return {.kind = LockEvent::Kind::acquired, .name = {"", "db"}, .attempt = {}, .owner = {}, .token = token};
  }
};

TEST_F(ASubscriber, ConnectsWithoutACursorAndGoesOnWithTheLastOne) {
  EXPECT_EQ(store.watches[0].request.cursor, "");
  EXPECT_TRUE(store.watches[0].request.prefix);
  auto next = waits();
  EXPECT_EQ(store.watches.last().request.cursor, "c0");
  store.watches.answer(WatchAnswer{{event(1), event(2)}, "c1"});
  EXPECT_EQ(next.result(), Subscription::Notice(event(1)));
  auto second = waits();
  EXPECT_EQ(second.result(), Subscription::Notice(event(2)));
  EXPECT_EQ(store.watches.count(), 2) << "it was told of both";
  auto third = waits();
  EXPECT_EQ(store.watches.last().request.cursor, "c1");
}

TEST_F(ASubscriber, AsksAgainWithinTheTimeForWhichItsCursorIsKept) {
  auto next = waits();
  for (int i = 0; i < 20; ++i) {
    const MonoTime asked = store.watches.last().asked;
    passes(store.watches.last().request.wait);
    store.watches.answer(WatchAnswer{{}, "c0"});
    passes({});
    EXPECT_LT(store.watches.last().asked - asked, kWatchKept);
  }
  EXPECT_FALSE(next.done());
}

TEST_F(ASubscriber, AsksAgainInTimeAlsoWhenAnAnswerIsLost) {
  auto next = waits();
  passes(kWatchKept - Duration(1));
  ASSERT_GE(store.watches.count(), 3);
  EXPECT_EQ(store.watches.last().request.cursor, "c0");
}

TEST_F(ASubscriber, IsToldWhatItMissedBeforeWhatCameAfter) {
  auto next = waits();
  store.watches.answer(WatchAnswer{{event(3)}, "c9", true});
  EXPECT_EQ(next.result(), Subscription::Notice(Subscription::Missed()));
  auto after = waits();
  EXPECT_EQ(after.result(), Subscription::Notice(event(3)));
}

TEST_F(ASubscriber, SurvivesErrorsWithPausesThatGrow) {
  auto next = waits();
  store.watches.always(definite(ErrorKind::storage));
  store.watches.answer(definite(ErrorKind::storage));
  passes(seconds(20));
  const auto asked = store.watches.count();
  EXPECT_GT(asked, 15);
  EXPECT_LT(asked, 60);
  store.watches.always(WatchAnswer{{event(4)}, "c1"});
  passes(seconds(1));
  EXPECT_EQ(next.result(), Subscription::Notice(event(4)));
  EXPECT_EQ(store.watches.last().request.cursor, "c0");
}

TEST_F(ASubscriber, HearsThatAStoreTellsNothing) {
  auto next = waits();
  store.watches.answer(definite(ErrorKind::unsupported));
  EXPECT_EQ(next.result().error().kind, ErrorKind::unsupported);
}

TEST_F(ASubscriber, MayBeCancelledAndGoOnLater) {
  asio::cancellation_signal cancellation;
  std::optional<Result<Subscription::Notice>> outcome;
  asio::co_spawn(
      context, subscription.next(),
      asio::bind_cancellation_slot(cancellation.slot(), [&](std::exception_ptr, Result<Subscription::Notice> result) {
        outcome = std::move(result);
      }));
  passes({});
  cancellation.emit(asio::cancellation_type::terminal);
  passes({});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error().kind, ErrorKind::cancelled);
  auto next = waits();
  store.watches.answer(WatchAnswer{{event(1)}, "c1"});
  EXPECT_EQ(next.result(), Subscription::Notice(event(1)));
}

TEST_F(ClientWorld, WhoLooksAfterARealStoreSeesBreaksAndHearsOfIt) {
  MemoryBackend memory(clock, nullptr);
  LockClient alice(context.get_executor(), memory, clock, random, &beliefs, {});
  LockAdmin admin(memory, clock, random, {.name = "carol"});
  Subscription subscription(memory, clock, random, {.space = "", .bytes = "db"});
  EXPECT_TRUE(await(context, subscription.connect()));
  auto acquiring = start(context, alice.acquire(wish_for("db")));
  const auto held = std::get<std::shared_ptr<HeldLock>>(acquiring.result().value());
  EXPECT_EQ(await(context, admin.inspect({"", "db"})).value().holders.size(), 1);
  EXPECT_EQ(await(context, admin.list({})).value().size(), 1);
  EXPECT_EQ(await(context, admin.list({.stale_for = seconds(1)})).value().size(), 0);
  const auto revoked = await(context, admin.break_lock({"", "db"}, 0, "a test")).value();
  ASSERT_EQ(revoked.size(), 1);
  EXPECT_EQ(revoked[0].attempt, held->attempt());
  passes(seconds(4));
  EXPECT_EQ(held->loss(), LossReason::broken);
  std::vector<LockEvent::Kind> kinds;
  for (int i = 0; i < 2; ++i) kinds.push_back(std::get<LockEvent>(await(context, subscription.next()).value()).kind);
  EXPECT_EQ(kinds, (std::vector{LockEvent::Kind::acquired, LockEvent::Kind::broken}));
}

}  // namespace
}  // namespace lockstep
