// The client's side of the wire: the same request again and again, to one server after the other, until one answers
// or the time is up.
#include "impl/client/remote_backend.h"

#include <gtest/gtest.h>

#include "impl/env/drive_test.h"
#include "impl/env/manual_clock_test.h"
#include "impl/env/scripted_endpoint_test.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Address kFirst{1, 1};
constexpr Address kSecond{2, 1};

struct ARemoteStore : testing::Test {
  void SetUp() override { spawn(context.get_executor(), remote.run()); }

  Started<Result<AcquireAnswer>> acquires(Duration patience = seconds(10)) {
    AcquireRequest request{.key = {{7, ++attempts}, 1}, .name = {"", "db"}, .owner = "alice", .ttl = seconds(10)};
    auto acquiring = start(context, remote.acquire(std::move(request), clock.monotonic() + patience));
    clock.pass({});
    return acquiring;
  }
  Started<Result<RenewAnswer>> renews() {
    RenewRequest request{{{7, 1}, 2}, {"", "db"}, 5, seconds(10)};
    auto renewing = start(context, remote.renew(std::move(request), clock.monotonic() + seconds(10)));
    clock.pass({});
    return renewing;
  }
  void answers(RequestKey key, wire::Answer answer, Address from = kFirst) {
    endpoint.deliver(from, wire::encode(wire::Reply{key, std::move(answer)}));
    clock.pass({});
  }
  RequestKey key_of(std::size_t index) {
    return wire::key_of(wire::decode_request(endpoint.sent.at(index).payload).value());
  }

  asio::io_context context;
  ManualClock clock{context};
  RandomStream random{1};
  ScriptedEndpoint endpoint{clock, {9, 9}};
  RemoteBackend remote{endpoint, clock, random, {.durable = true}, {.servers = {kFirst, kSecond}}};
  std::uint64_t attempts = 0;
};

TEST_F(ARemoteStore, IsAskedAtOnceAndItsAnswerPassedOn) {
  auto acquiring = acquires();
  ASSERT_EQ(endpoint.sent.size(), 1);
  EXPECT_EQ(endpoint.sent[0].to, kFirst);
  answers(key_of(0), Granted{5, seconds(10)});
  ASSERT_TRUE(acquiring.done());
  EXPECT_EQ(std::get<Granted>(*acquiring.result()).token, 5);
}

TEST_F(ARemoteStore, HasTheClaimsItWasGiven) { EXPECT_TRUE(remote.claims().durable); }

TEST_F(ARemoteStore, IsAskedTheSameAgainWithPausesThatDoubleUntilItAnswers) {
  auto acquiring = acquires();
  clock.pass(seconds(9));
  Duration longest = milliseconds(50);
  ASSERT_GT(endpoint.sent.size(), 8);
  for (std::size_t i = 1; i < endpoint.sent.size(); ++i) {
    Bytes again = endpoint.sent[i].payload;
    wire::stamp(again, 1);
    EXPECT_EQ(again, endpoint.sent[0].payload) << "the key too: it must not be decided twice";
    const Duration pause = endpoint.sent[i].at - endpoint.sent[i - 1].at;
    EXPECT_GE(pause, longest / 2);
    EXPECT_LE(pause, longest);
    longest = std::min<Duration>(longest * 2, milliseconds(800));
  }
  answers(key_of(0), Granted{5, seconds(10)});
  EXPECT_TRUE(acquiring.done());
  const auto sent = endpoint.sent.size();
  clock.pass(seconds(60));
  EXPECT_EQ(endpoint.sent.size(), sent);
}

TEST_F(ARemoteStore, HasItsServersAskedInTurnAndStaysWithTheOneThatAnswers) {
  auto first = acquires();
  clock.pass(milliseconds(50));
  ASSERT_EQ(endpoint.sent.size(), 2);
  EXPECT_EQ(endpoint.sent[1].to, kSecond);
  answers(key_of(0), Refused{}, kSecond);
  EXPECT_TRUE(first.done());
  auto next = acquires();
  EXPECT_EQ(endpoint.sent.back().to, kSecond);
}

TEST_F(ARemoteStore, ThatNeverAnswersLeavesTheOutcomeOpenWhenTheTimeIsUp) {
  auto acquiring = acquires(seconds(2));
  clock.pass(seconds(2) - Duration(1));
  EXPECT_FALSE(acquiring.done());
  clock.pass(Duration(1));
  ASSERT_TRUE(acquiring.done());
  EXPECT_EQ(acquiring.result().error().kind, ErrorKind::unreachable);
  EXPECT_FALSE(acquiring.result().error().definite);
}

TEST_F(ARemoteStore, PassesErrorsOnAsDefiniteAsTheyWere) {
  auto acquiring = acquires();
  answers(key_of(0), LockError{ErrorKind::invalid, true, "no"});
  EXPECT_TRUE(acquiring.result().error().definite);
  auto renewing = renews();
  answers({{7, 1}, 2}, LockError{ErrorKind::storage, false, "disk"});
  EXPECT_FALSE(renewing.result().error().definite);
  EXPECT_EQ(renewing.result().error().detail, "disk");
}

TEST_F(ARemoteStore, CannotBeSureThatNothingHappenedOnceItWasAskedTwice) {
  auto renewing = renews();
  clock.pass(milliseconds(50));
  ASSERT_EQ(endpoint.sent.size(), 2);
  answers({{7, 1}, 2}, LockError{ErrorKind::busy, true, "in use"}, kSecond);
  EXPECT_EQ(renewing.result().error().kind, ErrorKind::busy);
  EXPECT_FALSE(renewing.result().error().definite) << "the first server may have it done, now or later";
}

TEST_F(ARemoteStore, TellsAnswersApartHoweverTheyAreOrdered) {
  auto one = acquires();
  auto other = acquires();
  answers(key_of(1), Granted{2, seconds(10)});
  answers(key_of(0), Granted{1, seconds(10)});
  EXPECT_EQ(std::get<Granted>(*one.result()).token, 1);
  EXPECT_EQ(std::get<Granted>(*other.result()).token, 2);
}

TEST_F(ARemoteStore, HearsAnAnswerToACallThatWasDestroyedWhereItWaited) {
  std::optional<ManualClock> its_waits(std::in_place, context);
  ScriptedEndpoint its_endpoint(clock, {9, 10});
  RemoteBackend its_remote(its_endpoint, *its_waits, random, {}, {.servers = {kFirst}});
  spawn(context.get_executor(), its_remote.run());
  AcquireRequest request{.key = {{7, 1}, 1}, .name = {"", "db"}, .owner = "alice", .ttl = seconds(10)};
  auto acquiring = start(context, its_remote.acquire(std::move(request), MonoTime::max()));
  clock.pass({});
  its_waits.reset();
  clock.pass({});
  its_endpoint.deliver(kFirst, wire::encode(wire::Reply{{{7, 1}, 1}, Granted{1, seconds(10)}}));
  clock.pass(seconds(60));
  EXPECT_FALSE(acquiring.done());
}

TEST_F(ARemoteStore, TakesTheFirstOfTwoAnswers) {
  auto acquiring = acquires();
  endpoint.deliver(kFirst, wire::encode(wire::Reply{key_of(0), Granted{1, seconds(10)}}));
  endpoint.deliver(kFirst, wire::encode(wire::Reply{key_of(0), Refused{}}));
  clock.pass({});
  EXPECT_TRUE(std::holds_alternative<Granted>(*acquiring.result()));
}

TEST_F(ARemoteStore, HearsNoAnswersThatNobodyWaitsForAndNoNonsense) {
  auto acquiring = acquires();
  const Bytes reply = wire::encode(wire::Reply{key_of(0), Granted{5, seconds(10)}});
  for (std::size_t size = 0; size < reply.size(); ++size) endpoint.deliver(kFirst, reply.substr(0, size));
  endpoint.deliver(kFirst, reply + "x");
  endpoint.deliver(kFirst, endpoint.sent[0].payload);  // a request is no answer
  answers({{99, 1}, 1}, Granted{6, seconds(10)});
  EXPECT_FALSE(acquiring.done());
  answers(key_of(0), Granted{5, seconds(10)});
  EXPECT_EQ(std::get<Granted>(*acquiring.result()).token, 5);
}

TEST_F(ARemoteStore, ThatAnswersSomethingElseLeavesTheOutcomeOpen) {
  auto acquiring = acquires();
  answers(key_of(0), RenewAnswer::renewed);
  EXPECT_EQ(acquiring.result().error().kind, ErrorKind::storage);
  EXPECT_FALSE(acquiring.result().error().definite);
}

TEST_F(ARemoteStore, IsInspectedUnderAKeyOfItsOwnEachTime) {
  auto one = start(context, remote.inspect({"", "db"}, clock.monotonic() + seconds(1)));
  auto other = start(context, remote.inspect({"", "db"}, clock.monotonic() + seconds(1)));
  clock.pass({});
  ASSERT_EQ(endpoint.sent.size(), 2);
  EXPECT_NE(key_of(0), key_of(1));
  answers(key_of(1), Inspection{std::vector<Holder>(2, {.name = {"", "db"}}), {}, 0});
  answers(key_of(0), Inspection{std::vector<Holder>(1, {.name = {"", "db"}}), {}, 0});
  EXPECT_EQ(one.result().value().holders.size(), 1);
  EXPECT_EQ(other.result().value().holders.size(), 2);
}

}  // namespace
}  // namespace lockstep
