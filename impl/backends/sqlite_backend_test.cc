// What SqliteBackend adds to the store: patience while another process writes, on the clock seam, and no longer than
// its caller has.
#include "impl/backends/sqlite_backend.h"

#include <gtest/gtest.h>

#include <future>

#include "impl/backends/store_world_test.h"

namespace lockstep {
namespace {

struct BusyStore : StoreWorld, testing::Test {
  void SetUp() override {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(directory.file("leases").c_str(), &raw), SQLITE_OK);
    other.reset(raw);
  }
  void another_process_writes() { other_says("BEGIN IMMEDIATE"); }
  void it_is_done() { other_says("COMMIT"); }
  void other_says(const char* sql) { EXPECT_EQ(sqlite3_exec(other.get(), sql, nullptr, nullptr, nullptr), SQLITE_OK); }

  Started<Result<AcquireAnswer>> somebody_acquires(MonoTime give_up) {
    AcquireRequest request{.key = {{7, ++attempts}, 1}, .name = {"", "db"}, .owner = "", .ttl = seconds(10)};
    return start(context, store.backend().acquire(std::move(request), give_up));
  }
  // The clock moves on whenever the thread has nothing left to do.
  template <typename Condition>
  bool time_passes_until(Condition condition) {
    return drive_until(context, [&] {
      store.settle();
      if (condition()) return true;
      clock.pass_to_next();
      return condition();
    });
  }
  MonoTime in(Duration duration) { return clock.monotonic() + duration; }

  TestSqliteStore store{*this};
  SqliteConnection other;
};

TEST_F(BusyStore, AnOperationWaitsUntilTheOtherProcessIsDone) {
  another_process_writes();
  auto acquiring = somebody_acquires(MonoTime::max());
  const MonoTime a_while = in(milliseconds(200));
  EXPECT_TRUE(time_passes_until([&] { return clock.monotonic() >= a_while; }));
  EXPECT_FALSE(acquiring.done());
  it_is_done();
  ASSERT_TRUE(time_passes_until([&] { return acquiring.done(); }));
  EXPECT_GT(TestAttempt::granted_by(acquiring.result()).token, 0);
}

TEST_F(BusyStore, AnOperationThatRunsOutOfTimeSaysThatItDidNotHappen) {
  another_process_writes();
  const MonoTime give_up = in(milliseconds(50));
  auto acquiring = somebody_acquires(give_up);
  ASSERT_TRUE(time_passes_until([&] { return acquiring.done(); }));
  EXPECT_EQ(clock.monotonic(), give_up);
  const auto& answer = acquiring.result();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::busy);
  EXPECT_TRUE(answer.error().definite);
  it_is_done();
  EXPECT_TRUE(await(context, store.backend().inspect({"", "db"}, MonoTime::max())).value().holders.empty());
}

TEST_F(BusyStore, AnOperationThatHangsInTheStoreIsAnsweredInTimeAndMayStillHappen) {
  // The lane is taken by work that does not come to its end.
  ThreadLane lane(context.get_executor());
  SqliteBackend slow({.path = directory.file("leases")}, clock, random, lane, nullptr);
  ASSERT_TRUE(await(context, slow.open(MonoTime::max())));
  std::promise<void> may_end;
  lane.submit([allowed = may_end.get_future().share()] { allowed.wait(); }, [] {});
  AcquireRequest request{.key = {{7, ++attempts}, 1}, .name = {"", "db"}, .owner = "", .ttl = seconds(10)};
  auto acquiring = start(context, slow.acquire(std::move(request), in(milliseconds(50))));
  clock.pass(milliseconds(49));
  EXPECT_FALSE(acquiring.done());
  clock.pass(milliseconds(1));
  ASSERT_TRUE(acquiring.done());
  EXPECT_EQ(acquiring.result().error().kind, ErrorKind::unreachable);
  EXPECT_FALSE(acquiring.result().error().definite);
  may_end.set_value();
  const auto holders = await(context, slow.inspect({"", "db"}, MonoTime::max()));
  EXPECT_EQ(holders.value().holders.size(), 1);
}

TEST_F(BusyStore, OpeningWaitsToo) {
  another_process_writes();
  SqliteBackend second({.path = directory.file("leases")}, clock, random, store.lane(), nullptr);
  auto opening = start(context, second.open(MonoTime::max()));
  const MonoTime a_while = in(milliseconds(50));
  EXPECT_TRUE(time_passes_until([&] { return clock.monotonic() >= a_while; }));
  EXPECT_FALSE(opening.done());
  it_is_done();
  ASSERT_TRUE(time_passes_until([&] { return opening.done(); }));
  EXPECT_TRUE(opening.result());
}

}  // namespace
}  // namespace lockstep
