// Several locks: all or none, in one order, and whatever ends it half-way leaves nothing behind.
#include "impl/client/held_locks.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "impl/backends/memory_backend.h"
#include "impl/client/client_world_test.h"

namespace lockstep {
namespace {

constexpr Duration kThird = Duration(seconds(10)) / 3;
using Taking = Started<Result<AcquisitionOfAll>>;

struct SeveralLocks : ClientWorld {
  Taking takes(std::vector<std::string> names, AcquireAllOptions options = {.wait_limit = seconds(30)}) {
    std::vector<LockClient::Wish> wishes;
    for (auto& name : names) wishes.push_back(wish_for(std::move(name)));
    auto taking = start(context, acquire_all(client, std::move(wishes), options));
    passes({});
    return taking;
  }
  void grants(Token token) {
    store.acquires.answer(granted(seconds(10), token));
    passes({});
  }
  static HeldLocks& all(Taking& taking) { return std::get<HeldLocks>(taking.result().value()); }
  std::string asked(std::size_t index) { return store.acquires[index].request.name.bytes; }
  std::string given_back(std::size_t index) { return store.releases[index].request.name.bytes; }
  void expect_nothing_goes_on() {
    store.releases.always(ReleaseAnswer::released);
    for (std::size_t i = 0; i < store.releases.count(); ++i) store.releases.answer(i, ReleaseAnswer::released);
    passes(hours(1));
    EXPECT_EQ(store.renewals.count(), 0);
    EXPECT_EQ(clock.pending(), 0);
  }
};

TEST_F(SeveralLocks, AreTakenInTheOrderOfTheirNamesAndFoundInThatOfTheWishes) {
  auto taking = takes({"b", "c", "a"});
  grants(1);
  grants(2);
  EXPECT_FALSE(taking.done());
  grants(3);
  EXPECT_EQ(asked(0) + asked(1) + asked(2), "abc");
  const HeldLocks& held = all(taking);
  ASSERT_EQ(held.size(), 3);
  EXPECT_EQ(held[0].name().bytes, "b");
  EXPECT_EQ(held[0].token(), 2);
  EXPECT_EQ(held[1].token(), 3);
  EXPECT_EQ(held[2].token(), 1);
  EXPECT_TRUE(held.valid());
}

TEST_F(SeveralLocks, AreTakenInAnotherOrderIfToldSo) {
  const NameOrder as_given = [](const LockName&, const LockName&) { return false; };
  auto taking = takes({"b", "c", "a"}, {.wait_limit = seconds(30), .order = as_given});
  for (Token token = 1; token <= 3; ++token) grants(token);
  EXPECT_EQ(asked(0) + asked(1) + asked(2), "bca");
}

TEST_F(SeveralLocks, AreReleasedTheLastFirst) {
  store.releases.always(ReleaseAnswer::released);
  auto taking = takes({"b", "c", "a"});
  for (Token token = 1; token <= 3; ++token) grants(token);
  auto ended = start(context, all(taking).ended().wait());
  auto releasing = start(context, all(taking).release(now() + seconds(1)));
  EXPECT_TRUE(releasing.result());
  EXPECT_EQ(given_back(0) + given_back(1) + given_back(2), "cba");
  EXPECT_TRUE(ended.done());
  EXPECT_FALSE(all(taking).valid());
  EXPECT_EQ(all(taking).loss(), std::nullopt);
  expect_nothing_goes_on();
}

TEST_F(SeveralLocks, AreGivenBackWithTheirHandle) {
  {
    auto taking = takes({"b", "a"});
    for (Token token = 1; token <= 2; ++token) grants(token);
    HeldLocks held = std::move(all(taking));
    EXPECT_TRUE(held.valid());
  }
  passes({});
  ASSERT_EQ(store.releases.count(), 2);
  EXPECT_EQ(given_back(0) + given_back(1), "ba");
  expect_nothing_goes_on();
}

TEST_F(SeveralLocks, ThatAreNotReleasedInTimeAreGivenBackInTheBackground) {
  auto taking = takes({"a", "b"});
  for (Token token = 1; token <= 2; ++token) grants(token);
  auto releasing = start(context, all(taking).release(now() + seconds(1)));
  passes(seconds(1));
  EXPECT_FALSE(releasing.result());
  EXPECT_GE(store.releases.count(), 3) << "both, and the first one again";
  expect_nothing_goes_on();
}

TEST_F(SeveralLocks, HaveOneSignalForTheLossOfAnyOfThem) {
  auto taking = takes({"a", "b"});
  for (Token token = 1; token <= 2; ++token) grants(token);
  HeldLocks& held = all(taking);
  auto ended = start(context, held.ended().wait());
  passes(kThird);
  ASSERT_EQ(store.renewals.count(), 2);
  store.renewals.answer(0, RenewAnswer::renewed);
  store.renewals.answer(1, RenewAnswer::broken);
  passes({});
  EXPECT_TRUE(ended.done());
  EXPECT_EQ(held.loss(), LossReason::broken);
  EXPECT_FALSE(held.valid());
  EXPECT_EQ(held.valid_for(), Duration::zero());
  EXPECT_TRUE(held[0].valid()) << "the other one is still held";
}

TEST_F(SeveralLocks, OfWhichOneIsNamedTwiceAreRefused) {
  auto taking = takes({"a", "b", "a"});
  EXPECT_EQ(taking.result().error().kind, ErrorKind::invalid);
  EXPECT_EQ(store.acquires.count(), 0) << "it would wait for itself";
}

TEST_F(SeveralLocks, ThatAreNoneAreHadAtOnce) {
  auto taking = takes({});
  EXPECT_EQ(all(taking).size(), 0);
  EXPECT_FALSE(all(taking).valid());
}

// --- Half-way --------------------------------------------------------------------------------------------------------

TEST_F(SeveralLocks, OfWhichOneIsRefusedAreGivenBack) {
  auto taking = takes({"c", "b", "a"}, {});
  grants(1);
  grants(2);
  store.acquires.answer(refused("bob"));
  passes({});
  const auto& failed = std::get<NotAllAcquired>(taking.result().value());
  EXPECT_EQ(failed.wish, 0);
  EXPECT_EQ(failed.refusal.why, NotAcquired::Why::refused);
  EXPECT_EQ(failed.refusal.holders.at(0).owner, "bob");
  ASSERT_EQ(store.releases.count(), 2);
  EXPECT_EQ(given_back(0) + given_back(1), "ba");
  expect_nothing_goes_on();
}

TEST_F(SeveralLocks, HaveOneWaitLimitTogether) {
  store.renewals.always(RenewAnswer::renewed);
  auto taking = takes({"a", "b"}, {.wait_limit = seconds(20)});
  passes(seconds(5));
  grants(1);
  EXPECT_EQ(store.acquires.last().request.wait, seconds(15));
  store.acquires.always(refused());
  store.acquires.answer(refused());
  passes(seconds(15) - Duration(1));
  EXPECT_FALSE(taking.done());
  passes(Duration(1));
  EXPECT_EQ(std::get<NotAllAcquired>(taking.result().value()).refusal.why, NotAcquired::Why::timed_out);
  ASSERT_EQ(store.releases.count(), 1);
  const auto renewed = store.renewals.count();
  EXPECT_GT(renewed, 0) << "what is held is renewed while the rest is waited for";
  passes(hours(1));
  EXPECT_EQ(store.renewals.count(), renewed) << "and no longer";
}

TEST_F(SeveralLocks, OfWhichOneFailsAreGivenBack) {
  auto taking = takes({"a", "b"});
  grants(1);
  store.acquires.answer(indefinite(ErrorKind::unreachable));
  passes({});
  EXPECT_EQ(taking.result().error().kind, ErrorKind::unreachable);
  EXPECT_EQ(store.releases.count(), 2) << "also the one of which nobody knows";
  expect_nothing_goes_on();
}

TEST_F(SeveralLocks, OfWhichOneIsLostWhileAnotherIsWaitedForAreGivenUpAtOnce) {
  auto taking = takes({"a", "b"}, {.wait_limit = hours(1)});
  grants(1);
  passes(kThird);
  store.renewals.answer(RenewAnswer::broken);
  passes({});
  ASSERT_TRUE(taking.done()) << "to wait for the other one is of no use";
  EXPECT_EQ(std::get<NotAllAcquired>(taking.result().value()).refusal.why, NotAcquired::Why::too_late);
  const auto renewed = store.renewals.count();
  passes(hours(1));
  EXPECT_EQ(store.renewals.count(), renewed);
}

struct CancellingSeveral : SeveralLocks {
  void takes_and_is_cancelled_after(std::size_t granted_before) {
    std::vector<LockClient::Wish> wishes;
    for (const auto* name : {"c", "b", "a"}) wishes.push_back(wish_for(name));
    asio::cancellation_signal cancellation;
    std::optional<Result<AcquisitionOfAll>> outcome;
    AcquireAllOptions options{.wait_limit = seconds(30)};
    asio::co_spawn(
        context, acquire_all(client, std::move(wishes), options),
        asio::bind_cancellation_slot(cancellation.slot(), [&](std::exception_ptr, Result<AcquisitionOfAll> result) {
          outcome = std::move(result);
        }));
    passes({});
    for (std::size_t i = 0; i < granted_before; ++i) grants(i + 1);
    cancellation.emit(asio::cancellation_type::terminal);
    if (granted_before == 2) store.acquires.answer(granted(seconds(10), 3));  // at the same instant
    passes({});
    ASSERT_TRUE(outcome && !*outcome);
    EXPECT_EQ(outcome->error().kind, ErrorKind::cancelled);
    std::set<std::string> names;
    for (std::size_t i = 0; i < store.releases.count(); ++i) names.insert(given_back(i));
    EXPECT_EQ(names.size(), granted_before + 1);
    expect_nothing_goes_on();
  }
};

TEST_F(CancellingSeveral, WhileTheFirstIsAskedForGivesAllBack) { takes_and_is_cancelled_after(0); }
TEST_F(CancellingSeveral, WhileTheSecondIsAskedForGivesAllBack) { takes_and_is_cancelled_after(1); }
TEST_F(CancellingSeveral, WhileTheLastIsGrantedGivesAllBack) { takes_and_is_cancelled_after(2); }

// --- Against each other ----------------------------------------------------------------------------------------------

TEST_F(SeveralLocks, WantedInOppositeOrdersByTwoAreHadByBothOneAfterTheOther) {
  MemoryBackend memory(clock, nullptr);
  LockClient alice(context.get_executor(), memory, clock, random, nullptr, {});
  LockClient bob(context.get_executor(), memory, clock, random, nullptr, {});
  AcquireAllOptions options{.wait_limit = seconds(30)};
  std::vector<LockClient::Wish> forth{wish_for("a"), wish_for("b")};
  std::vector<LockClient::Wish> back{wish_for("b"), wish_for("a")};
  auto first = start(context, acquire_all(alice, forth, options));
  auto second = start(context, acquire_all(bob, back, options));
  passes(seconds(1));
  ASSERT_TRUE(first.done());
  EXPECT_FALSE(second.done());
  all(first).give_back();
  passes(seconds(1));
  ASSERT_TRUE(second.done());
  EXPECT_TRUE(all(second).valid());
}

}  // namespace
}  // namespace lockstep
