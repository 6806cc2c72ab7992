// The world: hosts with clocks and disks, processes that crash and start again, the network between them, and the
// faults that strike at their appointed times. Knows the seams, never a lock. Single-threaded; a world is a function
// of its options, its programs and its faults, and its trace proves it.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "impl/env/random.h"
#include "sim/disk.h"
#include "sim/fault.h"
#include "sim/frame_cache.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/scheduler.h"
#include "sim/trace.h"

namespace lockstep::sim {

// Told of what happens to processes and of faults, at the instant at which it happens.
class WorldObserver {
 public:
  enum class Change : std::uint8_t { started, crashed, paused, resumed };
  virtual ~WorldObserver() = default;
  virtual void process_changed(std::uint32_t process, Change change) = 0;
  virtual void fault_changed(std::uint32_t fault, bool began) = 0;
};

class World {
 public:
  struct Options {
    std::uint64_t seed = 0;
    LinkNoise noise;
    StorageTiming storage;
    DiskOptions disk;
    // Every host mounts host 0's disk over the network, a hard mount: processes of other hosts wait while they cannot
    // reach it. What it remembers there is remembered by each of the others for itself.
    bool shared_disk = false;
    MountCaching mount_caching;
    NoiseFork fork;
  };
  struct HostOptions {
    Duration wall_offset{};      // from the true date
    std::int64_t drift_ppb = 0;  // of the monotonic clock
    std::int64_t wall_drift_ppb = 0;
    Duration uptime{};  // reading of the monotonic clock when the world begins
  };

  World(const Options& options, WorldObserver& observer);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::uint32_t add_host(const HostOptions& options);
  std::uint32_t add_process(std::string name, std::uint32_t host, Process::Program program);
  // Starts every process and arms every fault. Once, after all hosts and processes have been added.
  void start(const std::vector<Fault>& faults);
  void run_until(TrueTime limit);
  // Ends every active fault for good and cancels those still to come: links open, processes up and running, clocks
  // at rate one and going.
  void heal();
  // Ends every process at once, unrecorded: what programs refer to may be destroyed after it.
  void end();

  TrueTime now() const { return scheduler_.now(); }
  Scheduler& scheduler() { return scheduler_; }
  Trace& trace() { return trace_; }
  Network& network() { return network_; }
  Host& host(std::uint32_t index) { return *hosts_[index]; }
  Process& process(std::uint32_t index) { return *processes_[index]; }
  std::uint32_t processes() const { return static_cast<std::uint32_t>(processes_.size()); }
  RandomStream random() const { return random_; }
  // Fires on the host's monotonic clock whatever its processes do; abandoned when the host reboots.
  void watch(std::uint32_t host, Timer& timer, MonoTime deadline);
  // How often a fault of the schedule really struck, by kind.
  const std::vector<std::uint64_t>& activations() const { return activations_; }

 private:
  struct Strike;
  void begin(std::uint32_t fault);
  void end(std::uint32_t fault);
  void apply(const Fault& fault, int sign);
  void apply_to_links(const Fault& fault, int sign);
  void trouble(std::uint32_t from, std::uint32_t to, const Fault& fault, int sign);
  void hold_down(Process& process, int sign);
  void hold_paused(Process& process, int sign);
  void hold_host_down(Host& host, int sign);
  void start_process(Process& process);
  void crash_process(Process& process);
  void set_clocks(Host& host);
  void routes_changed();

  RandomStream random_;
  WorldObserver& observer_;
  Options options_;
  Trace trace_;
  Scheduler scheduler_;
  FrameCache frames_;
  asio::execution_context context_;
  Network network_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<Fault> faults_;
  std::vector<std::uint8_t> active_;
  std::vector<std::unique_ptr<Strike>> strikes_;
  std::vector<std::uint64_t> activations_ = std::vector<std::uint64_t>(kFaultKinds);
  std::uint64_t incarnations_ = 0;
};

}  // namespace lockstep::sim
