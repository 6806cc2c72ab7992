// One real redis-server under virtual time, spoken to over connections in lock-step: what is sent is answered, if it is
// ever answered at this instant, when the call returns. It may be killed and started again on its files.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "virtual_time/program.h"
#include "virtual_time/settle.h"

namespace lockstep::virtual_time {

class RedisServer {
 public:
  enum class Persistence : std::uint8_t { none, everysec, always };
  struct Options {
    std::string directory;  // of its files; there
    Persistence persistence = Persistence::none;
    VirtualHost::Options host{};
    std::string program = "redis-server";
    std::vector<std::string> more{};             // arguments
    std::chrono::milliseconds patience{10'000};  // real time, for one command
  };
  // Starts it. Throws TimeTrouble, as all do here.
  explicit RedisServer(Options options);
  ~RedisServer();

  // Bytes of one or more commands, on a connection that is made when its number is first named. Bytes of the replies
  // that come without time going on: none if it waits, as BLPOP does, or is cut off.
  std::string execute(int connection, std::string_view command);
  // What has come since, for one that waited.
  std::string take(int connection);
  void disconnect(int connection);
  bool is_connected(int connection) const { return connections_.contains(connection); }

  bool is_up() const { return program_ != nullptr; }
  void crash();  // SIGKILL; all connections are gone
  void restart();

  Clocks now() const { return host_.now(); }
  // Sets the clocks; what it does by itself, it does late: it has at least looked at the clock when it answers next.
  void jump(const Clocks& to) { host_.jump(to); }
  // When it does next what it does by itself.
  Deadlines next_deadline() const { return host_.next_deadline(); }
  // Time goes on through everything that it does by itself, ten times in a second.
  void advance(const Clocks& to);

  VirtualHost& host() { return host_; }
  // For clients that are programs under virtual time themselves.
  std::string socket_path() const { return host_.directory() + "/redis"; }

 private:
  int connected(int connection);
  // What has come; settles again if the server may have waited for us to read.
  std::string collect(int connection, int descriptor);

  Options options_;
  VirtualHost host_;
  std::unique_ptr<Program> program_;
  std::map<int, int> connections_;
};

}  // namespace lockstep::virtual_time
