// Looking, listing, breaking and listening, for every store of ours.
#include <gmock/gmock.h>

#include "impl/backends/store_world_test.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = LockEvent::Kind;

struct AdminContract : StoreWorld, testing::TestWithParam<StoreKind> {
  TestAttempt attempt(const std::string& name, Duration ttl = seconds(10), const std::string& space = "") {
    return attempt_on(store->backend(), {space, name}, ttl, "owner of " + name);
  }
  Inspection looks_at(const std::string& name) {
    return await(context, store->backend().inspect({"", name}, MonoTime::max())).value();
  }
  Listing lists(ListRequest request) { return await(context, store->backend().list(request, MonoTime::max())).value(); }
  std::vector<std::string> names(const ListRequest& request) {
    std::vector<std::string> names;
    for (const Holder& holder : lists(request).holders) names.push_back(holder.name.bytes);
    return names;
  }
  // An administrator with an attempt of his own for each break.
  BreakRequest breaking(const std::string& name, Token token = 0) {
    return {{{9, ++attempts}, 1}, {"", name}, token, "root", "it hangs"};
  }
  Result<BreakAnswer> breaks(const BreakRequest& request) {
    return await(context, store->backend().break_lock(request, MonoTime::max()));
  }
  WatchAnswer watches(WatchRequest& request) {
    const auto answer = await(context, store->backend().watch(request, MonoTime::max()));
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().detail);
    if (answer) request.cursor = answer->cursor;
    return answer ? *answer : WatchAnswer{};
  }
  std::vector<std::pair<Kind, std::string>> hears(WatchRequest& request) {
    std::vector<std::pair<Kind, std::string>> heard;
    const WatchAnswer answer = watches(request);
    EXPECT_FALSE(answer.missed);
    for (const LockEvent& event : answer.events) heard.emplace_back(event.kind, event.name.bytes);
    return heard;
  }
  void passes(Duration duration) { clock.jump(duration); }

  std::unique_ptr<TestStore> store = GetParam().make(*this);
};

// --- Looking ---------------------------------------------------------------------------------------------------------

TEST_P(AdminContract, TellsWhoHoldsALockSinceWhenAndWhoWaits) {
  auto alice = attempt("db");
  alice.request().metadata = R"({"host":3})";
  const Token token = alice.acquires();
  passes(seconds(2));
  alice.renews();
  passes(seconds(1));
  auto bob = attempt("db");
  bob.request().wait = hours(1);
  bob.asks();
  const Inspection seen = looks_at("db");
  ASSERT_THAT(seen.holders, SizeIs(1));
  const Holder& holder = seen.holders.front();
  EXPECT_EQ(holder.token, token);
  EXPECT_EQ(holder.owner, "owner of db");
  EXPECT_EQ(holder.age, seconds(3));
  EXPECT_EQ(holder.stale, seconds(1));
  EXPECT_EQ(holder.remaining, seconds(9));
  EXPECT_EQ(holder.metadata, R"({"host":3})");
  ASSERT_THAT(seen.waiters, SizeIs(1));
  EXPECT_EQ(seen.waiters.front().attempt, bob.id());
  EXPECT_EQ(seen.waiters.front().owner, "owner of db");
}

TEST_P(AdminContract, MetadataIsAJsonObjectOfBoundedSize) {
  for (const std::string& metadata : {"text"s, "[1]"s, "{"s, "{\"a\":1} "s + std::string(kMaxMetadata, ' ')}) {
    auto alice = attempt("db");
    alice.request().metadata = metadata;
    EXPECT_EQ(alice.asks().error().kind, ErrorKind::invalid) << metadata.substr(0, 20);
  }
  auto alice = attempt("db");
  alice.request().owner = std::string(kMaxOwner + 1, 'x');
  EXPECT_EQ(alice.asks().error().kind, ErrorKind::invalid);
}

// --- Listing ---------------------------------------------------------------------------------------------------------

TEST_P(AdminContract, ListsLivingLeasesByNameWithinANamespace) {
  for (const char* name : {"b", "a", "ab", "c"}) attempt(name).acquires();
  attempt("elsewhere", seconds(10), "jobs").acquires();
  attempt("short", seconds(1)).acquires();
  passes(seconds(2));
  EXPECT_THAT(names({}), ElementsAre("a", "ab", "b", "c"));
  EXPECT_THAT(names({.prefix = "a"}), ElementsAre("a", "ab"));
  EXPECT_THAT(names({.space = "jobs"}), ElementsAre("elsewhere"));
  EXPECT_THAT(names({.space = "none"}), IsEmpty());
}

TEST_P(AdminContract, ListsWhatNobodyHasRenewedForAWhile) {
  auto stale = attempt("stale");
  stale.acquires();
  auto fresh = attempt("fresh");
  fresh.acquires();
  passes(seconds(5));
  fresh.renews();
  EXPECT_THAT(names({.stale_for = seconds(5)}), ElementsAre("stale"));
  EXPECT_THAT(names({.stale_for = seconds(6)}), IsEmpty());
}

TEST_P(AdminContract, ListsPageByPage) {
  std::vector<std::string> all;
  for (int i = 10; i < 35; ++i) all.push_back("name " + std::to_string(i));
  for (const std::string& name : all) attempt(name).acquires();
  ListRequest request{.limit = 10};
  std::vector<std::string> seen;
  do {
    const Listing page = lists(request);
    EXPECT_LE(page.holders.size(), 10);
    for (const Holder& holder : page.holders) seen.push_back(holder.name.bytes);
    request.after = page.next;
  } while (!request.after.empty());
  EXPECT_EQ(seen, all);
}

// --- Breaking --------------------------------------------------------------------------------------------------------

TEST_P(AdminContract, ABrokenLeaseHasEndedAndItsHolderIsToldWhy) {
  auto alice = attempt("db");
  const Token token = alice.acquires();
  EXPECT_THAT(breaks(breaking("db")).value(), ElementsAre(Revoked{alice.id(), token}));
  EXPECT_THAT(looks_at("db").holders, IsEmpty());
  EXPECT_EQ(alice.renews(), Result<RenewAnswer>(RenewAnswer::broken));
  EXPECT_EQ(alice.releases(), Result<ReleaseAnswer>(ReleaseAnswer::not_held));
  auto bob = attempt("db");
  EXPECT_GT(bob.acquires(), token);
}

TEST_P(AdminContract, ABreakNamesALeaseOrAllThereAre) {
  auto reader = attempt("db");
  reader.request().mode = Mode::shared;
  auto other = attempt("db");
  other.request().mode = Mode::shared;
  reader.acquires();
  const Token second = other.acquires();
  EXPECT_THAT(breaks(breaking("db", second + 100)).value(), IsEmpty());
  EXPECT_THAT(breaks(breaking("db", second)).value(), SizeIs(1));
  EXPECT_EQ(reader.renews(), Result<RenewAnswer>(RenewAnswer::renewed));
  EXPECT_THAT(breaks(breaking("db")).value(), SizeIs(1));
  EXPECT_THAT(breaks(breaking("db")).value(), IsEmpty());
}

TEST_P(AdminContract, ARepeatedBreakIsAnsweredAsBeforeAndBreaksNobodyElse) {
  auto alice = attempt("db");
  alice.acquires();
  const BreakRequest request = breaking("db");
  const auto first = breaks(request);
  auto bob = attempt("db");
  bob.acquires();
  EXPECT_EQ(breaks(request).value(), first.value());
  EXPECT_THAT(looks_at("db").holders, SizeIs(1));
  BreakRequest other = request;
  other.reason = "another";
  EXPECT_EQ(breaks(other).error().kind, ErrorKind::key_reused);
}

TEST_P(AdminContract, ABreakLetsTheNextInTheLineIn) {
  auto alice = attempt("db");
  alice.acquires();
  auto bob = attempt("db");
  bob.request().wait = hours(1);
  EXPECT_TRUE(std::holds_alternative<Queued>(bob.asks().value()));
  breaks(breaking("db"));
  EXPECT_TRUE(std::holds_alternative<Granted>(bob.asks_again().value()));
}

// --- Listening -------------------------------------------------------------------------------------------------------

TEST_P(AdminContract, ASubscriberHearsWhatHappensFromThenOnInOrder) {
  auto early = attempt("db");
  early.acquires();
  early.releases();
  WatchRequest watch{.bytes = "db"};
  EXPECT_THAT(watches(watch).events, IsEmpty());
  auto alice = attempt("db");
  const Token token = alice.acquires();
  alice.renews();
  attempt("other").acquires();
  const WatchAnswer first = watches(watch);
  ASSERT_THAT(first.events, SizeIs(2));
  EXPECT_EQ(first.events[0].kind, Kind::acquired);
  EXPECT_EQ(first.events[0].attempt, alice.id());
  EXPECT_EQ(first.events[0].owner, "owner of db");
  EXPECT_EQ(first.events[0].token, token);
  EXPECT_EQ(first.events[1].kind, Kind::renewed);
  alice.releases();
  EXPECT_THAT(hears(watch), ElementsAre(std::pair(Kind::released, "db"s)));
  EXPECT_THAT(hears(watch), IsEmpty());
}

TEST_P(AdminContract, ASubscriberHearsOfAnExpiryAlsoWhenNobodyAsks) {
  WatchRequest watch{.bytes = "db"};
  watches(watch);
  attempt("db", seconds(5)).acquires();
  EXPECT_THAT(hears(watch), SizeIs(1));
  passes(seconds(5));
  EXPECT_THAT(hears(watch), ElementsAre(std::pair(Kind::expired, "db"s)));
  EXPECT_THAT(hears(watch), IsEmpty());
}

TEST_P(AdminContract, ABreakIsToldWithItsReason) {
  WatchRequest watch{.bytes = "db"};
  watches(watch);
  auto alice = attempt("db");
  alice.acquires();
  breaks(breaking("db"));
  const WatchAnswer answer = watches(watch);
  ASSERT_THAT(answer.events, SizeIs(2));
  EXPECT_EQ(answer.events[1].kind, Kind::broken);
  EXPECT_EQ(answer.events[1].reason, "root: it hangs");
}

TEST_P(AdminContract, APrefixCoversNamesToCome) {
  WatchRequest watch{.bytes = "job/", .prefix = true};
  watches(watch);
  attempt("job/1").acquires();
  attempt("jobs").acquires();
  attempt("job/2").acquires();
  EXPECT_THAT(hears(watch),
              testing::UnorderedElementsAre(std::pair(Kind::acquired, "job/1"s), std::pair(Kind::acquired, "job/2"s)));
}

TEST_P(AdminContract, WhoComesTooLateIsToldThatHeMissedSome) {
  WatchRequest watch{.bytes = "db"};
  watches(watch);
  passes(hours(1));
  for (int i = 0; i < 5000; ++i) {
    auto alice = attempt("db");
    alice.acquires();
    alice.releases();
    if (i == 40 && GetParam().name != "Memory") break;  // enough for the others, which are slower
  }
  EXPECT_TRUE(watches(watch).missed);
  EXPECT_FALSE(watches(watch).missed);
}

TEST_P(AdminContract, ACursorOfNobodyIsRefused) {
  WatchRequest watch{.bytes = "db", .cursor = "made up"};
  const auto answer = await(context, store->backend().watch(watch, MonoTime::max()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::invalid);
}

TEST_P(AdminContract, AnAnswerWaitsUntilSomethingHappens) {
  WatchRequest watch{.bytes = "db"};
  watches(watch);
  watch.wait = hours(1);
  auto listening = start(context, store->backend().watch(watch, MonoTime::max()));
  clock.pass({});
  EXPECT_FALSE(listening.done());
  attempt("db").acquires();
  EXPECT_THAT(listening.result().value().events, SizeIs(1));
}

TEST_P(AdminContract, AnAnswerWithNothingComesWhenTheWaitIsOver) {
  WatchRequest watch{.bytes = "db"};
  watches(watch);
  watch.wait = milliseconds(500);
  auto listening = start(context, store->backend().watch(watch, MonoTime::max()));
  const MonoTime limit = clock.monotonic() + milliseconds(499);
  while (!listening.done()) {
    drive_until(context, [&] { return clock.pending() > 0 || listening.done(); });
    if (listening.done()) break;
    clock.pass_to_next();
  }
  EXPECT_GE(clock.monotonic(), limit);
  EXPECT_THAT(listening.result().value().events, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stores, AdminContract, testing::ValuesIn(all_kinds()), name_of_kind);

}  // namespace
}  // namespace lockstep
