// Readers, writers, permits and the line, for every store of ours: who goes beside whom, who goes first, and who
// loses his place.
#include <gmock/gmock.h>

#include "impl/backends/store_world_test.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = LeaseEvent::Kind;

struct LineContract : StoreWorld, testing::TestWithParam<StoreKind> {
  TestAttempt wants(Mode mode, std::uint32_t permits = 1, std::uint32_t capacity = 1) {
    TestAttempt attempt = attempt_on(store->backend(), {"", "db"}, seconds(10));
    attempt.request().mode = mode;
    attempt.request().permits = permits;
    attempt.request().capacity = capacity;
    return attempt;
  }
  TestAttempt waits(Mode mode, std::uint32_t permits = 1, std::uint32_t capacity = 1) {
    TestAttempt attempt = wants(mode, permits, capacity);
    attempt.request().wait = hours(1);
    EXPECT_TRUE(is_queued(attempt));
    return attempt;
  }
  static bool is_queued(TestAttempt& attempt) {
    const auto answer = attempt.asks_again();
    return answer && std::holds_alternative<Queued>(*answer);
  }
  static std::uint32_t ahead_of(TestAttempt& attempt) { return std::get<Queued>(attempt.asks_again().value()).ahead; }
  static bool is_granted(TestAttempt& attempt) {
    const auto answer = attempt.asks_again();
    if (!answer || !std::holds_alternative<Granted>(*answer)) return false;
    attempt.claims(std::get<Granted>(*answer).token);
    return true;
  }
  static void is_invalid(TestAttempt attempt) {
    const auto answer = attempt.asks();
    EXPECT_FALSE(answer);
    if (!answer) {
      EXPECT_EQ(answer.error().kind, ErrorKind::invalid);
    }
  }
  std::size_t holders() {
    return await(context, store->backend().inspect({"", "db"}, MonoTime::max())).value().holders.size();
  }
  void passes(Duration duration) { clock.jump(duration); }

  std::unique_ptr<TestStore> store = GetParam().make(*this);
};

// --- Modes -----------------------------------------------------------------------------------------------------------

TEST_P(LineContract, ReadersGoTogetherAndWritersAlone) {
  auto reader = wants(Mode::shared);
  reader.acquires();
  auto second = wants(Mode::shared);
  second.acquires();
  EXPECT_EQ(holders(), 2);
  wants(Mode::exclusive).is_refused();
  reader.releases();
  wants(Mode::exclusive).is_refused();
  second.releases();
  wants(Mode::exclusive).acquires();
  EXPECT_THAT(wants(Mode::shared).is_refused(), SizeIs(1));
}

TEST_P(LineContract, PermitsAreGivenUpToTheCapacity) {
  wants(Mode::permits, 2, 5).acquires();
  auto third = wants(Mode::permits, 3, 5);
  third.acquires();
  wants(Mode::permits, 1, 5).is_refused();
  third.releases();
  wants(Mode::permits, 4, 5).is_refused();
  wants(Mode::permits, 3, 5).acquires();
}

TEST_P(LineContract, ASemaphoreStaysWhatItIs) {
  is_invalid(wants(Mode::permits, 0, 5));
  is_invalid(wants(Mode::permits, 6, 5));
  auto holder = wants(Mode::permits, 1, 5);
  holder.acquires();
  is_invalid(wants(Mode::permits, 1, 4));
  is_invalid(wants(Mode::exclusive));
  is_invalid(wants(Mode::shared));
  holder.releases();
  is_invalid(wants(Mode::permits, 1, 4));
  wants(Mode::permits, 5, 5).acquires();
}

TEST_P(LineContract, ALockInUseIsNoSemaphore) {
  auto holder = wants(Mode::exclusive);
  holder.acquires();
  is_invalid(wants(Mode::permits, 1, 5));
  holder.releases();
  wants(Mode::permits, 1, 5).acquires();
}

TEST_P(LineContract, AWriterBecomesAReaderWithoutAGap) {
  auto writer = wants(Mode::exclusive);
  const Token token = writer.acquires();
  auto next = waits(Mode::exclusive);
  auto reader = waits(Mode::shared);
  RenewRequest downgrade{{writer.id(), 50}, {"", "db"}, token, seconds(10), true};
  EXPECT_EQ(await(context, store->backend().renew(downgrade, MonoTime::max())), RenewAnswer::renewed);
  EXPECT_TRUE(is_queued(next));
  EXPECT_TRUE(is_queued(reader)) << "behind a writer who waits";
  next.gives_up();
  EXPECT_TRUE(is_granted(reader));
  EXPECT_EQ(holders(), 2);
}

TEST_P(LineContract, AReaderIsToldThatItCannotBecomeAWriter) {
  auto reader = wants(Mode::shared);
  reader.acquires();
  reader.request().mode = Mode::exclusive;
  for (const Duration wait : {Duration::zero(), Duration(hours(1))}) {
    reader.request().wait = wait;
    const auto answer = reader.asks();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::invalid);
    EXPECT_NE(answer.error().detail.find("a reader cannot become a writer"), std::string::npos);
  }
  EXPECT_EQ(holders(), 1);
}

TEST_P(LineContract, NobodyHoldsTwiceByAskingTwice) {
  auto first = wants(Mode::exclusive);
  first.acquires();
  wants(Mode::exclusive).is_refused();  // the same owner in another attempt: an ordinary contender
}

// --- The line --------------------------------------------------------------------------------------------------------

TEST_P(LineContract, FirstComeFirstServed) {
  auto holder = wants(Mode::exclusive);
  holder.acquires();
  auto first = waits(Mode::exclusive);
  auto second = waits(Mode::exclusive);
  EXPECT_EQ(ahead_of(first), 0);
  EXPECT_EQ(ahead_of(second), 1);
  holder.releases();
  EXPECT_TRUE(is_queued(second)) << "it is not his turn, although the lock is free";
  wants(Mode::exclusive).is_refused();
  EXPECT_TRUE(is_granted(first));
  EXPECT_TRUE(is_queued(second));
  first.releases();
  EXPECT_TRUE(is_granted(second));
}

TEST_P(LineContract, AWaitingWriterKeepsNewReadersOut) {
  auto reader = wants(Mode::shared);
  reader.acquires();
  auto writer = waits(Mode::exclusive);
  wants(Mode::shared).is_refused();
  auto late = waits(Mode::shared);
  reader.releases();
  EXPECT_TRUE(is_queued(late));
  EXPECT_TRUE(is_granted(writer));
  writer.releases();
  EXPECT_TRUE(is_granted(late));
}

TEST_P(LineContract, ReadersInTheLineGoTogether) {
  auto writer = wants(Mode::exclusive);
  writer.acquires();
  auto one = waits(Mode::shared);
  auto other = waits(Mode::shared);
  writer.releases();
  EXPECT_TRUE(is_granted(other)) << "nobody in front of him minds";
  EXPECT_TRUE(is_granted(one));
}

TEST_P(LineContract, ManyPermitsAreNotStarvedByFew) {
  auto few = wants(Mode::permits, 1, 3);
  few.acquires();
  auto many = waits(Mode::permits, 3, 3);
  wants(Mode::permits, 1, 3).is_refused();
  few.releases();
  EXPECT_TRUE(is_granted(many));
}

TEST_P(LineContract, APlaceLapsesUnlessItIsAskedForAgain) {
  auto holder = wants(Mode::exclusive);
  holder.acquires();
  auto silent = waits(Mode::exclusive);
  auto patient = waits(Mode::exclusive);
  passes(kPlaceKept * 3 / 4);
  EXPECT_EQ(ahead_of(patient), 1);
  passes(kPlaceKept / 2);
  EXPECT_EQ(ahead_of(patient), 0);
  holder.releases();
  EXPECT_TRUE(is_granted(patient));
  EXPECT_TRUE(is_queued(silent)) << "behind him who has it now";
}

TEST_P(LineContract, AskingWithoutAWaitGivesThePlaceUp) {
  auto holder = wants(Mode::exclusive);
  holder.acquires();
  auto first = waits(Mode::exclusive);
  auto second = waits(Mode::exclusive);
  first.request().wait = Duration::zero();
  EXPECT_TRUE(std::holds_alternative<Refused>(first.asks_again().value()));
  EXPECT_EQ(ahead_of(second), 0);
}

TEST_P(LineContract, WhoGivesUpLeavesTheLineAndIsNeverGranted) {
  auto holder = wants(Mode::exclusive);
  holder.acquires();
  auto first = waits(Mode::exclusive);
  auto second = waits(Mode::exclusive);
  EXPECT_EQ(first.gives_up(), ReleaseAnswer::not_held);
  EXPECT_EQ(ahead_of(second), 0);
  holder.releases();
  EXPECT_TRUE(is_granted(second));
  second.releases();
  const auto late = first.asks();  // a request that was still on its way
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::ended);
}

TEST_P(LineContract, TheFirstInTheLineIsToldWhenTheHoldersLeaseEnds) {
  auto holder = wants(Mode::exclusive);
  holder.acquires();
  passes(seconds(10) - milliseconds(300));
  auto first = waits(Mode::exclusive);
  EXPECT_EQ(std::get<Queued>(first.asks_again().value()).look_again, milliseconds(300));
  passes(milliseconds(300));
  EXPECT_TRUE(is_granted(first));
}

TEST_P(LineContract, TellsWhoComesAndGoes) {
  auto holder = wants(Mode::exclusive);
  holder.acquires();
  auto first = waits(Mode::exclusive);
  waits(Mode::exclusive);
  passes(kPlaceKept);
  auto last = waits(Mode::exclusive);
  holder.releases();
  EXPECT_TRUE(is_granted(last));
  std::vector<Kind> kinds;
  for (const auto& event : events.all) kinds.push_back(event.kind);
  EXPECT_THAT(kinds, ElementsAre(Kind::restarted, Kind::granted, Kind::queued, Kind::queued, Kind::queued,
                                 Kind::released, Kind::left, Kind::left, Kind::left, Kind::granted));
}

// --- Of stores that claim to be durable ------------------------------------------------------------------------------

struct DurableLineContract : LineContract {};

TEST_P(DurableLineContract, TheLineSurvivesAReopening) {
  auto holder = wants(Mode::exclusive);
  holder.acquires();
  auto first = waits(Mode::exclusive);
  auto second = waits(Mode::exclusive);
  store->reopen();
  for (TestAttempt* attempt : {&holder, &first, &second}) attempt->turns_to(store->backend());
  EXPECT_EQ(ahead_of(second), 1);
  holder.releases();
  EXPECT_TRUE(is_queued(second));
  EXPECT_TRUE(is_granted(first));
}

INSTANTIATE_TEST_SUITE_P(Stores, LineContract, testing::ValuesIn(all_kinds()), name_of_kind);
INSTANTIATE_TEST_SUITE_P(Stores, DurableLineContract, testing::ValuesIn(durable_kinds()), name_of_kind);

}  // namespace
}  // namespace lockstep
