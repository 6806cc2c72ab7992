// The contract of impl/lock/backend.h, once, for every store of ours: what is granted, refused, renewed and released,
// when a lease ends, and what asking again does.
#include <gmock/gmock.h>

#include <set>

#include "impl/backends/store_world_test.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Duration kNanosecond{1};

struct BackendContract : StoreWorld, testing::TestWithParam<StoreKind> {
  TestAttempt attempt(const std::string& name, Duration ttl = seconds(10), std::string owner = "somebody") {
    return attempt_on(store->backend(), {"", name}, ttl, std::move(owner));
  }
  TestAttempt attempt(LockName name) { return attempt_on(store->backend(), std::move(name), seconds(10)); }
  std::vector<Holder> holders(const LockName& name) {
    return await(context, store->backend().inspect(name, MonoTime::max())).value().holders;
  }
  std::vector<Holder> holders(const std::string& name) { return holders(LockName{"", name}); }
  void passes(Duration duration) { clock.jump(duration); }

  std::unique_ptr<TestStore> store = GetParam().make(*this);
};

MATCHER_P2(FailsDefinitely, kind, because, "") {
  if (arg) {
    *result_listener << "it succeeded";
    return false;
  }
  *result_listener << name_of(arg.error().kind) << ": " << arg.error().detail;
  return arg.error().kind == kind && arg.error().definite && arg.error().detail.find(because) != std::string::npos;
}

const Result<RenewAnswer> renewed = RenewAnswer::renewed;
const Result<RenewAnswer> lost = RenewAnswer::lost;
const Result<ReleaseAnswer> released = ReleaseAnswer::released;
const Result<ReleaseAnswer> not_held = ReleaseAnswer::not_held;

template <typename T>
bool same(const Result<T>& a, const Result<T>& b) {
  return a.has_value() && b.has_value() && *a == *b;
}
MATCHER_P(Is, answer, "") { return same(arg, answer); }

// --- Granting and refusing -------------------------------------------------------------------------------------------

TEST_P(BackendContract, AFreeLockIsGrantedForItsWholeTtl) {
  auto alice = attempt("db", seconds(10));
  const Granted granted = TestAttempt::granted_by(alice.asks());
  EXPECT_GT(granted.token, 0);
  EXPECT_EQ(granted.valid_for, seconds(10));
}

TEST_P(BackendContract, AHeldLockIsRefusedAndItsHolderNamed) {
  auto alice = attempt("db", seconds(10), "alice\0x"s);
  alice.request().metadata = R"({"host": 3})";
  alice.acquires();
  passes(seconds(3));
  const auto told = attempt("db").is_refused();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].name, (LockName{"", "db"}));
  EXPECT_EQ(told[0].owner, "alice\0x"s);
  EXPECT_EQ(told[0].metadata, R"({"host": 3})");
  EXPECT_EQ(told[0].attempt, alice.id());
  EXPECT_EQ(told[0].token, alice.token());
  EXPECT_EQ(told[0].ttl, seconds(10));
  EXPECT_EQ(told[0].remaining, seconds(7));
}

TEST_P(BackendContract, AnOwnerWhoAsksAgainIsAContenderLikeAnyOther) {
  attempt("db", seconds(10), "alice").acquires();
  attempt("db", seconds(10), "alice").is_refused();
}

TEST_P(BackendContract, LocksOfDifferentNamesDoNotMeet) {
  attempt("db").acquires();
  attempt("cache").acquires();
}

TEST_P(BackendContract, ARefusalLeavesNothingBehind) {
  auto alice = attempt("db");
  alice.acquires();
  auto bob = attempt("db");
  bob.is_refused();
  EXPECT_THAT(holders("db"), SizeIs(1));
  alice.releases();
  EXPECT_THAT(holders("db"), IsEmpty());
  EXPECT_GT(bob.acquires(), alice.token());
}

// --- Releasing -------------------------------------------------------------------------------------------------------

TEST_P(BackendContract, AReleasedLockIsFreeAtOnce) {
  auto alice = attempt("db");
  alice.acquires();
  EXPECT_THAT(alice.releases(), Is(released));
  EXPECT_THAT(holders("db"), IsEmpty());
  attempt("db").acquires();
}

TEST_P(BackendContract, ASecondReleaseFindsNothingAndIsNoError) {
  auto alice = attempt("db");
  alice.acquires();
  alice.releases();
  EXPECT_THAT(alice.releases(), Is(not_held));
}

TEST_P(BackendContract, ALateReleaseLeavesTheNextHolderAlone) {
  auto alice = attempt("db", seconds(10), "same owner");
  alice.acquires();
  passes(seconds(10));
  auto bob = attempt("db", seconds(10), "same owner");
  bob.acquires();
  EXPECT_THAT(alice.releases(), Is(not_held));
  ASSERT_THAT(holders("db"), SizeIs(1));
  EXPECT_EQ(holders("db")[0].attempt, bob.id());
}

TEST_P(BackendContract, ReleasingAndRenewingWithAWrongTokenChangeNothing) {
  auto alice = attempt("db");
  const Token token = alice.acquires();
  alice.claims(token + 1);
  EXPECT_THAT(alice.renews(), Is(lost));
  EXPECT_THAT(alice.releases(), Is(not_held));
  ASSERT_THAT(holders("db"), SizeIs(1));
  EXPECT_EQ(holders("db")[0].remaining, seconds(10));
}

TEST_P(BackendContract, ReleasingAndRenewingAnothersLeaseChangeNothing) {
  auto alice = attempt("db");
  const Token token = alice.acquires();
  auto mallory = attempt("db");
  mallory.claims(token);
  EXPECT_THAT(mallory.renews(hours(1)), Is(lost));
  EXPECT_THAT(mallory.releases(), Is(not_held));
  EXPECT_THAT(mallory.gives_up(), Is(not_held));
  ASSERT_THAT(holders("db"), SizeIs(1));
  EXPECT_EQ(holders("db")[0].remaining, seconds(10));
}

TEST_P(BackendContract, WhoGivesUpLosesWhateverWasHeld) {
  auto alice = attempt("db");
  alice.asks();  // and never learns the answer
  EXPECT_THAT(alice.gives_up(), Is(released));
  EXPECT_THAT(holders("db"), IsEmpty());
}

// --- The end of a lease ----------------------------------------------------------------------------------------------

TEST_P(BackendContract, ALeaseLivesUntilTheNanosecondBeforeItsDeadline) {
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  passes(seconds(10) - kNanosecond);
  const auto told = attempt("db").is_refused();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].remaining, kNanosecond);
  EXPECT_THAT(alice.renews(), Is(renewed));
}

TEST_P(BackendContract, ALeaseIsOverAtItsDeadline) {
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  passes(seconds(10));
  EXPECT_THAT(holders("db"), IsEmpty());
  EXPECT_THAT(alice.renews(), Is(lost));
  EXPECT_THAT(alice.releases(), Is(not_held));
  EXPECT_GT(attempt("db").acquires(), alice.token());
}

TEST_P(BackendContract, WallClockStepsEndNothing) {
  attempt("db", seconds(10)).acquires();
  clock.step_wall(hours(24 * 365));
  attempt("db").is_refused();
  clock.step_wall(-hours(24 * 365 * 2));
  attempt("db").is_refused();
}

TEST_P(BackendContract, TheShortestAndTheLongestLeaseAreKept) {
  attempt("short", milliseconds(1)).acquires();
  attempt("long", hours(24 * 30)).acquires();
  passes(milliseconds(1));
  attempt("short").acquires();
  passes(hours(24 * 30) - milliseconds(1) - kNanosecond);
  attempt("long").is_refused();
  passes(kNanosecond);
  attempt("long").acquires();
}

// --- Renewing --------------------------------------------------------------------------------------------------------

TEST_P(BackendContract, ARenewalGivesAFullTtlFromNowUnderTheSameToken) {
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  passes(seconds(9));
  EXPECT_THAT(alice.renews(), Is(renewed));
  passes(seconds(10) - kNanosecond);
  const auto told = attempt("db").is_refused();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].token, alice.token());
  passes(kNanosecond);
  attempt("db").acquires();
}

TEST_P(BackendContract, ARenewalMayLengthenTheTtl) {
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  EXPECT_THAT(alice.renews(seconds(60)), Is(renewed));
  passes(seconds(60) - kNanosecond);
  attempt("db").is_refused();
}

TEST_P(BackendContract, ARenewalNeverShortensALease) {
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  passes(seconds(1));
  EXPECT_THAT(alice.renews(seconds(2)), Is(renewed));
  ASSERT_THAT(holders("db"), SizeIs(1));
  EXPECT_EQ(holders("db")[0].remaining, seconds(9));
}

TEST_P(BackendContract, ARenewalRevivesNothing) {
  auto expired = attempt("expired", seconds(10));
  expired.acquires();
  auto given_back = attempt("given back", hours(1));
  given_back.acquires();
  given_back.releases();
  auto never_held = attempt("never held");
  never_held.claims(1);
  passes(seconds(10));
  for (auto* stale : {&expired, &given_back, &never_held}) {
    EXPECT_THAT(stale->renews(), Is(lost));
    EXPECT_THAT(holders(stale->request().name), IsEmpty());
  }
}

// --- Tokens ----------------------------------------------------------------------------------------------------------

TEST_P(BackendContract, TokensIncreaseOverReleaseExpiryAndTime) {
  Token last = 0;
  for (int i = 0; i < 6; ++i) {
    auto next = attempt("db", seconds(1));
    const Token token = next.acquires();
    EXPECT_GT(token, last);
    last = token;
    if (i % 3 == 0) next.releases();
    if (i % 3 == 1) passes(seconds(1));
    if (i % 3 == 2) passes(hours(24));  // long after everything about it has been forgotten
  }
}

// --- Asking again ----------------------------------------------------------------------------------------------------

TEST_P(BackendContract, ARequestThatComesAgainGetsItsFirstAnswerAndNoSecondLease) {
  auto alice = attempt("db", seconds(10));
  const Token token = alice.acquires();
  passes(seconds(4));
  const Granted again = TestAttempt::granted_by(alice.asks_again());
  EXPECT_EQ(again.token, token);
  EXPECT_EQ(again.valid_for, seconds(6)) << "what is left: whoever asks again may count from there";
  EXPECT_EQ(holders("db")[0].remaining, seconds(6));
}

TEST_P(BackendContract, AnAttemptThatAsksUnderANewKeyGetsTheSameTokenAndWhatIsLeft) {
  auto alice = attempt("db", seconds(10));
  const Token token = alice.acquires();
  passes(seconds(4));
  const Granted again = TestAttempt::granted_by(alice.asks());
  EXPECT_EQ(again.token, token);
  EXPECT_EQ(again.valid_for, seconds(6));
  EXPECT_EQ(holders("db")[0].remaining, seconds(6));
}

TEST_P(BackendContract, AGrantThatIsRepeatedAfterTheReleaseDoesNotGrantAgain) {
  auto alice = attempt("db");
  const Token token = alice.acquires();
  alice.releases();
  EXPECT_EQ(TestAttempt::granted_by(alice.asks_again()).token, token);
  EXPECT_THAT(holders("db"), IsEmpty());
}

TEST_P(BackendContract, ARenewalThatComesAgainRenewsOnce) {
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  alice.renews();
  passes(seconds(4));
  EXPECT_THAT(alice.renews_again(), Is(renewed));
  EXPECT_EQ(holders("db")[0].remaining, seconds(6));
}

TEST_P(BackendContract, ARenewalThatComesAgainAfterTheLeaseEndedRevivesNothing) {
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  alice.renews();
  passes(seconds(10));
  alice.renews_again();
  EXPECT_THAT(holders("db"), IsEmpty());
}

TEST_P(BackendContract, AReleaseThatComesAgainIsAnsweredAsBefore) {
  auto alice = attempt("db");
  alice.acquires();
  alice.releases();
  attempt("db").acquires();
  EXPECT_THAT(alice.releases_again(), Is(released));
  EXPECT_THAT(holders("db"), SizeIs(1));
}

TEST_P(BackendContract, AnAttemptIsGrantedOnceWhateverKeyItAsksUnder) {
  auto expired = attempt("expired", seconds(1));
  expired.acquires();
  auto given_back = attempt("given back");
  given_back.acquires();
  given_back.releases();
  auto given_up = attempt("given up");
  given_up.gives_up();
  passes(seconds(1));
  for (auto* ended : {&expired, &given_back, &given_up}) {
    EXPECT_THAT(ended->asks(), FailsDefinitely(ErrorKind::ended, ""));
    EXPECT_THAT(holders(ended->request().name), IsEmpty());
  }
}

TEST_P(BackendContract, ARefusedAttemptMayAskAgain) {
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  auto bob = attempt("db");
  bob.is_refused();
  passes(seconds(10));
  bob.acquires();
}

TEST_P(BackendContract, AKeyThatComesAgainWithOtherArgumentsIsAnError) {
  const auto reused = FailsDefinitely(ErrorKind::key_reused, "other arguments");
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  alice.renews();
  alice.request().ttl = seconds(11);
  alice.renewal().ttl = seconds(11);
  EXPECT_THAT(alice.asks_again(), reused);
  EXPECT_THAT(alice.renews_again(), reused);
  alice.releases();
  alice.release().token += 1;
  EXPECT_THAT(alice.releases_again(), reused);
}

TEST_P(BackendContract, AKeyOfOneOperationServesNoOther) {
  const auto reused = FailsDefinitely(ErrorKind::key_reused, "other arguments");
  auto alice = attempt("db");
  alice.acquires();
  alice.renewal() = {alice.request().key, {"", "db"}, alice.token(), seconds(10)};
  alice.release() = {alice.request().key, {"", "db"}, alice.token()};
  EXPECT_THAT(alice.renews_again(), reused);
  EXPECT_THAT(alice.releases_again(), reused);
  EXPECT_THAT(holders("db"), SizeIs(1));
}

TEST_P(BackendContract, EveryArgumentCountsWhenAKeyComesAgain) {
  auto alice = attempt("db");
  alice.acquires();
  const AcquireRequest first = alice.request();
  const std::vector<std::function<void(AcquireRequest&)>> changes = {
      [](auto& r) { r.name.bytes = "cache"; }, [](auto& r) { r.name = {"d", "b"}; },
      [](auto& r) { r.owner = "other"; },      [](auto& r) { r.metadata = "{}"; },
      [](auto& r) { r.ttl += kNanosecond; },
  };
  for (const auto& change : changes) {
    alice.request() = first;
    change(alice.request());
    EXPECT_THAT(alice.asks_again(), FailsDefinitely(ErrorKind::key_reused, ""));
  }
}

TEST_P(BackendContract, AnswersAreRememberedAMinuteBeyondTheLease) {
  auto alice = attempt("db", seconds(10));
  const Token token = alice.acquires();
  passes(seconds(69));
  attempt("another").acquires();
  EXPECT_EQ(TestAttempt::granted_by(alice.asks_again()).token, token);
}

// --- Names and limits ------------------------------------------------------------------------------------------------

TEST_P(BackendContract, ANameIsBytesAndEveryByteCounts) {
  const std::string longest(512, 'x');
  const std::vector<LockName> names = {
      {"", "a"},
      {"", "A"},
      {"", "a "},
      {"", " a"},
      {"", "a\0"s},
      {"", "\0a"s},
      {"", "\0"s},
      {"", "\0\0"s},
      {"", "\xff\xfe"},
      {"", "caf\xc3\xa9"},
      {"", "cafe\xcc\x81"},
      {"", "\xc3\x9f"},
      {"", "ss"},
      {"", "a/b"},
      {"", "a\\b"},
      {"", "../a"},
      {"", "."},
      {"", longest},
      {"", longest.substr(1)},
      {"", std::string(511, 'x') + "y"},
      {"a", "b"},
      {"", "ab"},
      {"ab", "c"},
      {"a", "bc"},
      {"", "abc"},
      {"a\0"s, "b"},
      {"a", "\0b"s},
      {"A", "b"},
      {"\x01", "a"},
      {"\x01\x01", "a"},
      {std::string(255, 'n'), longest},
      {std::string(255, 'n'), "a"},
      {std::string(254, 'n'), "na"},
  };
  for (const LockName& name : names) EXPECT_GT(attempt(name).acquires(), 0);
  for (const LockName& name : names) {
    const auto held = holders(name);
    ASSERT_THAT(held, SizeIs(1));
    EXPECT_EQ(held[0].name, name);
    attempt(name).is_refused();
  }
}

TEST_P(BackendContract, ANameThatIsTooLongOrEmptyIsRefusedByEveryOperation) {
  for (const LockName& name : {LockName{"", ""}, LockName{"space", ""}, LockName{"", std::string(513, 'x')},
                               LockName{std::string(256, 'n'), "a"}}) {
    const auto invalid = FailsDefinitely(ErrorKind::invalid, "512 bytes");
    auto alice = attempt(name);
    EXPECT_THAT(alice.asks(), invalid);
    EXPECT_THAT(alice.renews(), invalid);
    EXPECT_THAT(alice.releases(), invalid);
    EXPECT_THAT(await(context, store->backend().inspect(name, MonoTime::max())), invalid);
  }
}

TEST_P(BackendContract, ATtlOutsideItsLimitsIsRefusedAndChangesNothing) {
  auto holder = attempt("held", seconds(10));
  holder.acquires();
  for (const Duration ttl :
       std::vector<Duration>{Duration::zero(), -seconds(1), Duration(milliseconds(1)) - kNanosecond,
                             Duration(hours(24 * 30)) + kNanosecond, Duration::max(), Duration::min()}) {
    EXPECT_THAT(attempt("free", ttl).asks(), FailsDefinitely(ErrorKind::invalid, "1 ms to 30 days"));
    EXPECT_THAT(holder.renews(ttl), FailsDefinitely(ErrorKind::invalid, "1 ms to 30 days"));
  }
  EXPECT_THAT(holders("free"), IsEmpty());
  EXPECT_EQ(holders("held")[0].remaining, seconds(10));
}

TEST_P(BackendContract, AModeThatIsNotClaimedIsRefused) {
  const Claims claims = store->backend().claims();
  for (const auto& [mode, claimed] : {std::pair(Mode::shared, claims.shared_mode), {Mode::permits, claims.permits}}) {
    if (claimed) continue;
    auto alice = attempt("db");
    alice.request().mode = mode;
    EXPECT_THAT(alice.asks(), FailsDefinitely(ErrorKind::unsupported, ""));
  }
}

// --- Inspecting, and what the store tells of itself ------------------------------------------------------------------

TEST_P(BackendContract, InspectingShowsLivingLeasesOnly) {
  EXPECT_THAT(holders("db"), IsEmpty());
  attempt("db", seconds(10), "alice").acquires();
  passes(seconds(4));
  const auto held = holders("db");
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].owner, "alice");
  EXPECT_EQ(held[0].remaining, seconds(6));
  passes(seconds(6));
  EXPECT_THAT(holders("db"), IsEmpty());
}

TEST_P(BackendContract, EveryEffectIsToldOnceAndInItsOrder) {
  using Kind = LeaseEvent::Kind;
  auto alice = attempt("db", seconds(10));
  alice.acquires();
  alice.asks_again();
  alice.renews();
  attempt("db").is_refused();
  alice.releases();
  auto bob = attempt("db", seconds(10));
  bob.acquires();
  passes(seconds(10));
  auto carol = attempt("db");
  carol.acquires();
  using Noted = NotedEvents::Noted;
  EXPECT_THAT(events.all,
              ElementsAre(Noted{Kind::restarted, "", 0}, Noted{Kind::granted, "db", alice.token()},
                          Noted{Kind::repeated, "db", 0}, Noted{Kind::renewed, "db", alice.token()},
                          Noted{Kind::released, "db", alice.token()}, Noted{Kind::granted, "db", bob.token()},
                          Noted{Kind::expired, "db", bob.token()}, Noted{Kind::granted, "db", carol.token()}));
}

// --- Of stores that claim to be durable ------------------------------------------------------------------------------

struct DurableBackendContract : BackendContract {
  void reopens(TestAttempt& attempt) {
    store->reopen();
    attempt.turns_to(store->backend());
  }
};

TEST_P(DurableBackendContract, LeasesTokensAndAnswersSurviveAReopening) {
  auto alice = attempt("db", seconds(10));
  const Token token = alice.acquires();
  passes(seconds(4));
  reopens(alice);
  EXPECT_EQ(holders("db")[0].remaining, seconds(6));
  EXPECT_EQ(TestAttempt::granted_by(alice.asks_again()).token, token);
  EXPECT_THAT(alice.renews(), Is(renewed));
  EXPECT_THAT(alice.releases(), Is(released));
  reopens(alice);
  EXPECT_THAT(alice.releases_again(), Is(released));
  EXPECT_GT(attempt("db").acquires(), token);
}

INSTANTIATE_TEST_SUITE_P(Stores, BackendContract, testing::ValuesIn(all_kinds()), name_of_kind);
INSTANTIATE_TEST_SUITE_P(Stores, DurableBackendContract, testing::ValuesIn(durable_kinds()), name_of_kind);

}  // namespace
}  // namespace lockstep
