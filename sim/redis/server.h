// A simulated redis-server: one thread that takes commands in the order of their coming, an append-only file, and, if
// it is one of two, asynchronous replication to the other with a promotion when the master is not heard of.
// Simplifications: expired keys are removed all at once; appendfsync everysec syncs between two commands, not beside
// them; who is master is decided by the replica alone, where Redis has sentinels. Source: Redis 7.0,
// redis.io/docs/management/persistence and /replication.
#pragma once

#include <deque>
#include <memory>

#include "impl/env/blocking.h"
#include "impl/env/clock.h"
#include "impl/env/file_system.h"
#include "impl/env/network.h"
#include "impl/env/random.h"
#include "sim/redis/frame.h"
#include "sim/redis/keyspace.h"
#include "sim/redis/sessions.h"

namespace lockstep::sim::redis {

class Server {
 public:
  enum class Persistence : std::uint8_t {
    none,      // comes back empty
    everysec,  // written at once, synced each second: a power loss takes what is not synced
    always,    // synced before the answer
  };
  struct Options {
    Persistence persistence = Persistence::always;
    std::string directory;                                 // "" or "/some/path", which is there
    std::optional<Address> peer;                           // the other one of two, if there is one
    bool follows = false;                                  // it, at the very first start; later as it was
    Duration down_after = std::chrono::milliseconds(500);  // not heard for so long, a replica takes the master for dead
  };
  struct Parts {
    Endpoint& endpoint;
    Clock& clock;
    Random& random;
    BlockingLane& lane;
    std::shared_ptr<FileSystem> files;
  };
  // Everything in the parts must outlive it.
  Server(const Parts& parts, Options options);

  // Serves until its file fails it, as redis-server ends then. Requires: run once.
  Awaitable<void> run();

 private:
  Awaitable<bool> load();
  // Nothing if it cannot be read.
  struct Loaded {
    std::shared_ptr<File> file;
    std::vector<Command> commands;
    std::string role;
  };
  static std::optional<Loaded> read_files(FileSystem& files, const Options& options);
  Awaitable<bool> persist(std::vector<Command> effects);
  Awaitable<bool> sync_if_due();
  void take(const Message& message);
  std::string carry_out(const std::string& bytes);
  UnixMs now() const;
  MonoTime next_tick() const;

  // Replication. Who has been promoted last counts: his term is the highest.
  void take_from_peer(const Frame& frame);
  void follow(const Frame& changes);
  void take_whole(const Frame& frame);
  void serve_replica(const Frame& frame);
  void replicate(const std::vector<Command>& effects);
  void tick();
  void send_to_peer(Frame::Kind kind, std::uint64_t number, std::string body);
  void becomes(bool master, std::uint64_t term);
  Awaitable<bool> keep_role();

  Parts parts_;
  Options options_;
  Keyspace keys_;
  std::uint64_t epoch_;
  Sessions sessions_;  // whose answers are sent once the commands are as durable as they are to be
  std::shared_ptr<File> file_;
  bool unsynced_ = false;
  MonoTime sync_at_ = MonoTime::max();

  bool master_ = true;
  bool role_changed_ = false;
  std::uint64_t term_ = 0;
  std::uint64_t changes_ = 0;       // so many, as master or as replica
  std::uint64_t master_epoch_ = 0;  // whose changes those are
  std::deque<Command> backlog_;     // the last of them, behind the `backlog_from_` first ones
  std::uint64_t backlog_from_ = 0;
  MonoTime heard_;  // of the master
  MonoTime tick_at_ = MonoTime::min();
};

}  // namespace lockstep::sim::redis
