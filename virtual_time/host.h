// One simulated host of real programs: its two clocks stand still until they are moved, and every program that is
// started on it reads them, sleeps by them, and draws chance from its seed. Linux only, for unmodified programs that
// are linked with glibc. Not for several threads.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "impl/env/time.h"
#include "virtual_time/trouble.h"

namespace lockstep::virtual_time {

struct Page;
struct Slot;

struct Clocks {
  WallTime wall;
  MonoTime monotonic;
  friend bool operator==(const Clocks&, const Clocks&) = default;
};
inline Clocks operator+(const Clocks& clocks, Duration by) { return {clocks.wall + by, clocks.monotonic + by}; }

// When the next wait on a host ends, on either clock; max(): no wait ends by it.
struct Deadlines {
  WallTime wall = WallTime::max();
  MonoTime monotonic = MonoTime::max();
  bool any() const { return wall != WallTime::max() || monotonic != MonoTime::max(); }
};

class VirtualHost {
 public:
  struct Options {
    std::string name = "host";  // in messages
    std::uint64_t seed = 1;
    // A year in which most programs feel at home, an hour after the boot.
    Clocks clocks{WallTime(std::chrono::seconds(1'800'000'000)), MonoTime(std::chrono::seconds(3600))};
    // How far each look at a clock moves both: for a program that looks until time has passed.
    Duration per_read = Duration::zero();
    std::string parent = "/dev/shm";  // in which it makes a folder for its file
  };
  // Throws TimeTrouble.
  VirtualHost() : VirtualHost(Options()) {}
  explicit VirtualHost(Options options);
  VirtualHost(const VirtualHost&) = delete;
  VirtualHost& operator=(const VirtualHost&) = delete;
  // Kills all that runs on it. So does a watcher if this process is killed.
  ~VirtualHost();

  const std::string& name() const { return options_.name; }
  // Its own, for sockets and the like; gone with it.
  const std::string& directory() const { return directory_; }
  Clocks now() const;
  // Sets both clocks, at once and to any readings. Who is due is not woken, but finds out when something else happens.
  void jump(const Clocks& to);
  Deadlines next_deadline() const;

  // Kills, by SIGKILL, a process and all that descend from it, and returns when they are dead.
  void kill_tree(pid_t root);
  void kill_all();

  // For those that control it: Program and settle().
  Page& page() { return *page_; }
  std::string file() const { return directory_ + "/clock"; }
  bool runs() const;
  // Some threads that seem to run wait for input inside the C library, as fgets does. Finds them, so that they count as
  // waiting until forget_readers(); true: there are more now.
  bool look_at_readers();
  // Have all of those waited ever since?
  bool readers_wait();
  void forget_readers() { readers_.clear(); }
  // Is there, for one that waits, already what it waits for? Then it is about to run.
  bool is_ready();
  // Wakes one whose deadline has come; false: nobody's has.
  bool wake_one_due();
  // Takes note of the dead, and tells their parents; true: there were some.
  bool bury();
  bool ends_now() const;  // is a process about to end?
  // A child has been started; what is known of an earlier one with the same number is forgotten.
  void begins(pid_t pid);
  // The status of a dead child, as waitpid has it.
  const int* status_of(pid_t pid) const;
  // Who runs and what it does, as a clause: "python3 (process 17) computes".
  std::string who_runs() const;

 private:
  int process_handle(pid_t pid);
  bool run_out_one_due_file();
  void free_slots_of(pid_t pid);
  void kick(Slot& slot);

  Options options_;
  std::string directory_;
  Page* page_ = nullptr;
  std::map<pid_t, int> handles_;                  // pidfds
  std::map<std::uint32_t, std::string> readers_;  // by slot: how long it had run when it was found waiting
  std::map<pid_t, int> statuses_;                 // of the dead
  std::vector<int> pipes_;                        // by which threads are woken, by slot
  pid_t watcher_ = -1;
  int lifeline_ = -1;  // the watcher reads its end
};

}  // namespace lockstep::virtual_time
