// Against real servers that are killed, stopped and started anew, and against one of ours that answers nonsense.
#include "impl/redis/real/redis_connection.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <deque>

#include "impl/redis/real/real_redis_test.h"

namespace lockstep::redis {
namespace {

struct RealRedisConnection : RealRedis {
  void passes(Duration duration) {
    const MonoTime limit = clock.monotonic() + duration;
    drive_until(context, [&] { return clock.monotonic() >= limit; });
  }
};
// Unanswered for as long as nobody pushes something.
const Command kUnanswered{"BLPOP", "nothing", "0"};

TEST_F(RealRedisConnection, AsksOverAUnixSocketAndOverTcp) {
  for (const std::uint16_t port : {std::uint16_t{0}, RedisProcess::free_port()}) {
    starts({.port = port});
    const auto connection = connects();
    EXPECT_EQ(asks(connection, {"SET", "k", "v"}), "OK");
    EXPECT_EQ(result_of(connection, {"GET", "k"}), bulk("v"));
    EXPECT_EQ(asks(connection, {"GET"}), "ERR wrong number of argu...");
    server.reset();
    std::filesystem::remove_all(directory + "/appendonlydir");
  }
}

TEST_F(RealRedisConnection, CarriesAnyBytes) {
  starts();
  const auto connection = connects();
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 7);
  EXPECT_EQ(asks(connection, {"SET", std::string("\0\r\n", 3), bytes}), "OK");
  EXPECT_EQ(result_of(connection, {"GET", std::string("\0\r\n", 3)}), bulk(bytes));
}

TEST_F(RealRedisConnection, KeepsTheOrderOfThousandsOfCommands) {
  starts({.appendfsync = "everysec"});
  const auto connection = connects();
  std::deque<Started<Result<Reply>>> answers;
  for (int i = 0; i < 5000; ++i) answers.push_back(sends(connection, {"APPEND", "k", std::to_string(i % 10)}));
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(answers[static_cast<std::size_t>(i)].result(), integer(i + 1));
  const auto value = result_of(connection, {"GET", "k"});
  ASSERT_TRUE(value);
  for (std::size_t i = 0; i < 5000; ++i) ASSERT_EQ(value->text[i], '0' + static_cast<char>(i % 10)) << i;
}

TEST_F(RealRedisConnection, ComesInWithThePasswordIntoItsDatabase) {
  starts({.password = "p@ss"});
  ServerAddress address = server->address();
  address.database = 3;
  const auto connection = connection_to(address, context, clock);
  EXPECT_EQ(asks(connection, {"SET", "k", "v"}), "OK");
  address.database = 0;
  EXPECT_EQ(asks(connection_to(address, context, clock), {"GET", "k"}), "nil");
}

TEST_F(RealRedisConnection, SaysWhyItIsNotLetIn) {
  starts({.password = "right"});
  ServerAddress address = server->address();
  address.password.clear();
  const std::string beginning = "never sent: unix:" + address.path + " cannot be reached: it says ";
  EXPECT_EQ(asks(connection_to(address, context, clock), {"PING"}, 200ms),
            beginning + "\"NOAUTH Authentication required.\"");
  address.password = "wrong";
  EXPECT_EQ(asks(connection_to(address, context, clock), {"PING"}, 200ms),
            beginning + "\"WRONGPASS invalid username-password pair or user is disabled.\"");
  address.password = "right";
  address.database = 99;
  EXPECT_EQ(asks(connection_to(address, context, clock), {"PING"}, 200ms),
            beginning + "\"ERR DB index is out of range\"");
}

TEST_F(RealRedisConnection, WhoIsNotThereWasNeverAsked) {
  starts();
  const auto connection = connects();
  server->kill();
  EXPECT_EQ(asks(connection, {"SET", "k", "v"}, 100ms),
            "never sent: unix:" + directory + "/socket cannot be reached: Connection refused");
  const auto tcp = connection_to({.host = "127.0.0.1", .port = RedisProcess::free_port()}, context, clock);
  EXPECT_TRUE(asks(tcp, {"PING"}, 100ms).ends_with(" cannot be reached: Connection refused"));
  const auto nowhere = connection_to({.path = directory + "/none"}, context, clock);
  EXPECT_TRUE(asks(nowhere, {"PING"}, 100ms).ends_with(" cannot be reached: No such file or directory"));
  EXPECT_EQ(asks(connection, {"PING"}, 0s), "never sent: no time was left to ask");
}

TEST_F(RealRedisConnection, WhatWaitsForAServerIsSentOnceItIsThere) {
  starts();
  const auto connection = connects();
  server->kill();
  auto first = sends(connection, {"APPEND", "k", "a"}), second = sends(connection, {"APPEND", "k", "b"});
  auto impatient = sends(connection, {"APPEND", "k", "c"}, 50ms);
  EXPECT_TRUE(words(impatient.result()).starts_with("never sent: "));
  server->start();
  EXPECT_EQ(words(first.result()), "1");
  EXPECT_EQ(words(second.result()), "2");
  EXPECT_EQ(asks(connection, {"GET", "k"}), "ab");
}

TEST_F(RealRedisConnection, WhatWasUnderWayWhenTheServerDiedMayHaveBeenDone) {
  for (const std::uint16_t port : {std::uint16_t{0}, RedisProcess::free_port()}) {
    starts({.port = port});
    const auto connection = connects();
    EXPECT_EQ(asks(connection, {"SET", "k", "v"}), "OK");
    server->stop();
    auto under_way = sends(connection, {"SET", "k", "w"});
    passes(50ms);
    EXPECT_FALSE(under_way.done());
    server->kill();
    EXPECT_TRUE(words(under_way.result()).starts_with("perhaps done: lost the connection to "))
        << words(under_way.result());
    server->start();
    EXPECT_EQ(asks(connection, {"GET", "k"}), "v");
    server->kill();
    // Into the closed connection, before anybody has read that it is.
    auto blind = sends(connection, {"PING"}, 200ms);
    EXPECT_FALSE(blind.result());
    server.reset();
    std::filesystem::remove_all(directory + "/appendonlydir");
  }
}

TEST_F(RealRedisConnection, AServerThatStandsStillIsLeftAndComesBackLater) {
  starts();
  const auto connection = connects({.connecting = 100ms, .silence = 200ms});
  EXPECT_EQ(asks(connection, {"SET", "k", "old"}), "OK");
  server->stop();
  auto early = sends(connection, {"SET", "k", "early"}, 50ms);
  EXPECT_EQ(words(early.result()), "perhaps done: unix:" + directory + "/socket did not answer in time");
  auto silent = sends(connection, {"APPEND", "k", "+"});
  EXPECT_EQ(words(silent.result()),
            "perhaps done: lost the connection to unix:" + directory + "/socket: it was silent for too long");
  // Let in by nobody.
  EXPECT_EQ(asks(connection, {"SET", "k", "never"}, 300ms),
            "never sent: unix:" + directory + "/socket cannot be reached: it did not let us in in time");
  server->resume();
  EXPECT_EQ(asks(connection, {"SET", "k", "new"}), "OK");
  // What stood in the old connection was done before that, or never is.
  passes(100ms);
  EXPECT_EQ(asks(connection, {"GET", "k"}), "new");
}

// A network that delivers late: it passes on what the two sides say, and keeps what comes from clients when it is told.
class Relay {
 public:
  Relay(asio::io_context& context, const std::string& path, const std::string& server)
      : context_(context), server_(server), acceptor_(context, {path}) {
    accept();
  }
  void keep() {
    for (const auto& line : lines_) line->keeps = true;
  }
  void deliver() {
    boost::system::error_code ignored;
    for (const auto& line : lines_) asio::write(line->server, asio::buffer(line->kept), ignored);
  }

 private:
  using Socket = asio::local::stream_protocol::socket;
  struct Line {
    Socket client, server;
    std::array<char, 4096> up{}, down{};
    bool keeps = false;
    std::string kept;
  };
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code failed, Socket client) {
      if (failed) return;
      auto& line = *lines_.emplace_back(std::make_unique<Line>(std::move(client), Socket(context_)));
      line.server.connect({server_});
      pass_up(line);
      pass_down(line);
      accept();
    });
  }
  void pass_up(Line& line) {
    line.client.async_read_some(asio::buffer(line.up),
                                [this, &line](boost::system::error_code failed, std::size_t size) {
                                  if (failed) return;  // nobody tells the server
                                  boost::system::error_code ignored;
                                  if (line.keeps) {
                                    line.kept.append(line.up.data(), size);
                                  } else {
                                    asio::write(line.server, asio::buffer(line.up, size), ignored);
                                  }
                                  pass_up(line);
                                });
  }
  void pass_down(Line& line) {
    line.server.async_read_some(asio::buffer(line.down),
                                [this, &line](boost::system::error_code failed, std::size_t size) {
                                  boost::system::error_code ignored;
                                  if (failed) return;
                                  asio::write(line.client, asio::buffer(line.down, size), ignored);
                                  pass_down(line);
                                });
  }
  asio::io_context& context_;
  std::string server_;
  asio::local::stream_protocol::acceptor acceptor_;
  std::vector<std::unique_ptr<Line>> lines_;
};

struct LateNetwork : RealRedisConnection {
  std::unique_ptr<Relay> relay;  // until nothing calls it any more
};

TEST_F(LateNetwork, WhatIsDeliveredLateIsNeverDoneAfterWhatWasAskedLater) {
  starts();
  relay = std::make_unique<Relay>(context, directory + "/relay", server->address().path);
  const auto connection =
      connection_to({.path = directory + "/relay"}, context, clock, {.connecting = 3s, .silence = 100ms});
  EXPECT_EQ(asks(connection, {"SET", "k", "old"}), "OK");
  relay->keep();
  auto late = sends(connection, {"SET", "k", "late"});
  EXPECT_TRUE(words(late.result()).starts_with("perhaps done: "));
  EXPECT_EQ(asks(connection, {"SET", "k", "new"}), "OK");
  relay->deliver();
  passes(100ms);
  EXPECT_EQ(asks(connection, {"GET", "k"}), "new");
}

TEST_F(RealRedisConnection, WhoIsThrownOutComesBack) {
  starts();
  const auto connection = connects(), other = connects();
  EXPECT_EQ(asks(connection, {"PING"}), "PONG");
  EXPECT_EQ(asks(other, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}), "1");
  EXPECT_EQ(asks(connection, {"PING"}), "PONG");
}

TEST_F(RealRedisConnection, IsAnIndefiniteErrorForWhoIsCancelled) {
  starts();
  const auto connection = connects();
  EXPECT_EQ(asks(connection, {"PING"}), "PONG");
  asio::cancellation_signal cancel;
  std::optional<Result<Reply>> result;
  asio::co_spawn(context, without_throwing(connection->command(kUnanswered, MonoTime::max())),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [&](std::exception_ptr, Result<Reply> answer) { result = std::move(answer); }));
  passes(50ms);
  cancel.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(drive_until(context, [&] { return result.has_value(); }));
  EXPECT_TRUE(words(*result).starts_with("perhaps done: "));
}

// The order in which a program ends: clients, then the clock, then the context; or the context with all in it.
TEST_F(RealRedisConnection, EndsWithCommandsUnderWay) {
  starts();
  for (const bool connected : {false, true}) {
    for (const bool clock_first : {false, true}) {
      asio::io_context own;
      std::optional<RealHostClock> own_clock(own);
      auto connection = connection_to(server->address(), own, *own_clock);
      const auto never = [](std::exception_ptr, Result<Reply>) { FAIL() << "it was answered"; };
      if (connected) Started(own, connection->command({"PING"}, own_clock->monotonic() + 10s)).result();
      for (int i = 0; i < 3; ++i) {
        asio::co_spawn(own, connection->command(kUnanswered, MonoTime::max()), never);
      }
      if (connected) drive_until(own, [&, n = 0]() mutable { return ++n > 20; });
      connection.reset();
      if (clock_first) own_clock.reset();
    }
  }
}

// --- Servers that are none of Redis ----------------------------------------------------------------------------------

// Reads whatever comes, and says one thing at once, and one for each reading.
class Impostor {
 public:
  Impostor(asio::io_context& context, const std::string& path, std::string greeting, std::vector<std::string> answers)
      : greeting_(std::move(greeting)), answers_(std::move(answers)), acceptor_(context, {path}) {
    accept();
  }
  int met = 0;   // connections that came
  int left = 0;  // and that ended again
  void say(const std::string& words) {
    boost::system::error_code ignored;
    if (!words.empty()) asio::write(*socket_, asio::buffer(words), ignored);
  }

 private:
  using Socket = asio::local::stream_protocol::socket;
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code failed, Socket socket) {
      if (failed) return;
      ++met;
      socket_ = std::make_unique<Socket>(std::move(socket));
      said_ = 0;
      say(greeting_);
      read();
      accept();
    });
  }
  void read() {
    socket_->async_read_some(asio::buffer(buffer_), [this](boost::system::error_code failed, std::size_t) {
      if (failed) {
        ++left;
        return;
      }
      if (said_ < answers_.size()) say(answers_[said_++]);
      read();
    });
  }
  std::string greeting_;
  std::vector<std::string> answers_;
  std::size_t said_ = 0;
  std::array<char, 4096> buffer_{};
  asio::local::stream_protocol::acceptor acceptor_;
  std::unique_ptr<Socket> socket_;
};

const std::string kGreeted = "$12\r\nrun_id:abc\r\n\r\n:7\r\n+PONG\r\n";

struct Impostors : RealRedis {
  void SetUp() override {}
  std::string meets(const std::string& greeting, const std::vector<std::string>& answers) {
    const std::string path = directory + "/impostor" + std::to_string(++count_);
    Impostor& impostor = *impostors_.emplace_back(std::make_unique<Impostor>(context, path, greeting, answers));
    const auto connection = connection_to({.path = path}, context, clock, {.connecting = 100ms, .silence = 100ms});
    const std::string said = asks(connection, {"GET", "k"}, 150ms);
    EXPECT_GT(impostor.met, 0);
    const std::size_t reason = said.find(path);
    return reason == std::string::npos ? said : said.substr(0, reason - 5) + said.substr(reason + path.size());
  }

 private:
  int count_ = 0;
  std::vector<std::unique_ptr<Impostor>> impostors_;  // until nothing calls them any more
};

TEST_F(Impostors, WhoDoesNotGreetAsRedisDoesIsNeverAsked) {
  EXPECT_EQ(meets("", {}), "never sent:  cannot be reached: it did not let us in in time");
  EXPECT_EQ(
      meets("HTTP/1.1 400 Bad Request\r\n\r\n", {}),
      "never sent:  cannot be reached: it does not speak as Redis does: Protocol error, got \"H\" as reply type byte");
  EXPECT_EQ(meets("-ERR max number of clients reached\r\n", {}),
            "never sent:  cannot be reached: it says \"ERR max number of clients reached\"");
  EXPECT_EQ(meets("", {":1\r\n:2\r\n:3\r\n"}), "never sent:  cannot be reached: it does not answer as Redis does");
  EXPECT_EQ(meets("", {"$4\r\nnone\r\n:2\r\n+PONG\r\n"}),
            "never sent:  cannot be reached: it does not answer as Redis does");
  EXPECT_EQ(meets("", {"$12\r\nrun_id:abc\r\n\r\n:7\r\n-LOADING wait\r\n"}),
            "never sent:  cannot be reached: it says \"LOADING wait\"");
  EXPECT_EQ(meets("", {kGreeted + "+more\r\n"}), "never sent:  cannot be reached: it says more than it was asked for");
}

TEST_F(Impostors, GarbageForAnAnswerIsAnIndefiniteError) {
  EXPECT_EQ(meets("", {kGreeted, "$-1\r\n"}), "nil");
  EXPECT_EQ(meets("", {kGreeted, "$-1\r\n+extra\r\n"}),
            "perhaps done: lost the connection to : it says more than it was asked for");
  EXPECT_EQ(meets("", {kGreeted, "$-1\r\n$3\r\nhal"}),
            "perhaps done: lost the connection to : it says more than it was asked for");
  EXPECT_EQ(meets("", {kGreeted, "garbage"}),
            "perhaps done: lost the connection to : it does not speak as Redis does: Protocol error, got \"g\" as "
            "reply type byte");
  EXPECT_EQ(meets("", {kGreeted, "*2147483647\r\n"}), "perhaps done: lost the connection to : Out of memory");
  EXPECT_EQ(meets("", {kGreeted, "$5\r\nhal"}), "perhaps done: lost the connection to : it was silent for too long");
  EXPECT_EQ(meets("", {kGreeted, ""}), "perhaps done: lost the connection to : it was silent for too long");
}

TEST_F(Impostors, WhoSpeaksUnaskedIsLeft) {
  const std::string path = directory + "/talker";
  Impostor talker(context, path, "", {kGreeted, "$-1\r\n"});
  const auto connection = connection_to({.path = path}, context, clock);
  EXPECT_EQ(asks(connection, {"GET", "k"}), "nil");
  talker.say("+unasked\r\n");
  ASSERT_TRUE(drive_until(context, [&] { return talker.left == 1; }));
  EXPECT_EQ(asks(connection, {"GET", "k"}), "nil");
  EXPECT_EQ(talker.met, 2);
}

}  // namespace
}  // namespace lockstep::redis
