// A redis-server of one's own on this machine: started in a directory, on a Unix socket or a port, stopped, killed, and
// started again on what it has kept. For tests, and to try a lock without a server of one's own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "impl/redis/real/server_address.h"

namespace lockstep::redis {

class RedisProcess {
 public:
  struct Options {
    std::string directory;               // of its own; is there
    std::uint16_t port = 0;              // on 127.0.0.1; zero: a Unix socket in the directory
    std::string appendfsync = "always";  // or "everysec"; empty: it keeps nothing
    std::string password;
  };

  // Whether there is a program redis-server to be started.
  static bool installed();
  // A port on 127.0.0.1 that nobody listens at now.
  static std::uint16_t free_port();

  // Not running yet.
  explicit RedisProcess(Options options);
  // Kills it. It is killed too when the thread that started it ends without that.
  ~RedisProcess();
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  const ServerAddress& address() const { return address_; }
  // Returns once it answers. Throws std::runtime_error, with what it says about it, if it does not. Requires: it does
  // not run.
  void start();
  bool running() const { return pid_ > 0; }
  // SIGKILL, and waits for its end.
  void kill();
  // SIGSTOP: connections are still accepted by the system, and nobody answers on them. And SIGCONT.
  void stop() const;
  void resume() const;

 private:
  bool answers() const;
  std::string last_words() const;

  Options options_;
  ServerAddress address_;
  pid_t pid_ = -1;
};

}  // namespace lockstep::redis
