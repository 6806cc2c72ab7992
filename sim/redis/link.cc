// Whatever is unanswered waits in a queue, in the order in which it was asked; one coroutine for each server sends it.
// Only the first is sent again, until it is answered: then all the others are, for they may be lost as well.
#include "sim/redis/link.h"

#include <algorithm>

namespace lockstep::sim::redis {
namespace {

constexpr Duration kResend = std::chrono::milliseconds(100);  // doubles
constexpr Duration kResendLimit = std::chrono::milliseconds(800);

}  // namespace

class Links::Link final : public lockstep::redis::Connection, public std::enable_shared_from_this<Link> {
 public:
  Link(std::shared_ptr<Links> links, Address server)
      : links_(std::move(links)), server_(server), session_(links_->session_), to_do_(links_->clock_) {}

  std::uint64_t session() const { return session_; }

  Awaitable<Result<lockstep::redis::Reply>> command(lockstep::redis::Command command, MonoTime give_up) override {
    const auto call = std::make_shared<Call>(links_->clock_, lockstep::redis::encode(command));
    queue_.push_back(call);
    to_do_.set();
    co_await call->over.wait_until(give_up);
    if (call->reset) co_return indefinite(ErrorKind::unreachable, "the server was started anew");
    if (!call->answer && !call->number) {
      std::erase(queue_, call);
      co_return definite(ErrorKind::unreachable, "the server cannot be reached");
    }
    if (!call->answer) co_return indefinite(ErrorKind::unreachable, "the server did not answer in time");
    auto reply = lockstep::redis::decode_reply(*call->answer);
    if (!reply) co_return indefinite(ErrorKind::storage, "the server's answer is no reply");
    co_return std::move(*reply);
  }

  // Sends what there is to be sent, for as long as the process lives.
  Awaitable<void> run() {
    const auto self = shared_from_this();
    Duration wait = kResend;
    for (;;) {
      if (wait == kResend && std::exchange(repeating_, false)) send_again();
      send_new();
      const MonoTime again = queue_.empty() ? MonoTime::max() : saturating_add(links_->clock_.monotonic(), wait);
      const Wake wake = co_await to_do_.wait_until(again);
      if (wake == Wake::cancelled) co_return;
      repeating_ |= wake == Wake::deadline;
      if (wake == Wake::deadline && epoch_ != 0 && !queue_.empty()) send(*queue_.front());
      wait = wake == Wake::deadline ? std::min(wait * 2, kResendLimit) : kResend;
    }
  }

  void take_in(Frame frame) {
    if (frame.kind == Frame::Kind::connected) {
      if (epoch_ == 0 && !queue_.empty()) epoch_ = frame.epoch;
      return to_do_.set();
    }
    if (frame.epoch != epoch_) return;  // of an earlier connection
    if (frame.kind == Frame::Kind::answer) answered(frame);
    if (frame.kind == Frame::Kind::reset) reset();
  }

 private:
  struct Call {
    Call(Clock& clock, std::string c) : command(std::move(c)), over(clock) {}
    std::string command;
    std::uint64_t number = 0;  // once it has been sent
    std::optional<std::string> answer;
    bool reset = false;
    Signal over;
  };

  void answered(Frame& frame) {
    const auto found = std::ranges::find(queue_, frame.number, &Call::number);
    if (found == queue_.end()) return;  // a duplicate
    (*found)->answer = std::move(frame.body);
    (*found)->over.set();
    queue_.erase(found);
    if (repeating_) to_do_.set();
  }

  // A new connection, which numbers from one again. What has not been sent may go that way.
  void reset() {
    epoch_ = 0;
    asked_ = 0;
    for (const auto& call : queue_) {
      if (call->number == 0) continue;
      call->reset = true;
      call->over.set();
    }
    std::erase_if(queue_, [](const auto& call) { return call->reset; });
    to_do_.set();
  }

  void send_again() {
    for (const auto& call : queue_) {
      if (call->number != 0 && epoch_ != 0) send(*call);
    }
  }
  void send_new() {
    if (queue_.empty()) return;
    if (epoch_ == 0) {
      const Frame hello{Frame::Kind::connect, 0, session_, 0, {}};
      return links_->endpoint_.send(server_, encode(hello));
    }
    for (const auto& call : queue_) {
      if (call->number != 0) continue;
      call->number = ++asked_;
      send(*call);
    }
  }
  void send(const Call& call) {
    const Frame frame{Frame::Kind::ask, epoch_, session_, call.number, call.command};
    links_->endpoint_.send(server_, encode(frame));
  }

  std::shared_ptr<Links> links_;
  Address server_;
  std::uint64_t session_;
  std::uint64_t epoch_ = 0;  // of the server that we are connected to; zero: of none
  std::uint64_t asked_ = 0;
  bool repeating_ = false;  // the first has been sent again and is not answered
  std::deque<std::shared_ptr<Call>> queue_;
  Signal to_do_;
};

std::shared_ptr<lockstep::redis::Connection> Links::to(Address server) {
  ++session_;
  auto link = std::make_shared<Link>(shared_from_this(), server);
  links_.emplace(session_, link);
  spawn(executor_, link->run());
  return link;
}

Awaitable<void> Links::run() {
  return each_message(endpoint_, [self = shared_from_this()](const Message& message) { self->take_in(message); });
}

void Links::take_in(const Message& message) {
  auto frame = decode(message.payload);
  const auto found = frame ? links_.find(frame->session) : links_.end();
  const auto link = found != links_.end() ? found->second.lock() : nullptr;
  if (link) link->take_in(std::move(*frame));
}

}  // namespace lockstep::sim::redis
