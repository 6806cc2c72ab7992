// A connection lives as long as an operation of it is pending; its owner is null once it has ended.
#include "impl/env/real/tcp_endpoint.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/write.hpp>
#include <utility>

#include "impl/env/check.h"
#include "impl/env/real/tcp_frames.h"

namespace lockstep {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// After the system had no descriptor or no memory left for one more connection.
constexpr Duration kAcceptPause = std::chrono::milliseconds(50);

tcp::endpoint endpoint_of(Address address) { return {boost::asio::ip::address_v4(address.host), address.port}; }
Address address_of(const tcp::endpoint& endpoint) { return {endpoint.address().to_v4().to_uint(), endpoint.port()}; }

// Options are wishes: a socket that refuses one works without it. An idle connection is probed, so that it ends with
// its peer even if nobody sends.
void prepare(tcp::socket& socket, Duration silence) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
  const auto set = [&](int option, std::int64_t value) {
    const int number = static_cast<int>(std::max<std::int64_t>(value, 1));
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &number, sizeof number);
  };
  const std::int64_t milliseconds = silence / std::chrono::milliseconds(1);
  set(TCP_USER_TIMEOUT, milliseconds);
  set(TCP_KEEPIDLE, milliseconds / 1000);
  set(TCP_KEEPINTVL, milliseconds / 3000);
}

}  // namespace

class TcpEndpoint::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(TcpEndpoint& owner, Address peer, tcp::socket socket)
      : owner_(&owner), peer_(peer), socket_(std::move(socket)) {}

  Address peer() const { return peer_; }

  void connect() {
    error_code error;
    socket_.open(tcp::v4(), error);
    if (error) return fail();
    prepare(socket_, owner_->options_.silence);
    writing_ = true;  // until it is connected
    socket_.async_connect(endpoint_of(peer_), [self = shared_from_this()](error_code failed) {
      if (failed) return self->fail();
      self->writing_ = false;
      self->start();
    });
  }

  void start() {
    read();
    write();
  }

  void send(std::string_view payload) {
    if (queued_.size() + sending_.size() + payload.size() > owner_->options_.queue_bytes) return;
    append_frame(queued_, payload);
    write();
  }

  // No more of its operations will touch the endpoint.
  void close() {
    owner_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void fail() {
    if (owner_ == nullptr) return;
    TcpEndpoint* owner = owner_;
    close();
    owner->ended(*this);
  }

  void read() {
    if (owner_ == nullptr) return;
    socket_.async_read_some(boost::asio::buffer(buffer_),
                            [self = shared_from_this()](error_code failed, std::size_t size) {
                              if (failed) return self->fail();
                              self->on_read(size);
                            });
  }

  void on_read(std::size_t size) {
    frames_.feed({buffer_.data(), size});
    while (owner_ != nullptr) {
      auto message = frames_.take();
      if (!message) break;
      owner_->arrived(peer_, std::move(*message));
    }
    if (frames_.broken()) return fail();
    read();
  }

  void write() {
    if (owner_ == nullptr || writing_ || queued_.empty()) return;
    writing_ = true;
    sending_ = std::exchange(queued_, {});
    boost::asio::async_write(socket_, boost::asio::buffer(sending_),
                             [self = shared_from_this()](error_code failed, std::size_t) {
                               if (failed) return self->fail();
                               self->writing_ = false;
                               self->sending_.clear();
                               self->write();
                             });
  }

  TcpEndpoint* owner_;
  Address peer_;
  tcp::socket socket_;
  std::array<char, 16 << 10> buffer_;
  FrameReader frames_;
  Bytes queued_;
  Bytes sending_;
  bool writing_ = false;
};

TcpEndpoint::TcpEndpoint(boost::asio::io_context& context, Clock& clock, Options options)
    : context_(context),
      clock_(clock),
      options_(options),
      acceptor_(context),
      arrival_(clock),
      alive_(std::make_shared<char>()) {
  if (!options_.listen) return;
  const tcp::endpoint wanted = endpoint_of(*options_.listen);
  acceptor_.open(wanted.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));  // or a restart waits for its old connections to age
  acceptor_.bind(wanted);
  acceptor_.listen();
  address_ = address_of(acceptor_.local_endpoint());
  accept();
}

TcpEndpoint::~TcpEndpoint() {
  for (const auto& [address, connection] : connections_) connection->close();
}

void TcpEndpoint::accept() {
  acceptor_.async_accept([this, alive = std::weak_ptr<void>(alive_)](error_code failed, tcp::socket socket) {
    if (alive.expired()) return;
    if (failed) return spawn(context_.get_executor(), accept_later(alive, *this));
    accepted(std::move(socket));
    accept();
  });
}

Awaitable<void> TcpEndpoint::accept_later(std::weak_ptr<void> alive, TcpEndpoint& self) {
  if (alive.expired()) co_return;
  co_await sleep_for(self.clock_, kAcceptPause);
  if (!alive.expired()) self.accept();
}

void TcpEndpoint::accepted(tcp::socket socket) {
  error_code failed;
  const tcp::endpoint far = socket.remote_endpoint(failed);
  if (failed || connections_.size() >= options_.max_connections) return;
  prepare(socket, options_.silence);
  const Address peer = address_of(far);
  auto connection = std::make_shared<Connection>(*this, peer, std::move(socket));
  auto& place = connections_[peer];
  if (place != nullptr) place->close();  // the same far end can only have connected again after the first broke
  place = connection;
  connection->start();
}

void TcpEndpoint::send(Address to, Bytes payload) {
  CHECK(payload.size() <= kMaxMessage);
  auto found = connections_.find(to);
  if (found == connections_.end()) {
    if (!options_.dial || connections_.size() >= options_.max_connections) return;
    auto connection = std::make_shared<Connection>(*this, to, tcp::socket(context_));
    found = connections_.emplace(to, connection).first;
    connection->connect();
    found = connections_.find(to);
    if (found == connections_.end()) return;  // no descriptor was left
  }
  found->second->send(payload);
}

std::optional<Message> TcpEndpoint::poll() {
  if (inbox_.empty()) return std::nullopt;
  Message message = std::move(inbox_.front());
  inbox_.pop_front();
  inbox_bytes_ -= message.payload.size();
  return message;
}

void TcpEndpoint::arrived(Address from, Bytes payload) {
  if (inbox_bytes_ + payload.size() > options_.inbox_bytes) return;
  inbox_bytes_ += payload.size();
  inbox_.push_back({from, std::move(payload)});
  arrival_.set();
}

void TcpEndpoint::ended(const Connection& connection) {
  const auto found = connections_.find(connection.peer());
  if (found != connections_.end() && found->second.get() == &connection) connections_.erase(found);
}

}  // namespace lockstep
