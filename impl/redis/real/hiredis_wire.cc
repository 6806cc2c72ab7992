// What hiredis 0.14 leaves to its user: a write to a connection that the server has closed raises SIGPIPE, a reply that
// nobody asked for ends the program by an assertion, a line of garbage takes all memory, and the context is freed
// within its own functions.
#include "impl/redis/real/hiredis_wire.h"

#include <pthread.h>
#include <sys/socket.h>

#include <csignal>
#include <ctime>
#include <utility>
// First of hiredis's, which build on it.
#include <hiredis/read.h>
//
#include <hiredis/hiredis.h>
//
#include <hiredis/async.h>

#include "impl/env/check.h"

namespace lockstep::redis {
namespace {

// While it lives, this thread is not killed by a write into a closed connection.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipe() {
    if (::sigismember(&before_, SIGPIPE) == 1) return;  // then somebody else may wait for it
    const timespec at_once{};
    while (::sigtimedwait(&pipe_, nullptr, &at_once) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

std::string trouble_of(const redisAsyncContext& context) {
  if (context.errstr == nullptr || *context.errstr == '\0') return "it has ended";
  return (context.err == REDIS_ERR_PROTOCOL ? "it does not speak as Redis does: " : "") + std::string(context.errstr);
}

constexpr int kMostElements = 4096;

// hiredis takes memory for an array when it has read its length: 16 GiB for a line of garbage.
redisReplyObjectFunctions* bounded(const redisReplyObjectFunctions& standard) {
  static const redisReplyObjectFunctions unbounded = standard;
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions made = unbounded;
    made.createArray = [](const redisReadTask* task, int elements) -> void* {
      return elements > kMostElements ? nullptr : unbounded.createArray(task, elements);
    };
    return made;
  }();
  return &functions;
}

}  // namespace

// What hiredis calls.
struct HiredisWire::Hooks {
  static HiredisWire& wire(void* self) { return *static_cast<HiredisWire*>(self); }
  static void add_read(void* self) {
    wire(self).read_wanted_ = true;
    wire(self).wait_to_read();
  }
  static void del_read(void* self) { wire(self).read_wanted_ = false; }
  static void add_write(void* self) {
    wire(self).write_wanted_ = true;
    wire(self).wait_to_write();
  }
  static void del_write(void* self) { wire(self).write_wanted_ = false; }
  static void cleanup(void* self) { wire(self).on_end(); }
  static void connected(const redisAsyncContext* context, int result) {
    if (result != REDIS_OK) return;  // the end follows
    HiredisWire& self = wire(context->data);
    if (self.user_ != nullptr) self.user_->connected();
  }
  static void replied(redisAsyncContext* context, void* raw, void*) {
    if (raw != nullptr) wire(context->data).on_reply(raw);  // else the end follows
  }
};

HiredisWire::~HiredisWire() { abandon(); }

std::optional<std::string> HiredisWire::dial(const ServerAddress& address) {
  CHECK(hiredis_ == nullptr);
  redisAsyncContext* made = address.host.empty() ? redisAsyncConnectUnix(address.path.c_str())
                                                 : redisAsyncConnect(address.host.c_str(), address.port);
  if (made == nullptr) return "no memory is left";
  if (made->err != 0) {
    std::string why = made->errstr;
    redisAsyncFree(made);
    return why;
  }
  hiredis_ = made;
  descriptor_.assign(made->c.fd);
  made->c.reader->fn = bounded(*made->c.reader->fn);
  made->data = this;
  made->ev.data = this;
  made->ev.addRead = Hooks::add_read;
  made->ev.delRead = Hooks::del_read;
  made->ev.addWrite = Hooks::add_write;
  made->ev.delWrite = Hooks::del_write;
  made->ev.cleanup = Hooks::cleanup;
  redisAsyncSetConnectCallback(made, Hooks::connected);
  return std::nullopt;
}

void HiredisWire::send(const Command& command) {
  CHECK(hiredis_ != nullptr);
  const std::string bytes = encode(command);
  const int taken = redisAsyncFormattedCommand(hiredis_, Hooks::replied, nullptr, bytes.data(), bytes.size());
  CHECK(taken == REDIS_OK);
  ++expected_;
}

void HiredisWire::close(std::string why) {
  if (hiredis_ == nullptr || !why_.empty()) return;
  why_ = std::move(why);
  redisAsyncFree(hiredis_);
}

void HiredisWire::abandon() {
  user_ = nullptr;
  if (hiredis_ != nullptr) redisAsyncFree(hiredis_);
}

// Of each kind at most one operation waits; one that is not wanted any more ends without effect.
void HiredisWire::wait_to_read() {
  if (std::exchange(reading_, true)) return;
  descriptor_.async_wait(descriptor_.wait_read, [self = shared_from_this()](boost::system::error_code failed) {
    self->reading_ = false;
    if (!failed && self->hiredis_ != nullptr && self->read_wanted_) self->on_readable();
  });
}

void HiredisWire::wait_to_write() {
  if (std::exchange(writing_, true)) return;
  descriptor_.async_wait(descriptor_.wait_write, [self = shared_from_this()](boost::system::error_code failed) {
    self->writing_ = false;
    if (!failed && self->hiredis_ != nullptr && self->write_wanted_) self->on_writable();
  });
}

void HiredisWire::on_readable() {
  char byte = 0;
  const bool connected = (hiredis_->c.flags & REDIS_CONNECTED) != 0;
  if (connected && expected_ == 0 && ::recv(hiredis_->c.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
    return close("it says what it was not asked for");
  }
  redisAsyncHandleRead(hiredis_);
}

void HiredisWire::on_writable() {
  const NoBrokenPipe guard;
  redisAsyncHandleWrite(hiredis_);
}

void HiredisWire::on_reply(const void* raw) {
  const redisReader& reader = *hiredis_->c.reader;
  if (--expected_ == 0 && reader.pos < reader.len) return close("it says more than it was asked for");
  if (user_ != nullptr && why_.empty()) user_->replied(reply_of(*static_cast<const redisReply*>(raw)));
}

// The last that hiredis calls. hiredis closes the descriptor itself.
void HiredisWire::on_end() {
  if (why_.empty()) why_ = trouble_of(*hiredis_);
  hiredis_ = nullptr;
  descriptor_.release();
  // The user may let go of this wire.
  if (User* user = std::exchange(user_, nullptr)) user->ended(std::string(why_));
}

}  // namespace lockstep::redis
