// Client, wire, sockets, server, store and disk together, as in production: over loopback, in real time. What takes
// long or has to be exact is tested with a clock moved by hand, beside the code.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>

#include "impl/backends/memory_backend.h"
#include "impl/backends/store_world_test.h"
#include "impl/client/lock_client.h"
#include "impl/client/remote_backend.h"
#include "impl/env/drive_test.h"
#include "impl/env/real/host_clock.h"
#include "impl/env/real/os_random.h"
#include "impl/env/real/tcp_endpoint.h"
#include "impl/env/real/tcp_frames.h"
#include "impl/env/real/thread_lane.h"
#include "impl/lock/fence.h"
#include "impl/server/lock_server.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kLoopback = 0x7f000001;

// What the processes of one machine share.
struct Machine {
  asio::io_context context;
  RealHostClock clock{context};
  OsRandom random;
  TemporaryDirectory directory;
};

// What a process waits by. Its end is that of all its coroutines; they are unwound while what they use is still there.
class ProcessClock {
 public:
  explicit ProcessClock(Machine& machine) : context_(machine.context), clock_(machine.context) {}
  operator Clock&() { return *clock_; }
  MonoTime in(Duration duration) { return clock_->monotonic() + duration; }
  void end() {
    run_what_is_ready();
    clock_.reset();
    run_what_is_ready();
  }

 private:
  void run_what_is_ready() {
    context_.restart();
    context_.poll();
  }
  asio::io_context& context_;
  std::optional<RealHostClock> clock_;
};

// A server process with a store in SQLite.
class ServerProcess {
 public:
  ServerProcess(Machine& machine, std::uint16_t port)
      : clock_(machine),
        endpoint_(machine.context, clock_, {.listen = Address{kLoopback, port}, .dial = false}),
        lane_(machine.context.get_executor()),
        store_({.path = machine.directory.file("leases")}, clock_, machine.random, lane_, nullptr),
        server_(machine.context.get_executor(), endpoint_, store_, clock_, nullptr, {}) {
    if (!await(machine.context, store_.open(MonoTime::max()))) throw std::runtime_error("the store did not open");
    spawn(machine.context.get_executor(), server_.run());
  }
  ~ServerProcess() { clock_.end(); }
  Address address() const { return endpoint_.address(); }

 private:
  ProcessClock clock_;
  TcpEndpoint endpoint_;
  ThreadLane lane_;
  SqliteBackend store_;
  LockServer server_;
};

// A client process that knows some servers.
class ClientProcess {
 public:
  ClientProcess(Machine& machine, std::vector<Address> servers)
      : machine_(machine),
        clock_(machine),
        endpoint_(machine.context, clock_, {}),
        remote_(endpoint_, clock_, machine.random, SqliteBackend::its_claims(),
                {.servers = std::move(servers), .resend = milliseconds(5), .resend_limit = milliseconds(20)}),
        client_(machine.context.get_executor(), remote_, clock_, machine.random, nullptr,
                {.first_backoff = milliseconds(1), .backoff_limit = milliseconds(5)}) {
    spawn(machine.context.get_executor(), remote_.run());
  }
  ~ClientProcess() { clock_.end(); }
  Started<Result<Acquisition>> starts_to_acquire(Duration ttl, Duration wait_limit, const std::string& name = "db") {
    LockClient::Wish wish{.name = {"", name}, .owner = "somebody", .ttl = ttl, .wait_limit = wait_limit};
    return start(machine_.context, client_.acquire(client_.next_attempt(), std::move(wish)));
  }
  std::shared_ptr<HeldLock> acquires(Duration ttl = seconds(10), Duration wait_limit = seconds(10)) {
    auto acquiring = starts_to_acquire(ttl, wait_limit);
    return std::get<std::shared_ptr<HeldLock>>(acquiring.result().value());
  }
  NotAcquired is_refused(Duration wait_limit) {
    auto acquiring = starts_to_acquire(seconds(10), wait_limit);
    return std::get<NotAcquired>(acquiring.result().value());
  }
  ReleaseAnswer releases(const std::shared_ptr<HeldLock>& held) {
    return await(machine_.context, held->release(clock_.in(seconds(10)))).value();
  }
  LockClient& library() { return client_; }
  RemoteBackend& remote() { return remote_; }

 private:
  Machine& machine_;
  ProcessClock clock_;
  TcpEndpoint endpoint_;
  RemoteBackend remote_;
  LockClient client_;
};

struct LockService : testing::Test {
  std::unique_ptr<ServerProcess> starts_a_server(std::uint16_t port = 0) {
    return std::make_unique<ServerProcess>(machine, port);
  }
  std::unique_ptr<ClientProcess> starts_a_client(std::vector<Address> servers) {
    return std::make_unique<ClientProcess>(machine, std::move(servers));
  }
  template <typename Condition>
  bool soon(Condition condition) {
    return drive_until(machine.context, condition);
  }

  Machine machine;
  std::unique_ptr<ServerProcess> server = starts_a_server();
  std::unique_ptr<ClientProcess> alice = starts_a_client({server->address()});
  std::unique_ptr<ClientProcess> bob = starts_a_client({server->address()});
};

TEST_F(LockService, GrantsRefusesRenewsAndReleases) {
  const auto held = alice->acquires();
  EXPECT_TRUE(held->valid());
  const NotAcquired refusal = bob->is_refused(Duration::zero());
  EXPECT_EQ(refusal.why, NotAcquired::Why::refused);
  ASSERT_EQ(refusal.holders.size(), 1);
  EXPECT_EQ(refusal.holders[0].token, held->token());
  RenewRequest renewal{{held->attempt(), 100}, held->name(), held->token(), seconds(20)};
  const auto renewed = await(machine.context, alice->remote().renew(std::move(renewal), MonoTime::max()));
  EXPECT_EQ(renewed, RenewAnswer::renewed);
  EXPECT_EQ(alice->releases(held), ReleaseAnswer::released);
  EXPECT_GT(bob->acquires()->token(), held->token());
}

TEST_F(LockService, AWaiterIsGrantedOnceTheHolderReleases) {
  const auto held = alice->acquires();
  auto waiting = bob->starts_to_acquire(seconds(10), seconds(10));
  const MonoTime a_while = machine.clock.monotonic() + milliseconds(20);
  soon([&] { return machine.clock.monotonic() >= a_while; });
  EXPECT_FALSE(waiting.done());
  alice->releases(held);
  const auto his = std::get<std::shared_ptr<HeldLock>>(waiting.result().value());
  EXPECT_GT(his->token(), held->token());
}

TEST_F(LockService, AWaiterIsGrantedOnceTheHolderIsGone) {
  const Token token = alice->acquires(milliseconds(200))->token();
  alice.reset();  // which renews nothing any more
  EXPECT_GT(bob->acquires()->token(), token);
}

TEST_F(LockService, AWaitLimitIsKept) {
  const auto held = alice->acquires();
  const MonoTime asked = machine.clock.monotonic();
  EXPECT_EQ(bob->is_refused(milliseconds(30)).why, NotAcquired::Why::timed_out);
  EXPECT_GE(machine.clock.monotonic(), asked + milliseconds(30));
  EXPECT_LT(machine.clock.monotonic(), asked + seconds(5)) << "a wide bound, for slow machines";
}

TEST_F(LockService, AHandleRenewsItselfOverTheNetwork) {
  const auto held = alice->acquires(milliseconds(300));
  const MonoTime first = held->valid_until();
  ASSERT_TRUE(soon([&] { return held->valid_until() > first + milliseconds(50); }));
  EXPECT_TRUE(held->valid());
  EXPECT_EQ(bob->is_refused(Duration::zero()).holders.at(0).token, held->token());
}

TEST_F(LockService, ALockSurvivesARestartOfItsServer) {
  const auto held = alice->acquires();
  const Address address = server->address();
  server.reset();
  server = starts_a_server(address.port);
  EXPECT_EQ(bob->is_refused(Duration::zero()).holders.at(0).token, held->token());
  EXPECT_EQ(alice->releases(held), ReleaseAnswer::released);
  EXPECT_GT(bob->acquires()->token(), held->token());
}

TEST_F(LockService, ARequestThatFindsNoServerIsAnsweredOnceThereIsOne) {
  const Address address = server->address();
  server.reset();
  auto waiting = alice->starts_to_acquire(seconds(10), seconds(10));
  const MonoTime a_while = machine.clock.monotonic() + milliseconds(20);
  soon([&] { return machine.clock.monotonic() >= a_while; });
  EXPECT_FALSE(waiting.done());
  server = starts_a_server(address.port);
  EXPECT_TRUE(std::get<std::shared_ptr<HeldLock>>(waiting.result().value())->valid());
}

TEST_F(LockService, AnotherServerOfTheSameStoreTakesOver) {
  const auto second = starts_a_server();
  const auto carol = starts_a_client({server->address(), second->address()});
  const auto held = carol->acquires();
  server.reset();
  EXPECT_EQ(carol->releases(held), ReleaseAnswer::released);
  EXPECT_GT(carol->acquires()->token(), held->token());
}

TEST_F(LockService, AHandleReportsItsLossByItselfWhenItsServerGoesAway) {
  const auto held = alice->acquires(milliseconds(300));
  auto ended = start(machine.context, held->ended().wait());
  server.reset();
  EXPECT_EQ(ended.result(), Wake::signalled);
  EXPECT_EQ(held->loss(), LossReason::outage);
  EXPECT_GE(machine.clock.monotonic(), held->valid_until());
}

TEST_F(LockService, StrangersDoNotDisturb) {
  boost::asio::ip::tcp::socket mallory(machine.context);
  mallory.connect({asio::ip::address_v4(kLoopback), server->address().port});
  Bytes nonsense;
  for (const char* message : {"", "x", "\x01\x01", "acquire db please"}) append_frame(nonsense, message);
  asio::write(mallory, asio::buffer(nonsense + "GET / HTTP/1.1\r\n\r\n"));
  const auto held = alice->acquires();
  EXPECT_EQ(alice->releases(held), ReleaseAnswer::released);
}

TEST_F(LockService, OneRequestSentManyTimesIsOneLease) {
  TcpEndpoint endpoint(machine.context, machine.clock, {});
  AcquireRequest request{.key = {{7, 1}, 1}, .name = {"", "db"}, .owner = "carol", .ttl = seconds(10)};
  const Bytes bytes = wire::encode(wire::Request(request));
  std::vector<Token> tokens;
  for (int i = 0; i < 20; ++i) endpoint.send(server->address(), bytes);
  const auto takes_answers = [&] {
    while (const auto message = endpoint.poll()) {
      tokens.push_back(std::get<Granted>(wire::decode_reply(message->payload).value().answer).token);
    }
    return !tokens.empty();
  };
  ASSERT_TRUE(soon(takes_answers));
  const auto told = bob->is_refused(Duration::zero());
  takes_answers();
  EXPECT_EQ(told.holders.size(), 1);
  for (const Token token : tokens) EXPECT_EQ(token, tokens[0]);
}

// Increments a counter that only the lock protects: reads it, lets others run, writes it back.
Awaitable<void> counts(Machine& machine, LockClient& client, int times, int& counter, Fence& fence, int& finished) {
  for (int i = 0; i < times; ++i) {
    LockClient::Wish wish{.name = {"", "counter"}, .owner = "", .ttl = seconds(10), .wait_limit = seconds(20)};
    auto acquired = co_await client.acquire(client.next_attempt(), std::move(wish));
    const auto held = std::get<std::shared_ptr<HeldLock>>(acquired.value());
    const int seen = counter;
    co_await sleep_for(machine.clock, std::chrono::microseconds(200));
    counter = seen + 1;
    EXPECT_TRUE(fence.admit(held->token()));
    co_await held->release(machine.clock.monotonic() + seconds(10));
  }
  ++finished;
}

TEST_F(LockService, ContendersExcludeEachOther) {
  const auto second = starts_a_server();
  const auto carol = starts_a_client({second->address()});
  int counter = 0;
  int finished = 0;
  Fence fence;
  for (auto* client : {&alice, &bob}) {
    spawn(machine.context.get_executor(), counts(machine, (*client)->library(), 20, counter, fence, finished));
  }
  spawn(machine.context.get_executor(), counts(machine, carol->library(), 20, counter, fence, finished));
  ASSERT_TRUE(soon([&] { return finished == 3; }));
  EXPECT_EQ(counter, 60);
}

}  // namespace
}  // namespace lockstep
