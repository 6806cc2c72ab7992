// Endpoints that meet on the loopback interface, and strangers who speak to them in raw bytes.
#include "impl/env/real/tcp_endpoint.h"

#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "impl/env/drive_test.h"
#include "impl/env/real/host_clock.h"
#include "impl/env/real/tcp_frames.h"

namespace lockstep {
namespace {

using boost::asio::ip::tcp;
constexpr std::uint32_t kLoopback = 0x7f000001;

Bytes frame_of(std::string_view message) {
  Bytes frame;
  append_frame(frame, message);
  return frame;
}

TEST(Frames, AreCutOutOfAStreamHoweverItArrives) {
  const Bytes stream = frame_of("one") + frame_of("") + frame_of(Bytes("\0three\xff", 7));
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameReader reader;
    std::vector<Bytes> messages;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(std::string_view(stream).substr(at, piece));
      while (auto message = reader.take()) messages.push_back(std::move(*message));
    }
    EXPECT_EQ(messages, (std::vector<Bytes>{"one", "", Bytes("\0three\xff", 7)})) << piece;
    EXPECT_FALSE(reader.broken());
  }
}

TEST(Frames, MayBeAsLongAsAMessageAndNoLonger) {
  FrameReader reader;
  reader.feed(frame_of(Bytes(kMaxMessage, 'x')));
  EXPECT_EQ(reader.take().value().size(), kMaxMessage);
  const std::uint32_t size = kMaxMessage + 1;
  reader.feed({reinterpret_cast<const char*>(&size), 4});  // on a little endian machine, as all of ours are
  EXPECT_FALSE(reader.take());
  EXPECT_TRUE(reader.broken());
  reader.feed(frame_of("after"));
  EXPECT_FALSE(reader.take());
}

struct TcpEndpoints : testing::Test {
  using Options = TcpEndpoint::Options;
  std::unique_ptr<TcpEndpoint> opens(Options options) { return std::make_unique<TcpEndpoint>(context, clock, options); }
  static Options listening(std::uint16_t port = 0) { return {.listen = Address{kLoopback, port}}; }
  std::unique_ptr<TcpEndpoint> server(std::uint16_t port = 0) { return opens(listening(port)); }
  std::unique_ptr<TcpEndpoint> client() { return opens({}); }
  // The next message to arrive there, or an empty one from nowhere.
  Message hears(TcpEndpoint& endpoint) {
    std::optional<Message> message;
    drive_until(context, [&] {
      message = endpoint.poll();
      return message.has_value();
    });
    return message.value_or(Message{});
  }
  // A loss is only certain once something later has arrived.
  void settles() {
    const auto one = server();
    const auto other = client();
    other->send(one->address(), "settled");
    EXPECT_EQ(hears(*one).payload, "settled");
  }
  tcp::socket stranger(Address to) {
    tcp::socket socket(context);
    socket.connect({asio::ip::address_v4(to.host), to.port});
    return socket;
  }

  asio::io_context context;
  RealHostClock clock{context};
};

TEST_F(TcpEndpoints, AMessageArrivesWholeAndItsReplyGoesBackOnTheSameConnection) {
  const auto alice = client();
  const auto bob = server();
  alice->send(bob->address(), Bytes("ping\0", 5));
  const Message ping = hears(*bob);
  EXPECT_EQ(ping.payload, Bytes("ping\0", 5));
  bob->send(ping.from, "pong");
  const Message pong = hears(*alice);
  EXPECT_EQ(pong.payload, "pong");
  EXPECT_EQ(pong.from, bob->address());
  EXPECT_EQ(alice->connections(), 1);
  EXPECT_EQ(bob->connections(), 1);
}

TEST_F(TcpEndpoints, EveryoneIsToldApart) {
  const auto bob = server();
  const auto alice = client();
  const auto carol = client();
  alice->send(bob->address(), "alice");
  carol->send(bob->address(), "carol");
  for (int i = 0; i < 2; ++i) {
    const Message message = hears(*bob);
    bob->send(message.from, "hello " + message.payload);
  }
  EXPECT_EQ(hears(*alice).payload, "hello alice");
  EXPECT_EQ(hears(*carol).payload, "hello carol");
}

TEST_F(TcpEndpoints, ConnectionsAreUsedAgain) {
  const auto bob = server();
  const auto alice = client();
  for (int i = 0; i < 100; ++i) alice->send(bob->address(), std::to_string(i));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(hears(*bob).payload, std::to_string(i));
  EXPECT_EQ(bob->connections(), 1);
}

TEST_F(TcpEndpoints, TheLongestMessageArrives) {
  const auto bob = server();
  const auto alice = client();
  Bytes longest(kMaxMessage, 'x');
  longest.back() = 'y';
  alice->send(bob->address(), longest);
  EXPECT_EQ(hears(*bob).payload, longest);
}

TEST_F(TcpEndpoints, OneMaySendToOneself) {
  const auto bob = server();
  bob->send(bob->address(), "me");
  EXPECT_EQ(hears(*bob).payload, "me");
}

TEST_F(TcpEndpoints, WhoIsNotThereHearsNothingAndIsReachedOnceThere) {
  const auto alice = client();
  const Address address = server()->address();  // gone again
  alice->send(address, "lost");
  ASSERT_TRUE(drive_until(context, [&] { return alice->connections() == 0; }));
  const auto bob = server(address.port);
  alice->send(address, "found");
  EXPECT_EQ(hears(*bob).payload, "found");
}

TEST_F(TcpEndpoints, ARestartedServerIsConnectedToAnew) {
  const auto alice = client();
  auto bob = server();
  const Address address = bob->address();
  alice->send(address, "before");
  EXPECT_EQ(hears(*bob).payload, "before");
  bob.reset();
  ASSERT_TRUE(drive_until(context, [&] { return alice->connections() == 0; }));
  bob = server(address.port);
  alice->send(address, "after");
  EXPECT_EQ(hears(*bob).payload, "after");
}

TEST_F(TcpEndpoints, AServerThatDoesNotDialCallsNobodyBack) {
  Options options = listening();
  options.dial = false;
  const auto bob = opens(options);
  auto alice = client();
  alice->send(bob->address(), "hello");
  const Address gone = hears(*bob).from;
  alice.reset();
  ASSERT_TRUE(drive_until(context, [&] { return bob->connections() == 0; }));
  bob->send(gone, "too late");
  EXPECT_EQ(bob->connections(), 0);
}

TEST_F(TcpEndpoints, BytesThatAreNoMessageCostOnlyTheirOwnConnection) {
  const auto bob = server();
  auto mallory = stranger(bob->address());
  asio::write(mallory, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));  // a frame of 542 393 671 bytes
  char byte = 0;
  boost::system::error_code closed;
  bool ended = false;
  mallory.async_read_some(asio::buffer(&byte, 1), [&](auto error, std::size_t) {
    closed = error;
    ended = true;
  });
  ASSERT_TRUE(drive_until(context, [&] { return ended; }));
  EXPECT_TRUE(closed);
  EXPECT_EQ(bob->connections(), 0);
  const auto alice = client();
  alice->send(bob->address(), "still there?");
  EXPECT_EQ(hears(*bob).payload, "still there?");
}

TEST_F(TcpEndpoints, HalfAMessageIsNone) {
  const auto bob = server();
  {
    auto mallory = stranger(bob->address());
    asio::write(mallory, asio::buffer(frame_of("whole") + frame_of("half").substr(0, 6)));
  }
  EXPECT_EQ(hears(*bob).payload, "whole");
  ASSERT_TRUE(drive_until(context, [&] { return bob->connections() == 0; }));
  EXPECT_FALSE(bob->poll());
}

TEST_F(TcpEndpoints, WhatDoesNotFitIntoTheQueueIsDroppedAndTheRestArrives) {
  Options options;
  options.queue_bytes = 1000;
  const auto alice = opens(options);
  const auto bob = server();
  alice->send(bob->address(), Bytes(600, 'a'));
  alice->send(bob->address(), Bytes(600, 'b'));
  alice->send(bob->address(), Bytes(300, 'c'));
  EXPECT_EQ(hears(*bob).payload[0], 'a');
  EXPECT_EQ(hears(*bob).payload[0], 'c');
}

TEST_F(TcpEndpoints, AnInboxThatNobodyEmptiesStaysWithinItsBound) {
  Options options = listening();
  options.inbox_bytes = 1000;
  const auto bob = opens(options);
  const auto alice = client();
  for (int i = 0; i < 10; ++i) alice->send(bob->address(), Bytes(300, static_cast<char>('0' + i)));
  alice->send(bob->address(), "");  // fits whatever the bound
  settles();
  std::vector<char> heard;
  for (Message message = hears(*bob); !message.payload.empty(); message = hears(*bob)) {
    heard.push_back(message.payload[0]);
  }
  EXPECT_EQ(heard, (std::vector{'0', '1', '2'}));
  alice->send(bob->address(), "again");
  EXPECT_EQ(hears(*bob).payload, "again");
}

TEST_F(TcpEndpoints, NoMoreConnectionsThanAllowedAreKept) {
  Options options = listening();
  options.max_connections = 1;
  const auto bob = opens(options);
  const auto alice = client();
  const auto carol = client();
  alice->send(bob->address(), "alice");
  EXPECT_EQ(hears(*bob).payload, "alice");
  carol->send(bob->address(), "carol");
  ASSERT_TRUE(drive_until(context, [&] { return carol->connections() == 0; }));
  EXPECT_FALSE(bob->poll());
}

Awaitable<int> counts(Endpoint& endpoint, int limit) {
  int count = 0;
  while (count < limit) {
    while (endpoint.poll()) ++count;
    if (count < limit && co_await endpoint.arrival().wait() == Wake::cancelled) break;
  }
  co_return count;
}

TEST_F(TcpEndpoints, ReceivingWaitsForArrivals) {
  const auto bob = server();
  const auto alice = client();
  auto counted = start(context, counts(*bob, 3));
  for (int i = 0; i < 3; ++i) alice->send(bob->address(), "x");
  EXPECT_EQ(counted.result(), 3);
}

TEST_F(TcpEndpoints, WhoWaitsForAnEndpointThatEndsWaitsNoLonger) {
  auto bob = server();
  auto counted = start(context, counts(*bob, 1));
  context.poll();
  bob.reset();
  EXPECT_EQ(counted.result(), 0);
}

TEST_F(TcpEndpoints, AnEndpointMayEndWithEverythingInFlight) {
  for (int i = 0; i < 50; ++i) {
    auto bob = server();
    auto alice = client();
    for (int j = 0; j < 5; ++j) alice->send(bob->address(), Bytes(50'000, 'x'));
    for (int j = 0; j < i % 10; ++j) context.poll_one();
    (i % 2 == 0 ? bob : alice).reset();
    context.poll();
  }
}

TEST_F(TcpEndpoints, APortInUseIsRefusedLoudly) {
  const auto bob = server();
  EXPECT_THROW(server(bob->address().port), boost::system::system_error);
}

}  // namespace
}  // namespace lockstep
