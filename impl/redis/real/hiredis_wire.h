// One connection of hiredis, driven by an io_context instead of an event loop of its own: bytes out, replies in, until
// it ends. No garbage that a server may say harms more than this connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <optional>
#include <string>

#include "impl/redis/real/server_address.h"
#include "impl/redis/resp.h"

struct redisAsyncContext;

namespace lockstep::redis {

// Everything happens on the one thread that runs the context, also what is told to the user.
class HiredisWire : public std::enable_shared_from_this<HiredisWire> {
 public:
  class User {
   public:
    virtual void connected() = 0;
    // To the oldest command that has no reply yet.
    virtual void replied(Reply reply) = 0;
    // Nothing comes after it: what has no reply yet will have none.
    virtual void ended(const std::string& why) = 0;

   protected:
    ~User() = default;
  };

  // The context must outlive the wire; the user must abandon() it before he ends.
  HiredisWire(boost::asio::io_context& context, User& user) : descriptor_(context), user_(&user) {}
  ~HiredisWire();
  HiredisWire(const HiredisWire&) = delete;
  HiredisWire& operator=(const HiredisWire&) = delete;

  // Begins to connect. A host's name is looked up here and now, which may block. Requires: called once. An error, as a
  // sentence, if it failed at once: then nothing more is told.
  std::optional<std::string> dial(const ServerAddress& address);
  // Requires: connected. It counts as sent from now on.
  void send(const Command& command);
  // Ends it; the user is told, with these words. Nothing may be sent any more. May be called while he is told a reply.
  void close(std::string why);
  // Ends it, and tells nobody.
  void abandon();

 private:
  struct Hooks;
  void wait_to_read();
  void wait_to_write();
  void on_readable();
  void on_writable();
  void on_reply(const void* raw);
  void on_end();

  boost::asio::posix::stream_descriptor descriptor_;
  User* user_;
  redisAsyncContext* hiredis_ = nullptr;  // it frees itself, and says so
  std::size_t expected_ = 0;              // replies
  std::string why_;
  bool read_wanted_ = false, reading_ = false;
  bool write_wanted_ = false, writing_ = false;
};

}  // namespace lockstep::redis
