// What waits to be sent is ours; what has been given to hiredis counts as sent. A caller who has given up takes what
// waits with him, and leaves what was sent behind, so that its reply is not taken for that of another.
#include "impl/redis/real/redis_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

#include "impl/env/signal.h"
#include "impl/redis/real/hiredis_wire.h"

namespace lockstep::redis {
namespace {

// Between two attempts to connect; doubles.
constexpr Duration kFirstPause = std::chrono::milliseconds(20);
constexpr Duration kLongestPause = std::chrono::seconds(1);

// A client of a server, as the server knows it.
struct Identity {
  std::string run;  // of the server, drawn at each of its starts
  std::int64_t client = 0;
};

std::string run_of(std::string_view info) {
  constexpr std::string_view field = "run_id:";
  const std::size_t at = info.find(field);
  if (at == std::string_view::npos) return "";
  const std::string_view value = info.substr(at + field.size());
  return std::string(value.substr(0, value.find_first_of("\r\n")));
}

class RedisConnection final : public Connection,
                              public HiredisWire::User,
                              public std::enable_shared_from_this<RedisConnection> {
 public:
  RedisConnection(ServerAddress server, boost::asio::io_context& context, Clock& clock, ConnectionTimes times)
      : server_(std::move(server)), context_(context), clock_(clock), times_(times), alarm_(*this) {}
  ~RedisConnection() {
    if (alarm_.pending()) clock_.disarm(alarm_);
    if (wire_) wire_->abandon();
  }
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  Awaitable<Result<Reply>> command(Command command, MonoTime give_up) override {
    const auto self = shared_from_this();
    if (clock_.monotonic() >= give_up) co_return definite(ErrorKind::unreachable, "no time was left to ask");
    const auto call = std::make_shared<Call>(clock_, std::move(command));
    const Place place(*this, call);
    if (state_ == State::idle) connect_when_due();
    if (state_ == State::ready) send_waiting();
    co_await call->over.wait_until(give_up);
    if (call->reply) co_return std::move(*call->reply);
    if (!call->sent)
      co_return definite(ErrorKind::unreachable, fmt::format("{} cannot be reached{}", name(), reason()));
    if (!call->lost.empty()) {
      co_return indefinite(ErrorKind::unreachable, fmt::format("lost the connection to {}: {}", name(), call->lost));
    }
    co_return indefinite(ErrorKind::unreachable, fmt::format("{} did not answer in time", name()));
  }

 private:
  enum class State : std::uint8_t {
    idle,      // there is nothing to be sent
    pausing,   // until the next attempt
    greeting,  // connects, and gets known
    ready,
  };
  struct Call {
    Call(Clock& clock, Command c) : command(std::move(c)), over(clock) {}
    Command command;
    bool sent = false;
    MonoTime sent_at;
    std::optional<Reply> reply;
    std::string lost;  // the connection, and why
    Signal over;
  };
  // Among those that wait, for as long as somebody wants the answer.
  class Place {
   public:
    Place(RedisConnection& at, std::shared_ptr<Call> call) : at_(at), number_(++at.asked_) {
      at_.waiting_.emplace(number_, std::move(call));
    }
    ~Place() { at_.waiting_.erase(number_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    RedisConnection& at_;
    std::uint64_t number_;
  };
  struct Alarm final : Timer {
    explicit Alarm(RedisConnection& o) : owner(o) {}
    void fire() override { owner.on_alarm(); }
    void abandon() override {}
    RedisConnection& owner;
  };
  enum class Greeting : std::uint8_t { auth, select, info, id, ping, kill };

  std::string name() const { return in_words(server_); }
  std::string reason() const { return trouble_.empty() ? "" : ": " + trouble_; }

  void set_alarm(MonoTime when) {
    if (alarm_.pending()) clock_.disarm(alarm_);
    clock_.arm(alarm_, when);
  }

  void on_alarm() {
    switch (state_) {
      case State::idle: break;
      case State::pausing: connect(); break;
      case State::greeting: wire_->close("it did not let us in in time"); break;
      case State::ready: look_for_silence(); break;
    }
  }

  void look_for_silence() {
    if (under_way_.empty()) return;
    const MonoTime limit = saturating_add(under_way_.front()->sent_at, times_.silence);
    if (clock_.monotonic() < limit) return set_alarm(limit);
    wire_->close("it was silent for too long");
  }

  void connect_when_due() {
    if (clock_.monotonic() >= next_) return connect();
    state_ = State::pausing;
    set_alarm(next_);
  }

  void connect() {
    if (waiting_.empty()) {
      state_ = State::idle;
      return;
    }
    state_ = State::greeting;
    set_alarm(saturating_add(clock_.monotonic(), times_.connecting));
    wire_ = std::make_shared<HiredisWire>(context_, *this);
    if (const auto wrong = wire_->dial(server_)) ended(*wrong);
  }

  void greet(Greeting what, const Command& command) {
    greetings_.push_back(what);
    wire_->send(command);
  }

  void connected() override {
    greetings_.clear();
    if (!server_.password.empty()) {
      Command auth{"AUTH", server_.password};
      if (!server_.user.empty()) auth.insert(auth.begin() + 1, server_.user);
      greet(Greeting::auth, auth);
    }
    if (server_.database != 0) greet(Greeting::select, {"SELECT", std::to_string(server_.database)});
    greet(Greeting::info, {"INFO", "server"});
    greet(Greeting::id, {"CLIENT", "ID"});
    greet(Greeting::ping, {"PING"});
  }

  void replied(Reply reply) override {
    if (!greetings_.empty()) return greeted(reply);
    if (under_way_.empty()) return;
    Call& call = *under_way_.front();
    call.reply = std::move(reply);
    call.over.set();
    under_way_.pop_front();
  }

  void greeted(const Reply& reply) {
    const Greeting what = greetings_.front();
    greetings_.pop_front();
    if (reply.kind == Reply::Kind::error) return wire_->close(fmt::format("it says \"{}\"", in_words_whole(reply)));
    bool right = true;
    switch (what) {
      case Greeting::auth:
      case Greeting::select: right = reply == status("OK"); break;
      case Greeting::info: right = !(own_.run = run_of(reply.text)).empty(); break;
      case Greeting::id:
        right = reply.kind == Reply::Kind::integer;
        own_.client = reply.integer;
        break;
      case Greeting::ping: right = reply == status("PONG"); break;
      case Greeting::kill: right = reply.kind == Reply::Kind::integer; break;
    }
    if (!right) return wire_->close("it does not answer as Redis does");
    if (what == Greeting::ping && left_behind_ && left_behind_->run == own_.run) {
      const std::string old = std::to_string(left_behind_->client);
      return greet(Greeting::kill, {"CLIENT", "KILL", "ID", old});
    }
    if (greetings_.empty()) welcomed();
  }

  static std::string in_words_whole(const Reply& reply) {
    std::string words = reply.text.substr(0, 200);
    std::ranges::replace_if(
        words, [](char c) { return c < ' ' || c > '~'; }, '?');
    return words;
  }

  void welcomed() {
    state_ = State::ready;
    left_behind_.reset();
    trouble_.clear();
    pause_ = kFirstPause;
    clock_.disarm(alarm_);
    send_waiting();
  }

  void send_waiting() {
    const MonoTime now = clock_.monotonic();
    for (const auto& [number, call] : std::exchange(waiting_, {})) {
      call->sent = true;
      call->sent_at = now;
      wire_->send(call->command);
      under_way_.push_back(call);
    }
    if (!under_way_.empty() && !alarm_.pending()) set_alarm(saturating_add(now, times_.silence));
  }

  void ended(const std::string& why) override {
    if (state_ == State::ready && !under_way_.empty()) left_behind_ = own_;
    for (const auto& call : under_way_) {
      call->lost = why;
      call->over.set();
    }
    under_way_.clear();
    greetings_.clear();
    trouble_ = why;
    wire_.reset();
    next_ = saturating_add(clock_.monotonic(), pause_);
    pause_ = std::min(pause_ * 2, kLongestPause);
    state_ = State::pausing;
    set_alarm(next_);
  }

  ServerAddress server_;
  boost::asio::io_context& context_;
  Clock& clock_;
  ConnectionTimes times_;
  State state_ = State::idle;
  std::shared_ptr<HiredisWire> wire_;  // while greeting or ready
  std::deque<Greeting> greetings_;     // without an answer
  Identity own_;
  std::optional<Identity> left_behind_;  // a connection that broke while commands were under way on it
  std::uint64_t asked_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Call>> waiting_;  // in the order in which they were asked
  std::deque<std::shared_ptr<Call>> under_way_;             // in the order in which they were sent
  std::string trouble_;                                     // why the last attempt failed
  Duration pause_ = kFirstPause;
  MonoTime next_ = MonoTime::min();  // not connecting before
  Alarm alarm_;
};

}  // namespace

std::shared_ptr<Connection> connection_to(ServerAddress server, boost::asio::io_context& context, Clock& clock,
                                          ConnectionTimes times) {
  return std::make_shared<RedisConnection>(std::move(server), context, clock, times);
}

}  // namespace lockstep::redis
