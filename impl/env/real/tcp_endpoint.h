// Messages over TCP, IPv4 only, neither encrypted nor authenticated: for networks in which every host is trusted.
// TCP keeps messages whole and large ones possible; that they arrive it promises no more than the seam does.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "impl/env/network.h"

namespace lockstep {

// One connection per peer, made at the first message to it and used in both directions. Who connected to us is
// addressed by the far end of that connection, so that a reply goes back on it. What does not fit into the bounds
// below is dropped, and so is what was queued when a connection broke.
class TcpEndpoint final : public Endpoint {
 public:
  struct Options {
    std::optional<Address> listen;  // host 0: every interface; port 0: any free port
    bool dial = true;               // false, for servers: who is not connected any more is not called back
    std::size_t max_connections = 4096;
    std::size_t queue_bytes = 4 << 20;   // waiting to be sent, per connection
    std::size_t inbox_bytes = 64 << 20;  // arrived and not yet polled
    // A peer that acknowledges nothing for so long is given up. Whole milliseconds.
    Duration silence = std::chrono::seconds(10);
  };
  // Context and clock must outlive the endpoint, and belong to the thread that uses it. Throws
  // boost::system::system_error if it cannot listen there.
  TcpEndpoint(boost::asio::io_context& context, Clock& clock, Options options);
  ~TcpEndpoint() override;

  // Where it listens; all zero if it does not.
  Address address() const override { return address_; }
  void send(Address to, Bytes payload) override;
  std::optional<Message> poll() override;
  Signal& arrival() override { return arrival_; }
  std::size_t connections() const { return connections_.size(); }

 private:
  class Connection;
  friend class Connection;
  void accept();
  void accepted(boost::asio::ip::tcp::socket socket);
  static Awaitable<void> accept_later(std::weak_ptr<void> alive, TcpEndpoint& self);
  void arrived(Address from, Bytes payload);
  void ended(const Connection& connection);

  boost::asio::io_context& context_;
  Clock& clock_;
  Options options_;
  Address address_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::map<Address, std::shared_ptr<Connection>> connections_;
  std::deque<Message> inbox_;
  std::size_t inbox_bytes_ = 0;
  Signal arrival_;
  std::shared_ptr<void> alive_;  // what is pending in the context may come after the endpoint's end
};

}  // namespace lockstep
