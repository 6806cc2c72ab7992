// The server's side of the wire: every request decided once, however often it comes, and every asker answered.
#include "impl/server/lock_server.h"

#include <gtest/gtest.h>

#include "impl/env/manual_clock_test.h"
#include "impl/env/scripted_endpoint_test.h"
#include "impl/lock/scripted_backend_test.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Address kAlice{1, 1};
constexpr Address kBob{2, 2};

struct NotedRepetitions final : LeaseObserver {
  void on(const LeaseEvent& event) override {
    EXPECT_EQ(event.kind, LeaseEvent::Kind::repeated);
    ++count;
  }
  int count = 0;
};

struct AServer : testing::Test {
  void SetUp() override { spawn(context.get_executor(), server.run()); }

  static AcquireRequest acquire_request(std::uint32_t number = 1, const std::string& name = "db") {
    return {.key = {{7, 1}, number}, .name = {"", name}, .owner = "alice", .ttl = seconds(10)};
  }
  static AcquireRequest waiting_request(std::uint32_t number, Duration wait = seconds(30)) {
    AcquireRequest request = acquire_request(number);
    request.wait = wait;
    return request;
  }
  void asks(Address from, wire::Request request) {
    endpoint.deliver(from, wire::encode(request));
    clock.pass({});
  }
  template <typename Calls, typename Answer>
  void decides(Calls& calls, Answer answer) {
    calls.answer(std::move(answer));
    clock.pass({});
  }
  void grants(Token token) { decides(store.acquires, AcquireAnswer(Granted{token, seconds(10)})); }
  void queues(std::uint32_t ahead, Duration look_again = seconds(1)) {
    decides(store.acquires, AcquireAnswer(Queued{ahead, look_again}));
  }
  // What it has sent to an address, in order.
  std::vector<wire::Reply> heard_by(Address address) {
    std::vector<wire::Reply> replies;
    for (const auto& sent : endpoint.sent) {
      if (sent.to == address) replies.push_back(wire::decode_reply(sent.payload).value());
    }
    return replies;
  }
  static Token token_in(const wire::Reply& reply) { return std::get<Granted>(reply.answer).token; }

  asio::io_context context;
  ManualClock clock{context};
  ScriptedEndpoint endpoint{clock, {9, 9}};
  ScriptedBackend store{clock};
  NotedRepetitions repetitions;
  LockServer::Options options{.remember = seconds(60), .remember_count = 4, .at_once = 3};
  LockServer server{context.get_executor(), endpoint, store, clock, &repetitions, options};
};

TEST_F(AServer, HasARequestDecidedAndAnswersWhoAsked) {
  asks(kAlice, acquire_request());
  EXPECT_EQ(store.acquires.last().request.owner, "alice");
  EXPECT_EQ(store.acquires.last().give_up, clock.monotonic() + options.patience);
  grants(5);
  ASSERT_EQ(heard_by(kAlice).size(), 1);
  EXPECT_EQ(heard_by(kAlice)[0].key, acquire_request().key);
  EXPECT_EQ(token_in(heard_by(kAlice)[0]), 5);
}

TEST_F(AServer, ServesEveryKindOfRequest) {
  asks(kAlice, RenewRequest{{{7, 1}, 2}, {"", "db"}, 5, seconds(10)});
  decides(store.renewals, RenewAnswer::lost);
  asks(kAlice, ReleaseRequest{{{7, 1}, 3}, {"", "db"}, 5});
  decides(store.releases, ReleaseAnswer::not_held);
  asks(kAlice, wire::InspectRequest{{{7, 1}, 4}, {"", "db"}});
  decides(store.inspections, Inspection{{{.name = {"", "db"}, .owner = "bob"}}, {}, 0});
  const auto heard = heard_by(kAlice);
  ASSERT_EQ(heard.size(), 3);
  EXPECT_EQ(std::get<RenewAnswer>(heard[0].answer), RenewAnswer::lost);
  EXPECT_EQ(std::get<ReleaseAnswer>(heard[1].answer), ReleaseAnswer::not_held);
  EXPECT_EQ(std::get<Inspection>(heard[2].answer).holders.at(0).owner, "bob");
}

TEST_F(AServer, DecidesOtherRequestsWhileOneHangs) {
  asks(kAlice, acquire_request());
  asks(kBob, RenewRequest{{{8, 1}, 2}, {"", "cache"}, 5, seconds(10)});
  decides(store.renewals, RenewAnswer::renewed);
  EXPECT_EQ(heard_by(kBob).size(), 1);
  EXPECT_EQ(heard_by(kAlice).size(), 0);
}

TEST_F(AServer, DecidesNoMoreAtOnceThanItMayAndTheRestInTheirTurn) {
  for (std::uint32_t number = 1; number <= 5; ++number) asks(kAlice, acquire_request(number));
  ASSERT_EQ(store.acquires.count(), options.at_once);
  for (std::size_t i = 0; i < 5; ++i) {
    store.acquires.answer(i, AcquireAnswer(Granted{i + 1, seconds(10)}));
    clock.pass({});
  }
  const auto heard = heard_by(kAlice);
  ASSERT_EQ(heard.size(), 5);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(heard[i].key.number, i + 1);
    EXPECT_EQ(token_in(heard[i]), i + 1);
  }
  asks(kBob, acquire_request(6));
  EXPECT_EQ(store.acquires.count(), 6);
}

TEST_F(AServer, DecidesARequestOnceThatComesAgainMeanwhileAndAnswersItOnce) {
  asks(kAlice, acquire_request());
  asks(kAlice, acquire_request());
  asks(kAlice, acquire_request());
  grants(5);
  EXPECT_EQ(store.acquires.count(), 1);
  EXPECT_EQ(heard_by(kAlice).size(), 1);
  EXPECT_EQ(repetitions.count, 0) << "nothing was answered from memory";
}

// --- Waiting ---------------------------------------------------------------------------------------------------------

TEST_F(AServer, AsksAgainForTheFirstWaiterWhenSomebodyGivesTheLockBack) {
  asks(kAlice, waiting_request(1));
  queues(0);
  asks(kBob, waiting_request(2));
  queues(1);
  EXPECT_EQ(heard_by(kAlice).size(), 0);
  asks(kBob, ReleaseRequest{{{8, 1}, 3}, {"", "db"}, 5});
  decides(store.releases, ReleaseAnswer::released);
  ASSERT_EQ(store.acquires.count(), 3);
  EXPECT_EQ(store.acquires.last().request.key.number, 1) << "the first";
  grants(6);
  EXPECT_EQ(token_in(heard_by(kAlice).at(0)), 6);
  ASSERT_EQ(store.acquires.count(), 4);
  EXPECT_EQ(store.acquires.last().request.key.number, 2) << "he may go along, or is the first now";
}

TEST_F(AServer, AsksAgainForAWaiterWhenTheLeaseInTheWayRunsOut) {
  asks(kAlice, waiting_request(1));
  queues(0, milliseconds(300));
  clock.pass(milliseconds(300) - Duration(1));
  EXPECT_EQ(store.acquires.count(), 1);
  clock.pass(Duration(1));
  EXPECT_EQ(store.acquires.count(), 2);
}

TEST_F(AServer, TriesALastTimeWithoutAPlaceWhenTheWaitIsOver) {
  asks(kAlice, waiting_request(1, milliseconds(500)));
  queues(0);
  clock.pass(milliseconds(500));
  ASSERT_EQ(store.acquires.count(), 2);
  queues(0);
  ASSERT_EQ(store.acquires.count(), 3);
  EXPECT_EQ(store.acquires.last().request.wait, Duration::zero());
  decides(store.acquires, AcquireAnswer(Refused{}));
  EXPECT_TRUE(std::holds_alternative<Refused>(heard_by(kAlice).at(0).answer));
}

TEST_F(AServer, LetsAWaiterGoThatIsSilentForLong) {
  asks(kAlice, waiting_request(1));
  queues(0);
  for (int i = 0; i < 4; ++i) {
    clock.pass(seconds(1));
    queues(0);
  }
  const std::size_t asked = store.acquires.count();
  clock.pass(seconds(60));
  EXPECT_EQ(store.acquires.count(), asked);
  EXPECT_EQ(heard_by(kAlice).size(), 0);
}

TEST_F(AServer, TellsWhichSendingItHadHeardBeforeTheDecision) {
  auto request = waiting_request(1);
  request.sending = 1;
  asks(kAlice, request);
  queues(0);
  request.sending = 2;
  asks(kAlice, request);
  asks(kBob, ReleaseRequest{{{8, 1}, 3}, {"", "db"}, 5});
  decides(store.releases, ReleaseAnswer::released);
  request.sending = 3;
  asks(kAlice, request);  // while the store decides
  grants(6);
  EXPECT_EQ(std::get<Granted>(heard_by(kAlice).at(0).answer).heard, 2);
}

TEST_F(AServer, DecidesForOthersHoweverManyWait) {
  for (std::uint32_t number = 1; number <= 10; ++number) {
    asks(kAlice, waiting_request(number));
    queues(number - 1);
  }
  EXPECT_EQ(store.acquires.count(), 10);
  asks(kBob, acquire_request(20));
  EXPECT_EQ(store.acquires.count(), 11);
}

TEST_F(AServer, AnswersEveryAddressFromWhichARequestCame) {
  asks(kAlice, acquire_request());
  asks(kBob, acquire_request());  // the same client, connected anew
  grants(5);
  EXPECT_EQ(token_in(heard_by(kAlice).at(0)), 5);
  EXPECT_EQ(token_in(heard_by(kBob).at(0)), 5);
}

TEST_F(AServer, AnswersARequestThatComesAgainLaterAsBefore) {
  asks(kAlice, acquire_request());
  grants(5);
  asks(kAlice, acquire_request());
  EXPECT_EQ(store.acquires.count(), 1);
  ASSERT_EQ(heard_by(kAlice).size(), 2);
  EXPECT_EQ(token_in(heard_by(kAlice)[1]), 5);
}

TEST_F(AServer, RemembersRefusalsAndDefiniteErrorsToo) {
  asks(kAlice, acquire_request(1));
  decides(store.acquires, AcquireAnswer(Refused{}));
  asks(kAlice, acquire_request(2));
  decides(store.acquires, definite(ErrorKind::ended));
  for (const std::uint32_t number : {1, 2}) asks(kAlice, acquire_request(number));
  EXPECT_EQ(store.acquires.count(), 2);
  EXPECT_EQ(heard_by(kAlice).size(), 4);
}

TEST_F(AServer, HasARequestDecidedAgainWhoseOutcomeWasUnknownOrThatFoundTheStoreBusy) {
  for (const auto& failure : {indefinite(ErrorKind::storage), definite(ErrorKind::busy)}) {
    const auto before = store.acquires.count();
    asks(kAlice, acquire_request());
    decides(store.acquires, failure);
    asks(kAlice, acquire_request());
    EXPECT_EQ(store.acquires.count(), before + 2);
    decides(store.acquires, failure);
  }
  EXPECT_EQ(heard_by(kAlice).size(), 4);
}

TEST_F(AServer, RefusesAKeyThatComesAgainWithOtherArguments) {
  asks(kAlice, acquire_request());
  asks(kBob, acquire_request(1, "another"));
  const auto heard = heard_by(kBob);
  ASSERT_EQ(heard.size(), 1);
  EXPECT_EQ(std::get<LockError>(heard[0].answer).kind, ErrorKind::key_reused);
  EXPECT_TRUE(std::get<LockError>(heard[0].answer).definite);
  grants(5);
  EXPECT_EQ(heard_by(kAlice).size(), 1);
  EXPECT_EQ(heard_by(kBob).size(), 1) << "the answer is not for whoever asked something else";
}

TEST_F(AServer, IgnoresWhatItCannotRead) {
  const Bytes request = wire::encode(wire::Request(acquire_request()));
  for (std::size_t size = 0; size < request.size(); ++size) endpoint.deliver(kAlice, request.substr(0, size));
  endpoint.deliver(kAlice, request + "x");
  endpoint.deliver(kAlice, wire::encode(wire::Reply{{{7, 1}, 1}, RenewAnswer::lost}));
  clock.pass({});
  EXPECT_EQ(store.acquires.count(), 0);
  EXPECT_TRUE(endpoint.sent.empty());
  asks(kAlice, acquire_request());
  EXPECT_EQ(store.acquires.count(), 1);
}

TEST_F(AServer, ForgetsAnswersAfterAWhile) {
  asks(kAlice, acquire_request());
  grants(5);
  clock.pass(seconds(60));
  asks(kAlice, acquire_request());
  EXPECT_EQ(store.acquires.count(), 2) << "what has to be known for longer the store knows";
}

TEST_F(AServer, RemembersNoMoreAnswersThanItWasToldTo) {
  for (std::uint32_t number = 1; number <= 6; ++number) {
    asks(kAlice, acquire_request(number));
    grants(number);
  }
  asks(kAlice, acquire_request(6));
  EXPECT_EQ(store.acquires.count(), 6);
  asks(kAlice, acquire_request(1));
  EXPECT_EQ(store.acquires.count(), 7);
}

}  // namespace
}  // namespace lockstep
