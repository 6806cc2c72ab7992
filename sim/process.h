// A simulated process and its incarnations. An incarnation is what a program sees: its clocks, its executor, its
// endpoint, its blocking lane, its randomness. A crash ends the incarnation: its coroutines are destroyed, its
// blocking work runs out with every storage call failing, and nothing it holds reaches the outside any more.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "impl/env/async.h"
#include "impl/env/network.h"
#include "impl/env/random.h"
#include "sim/disk.h"
#include "sim/executor.h"
#include "sim/fiber_lane.h"
#include "sim/host_clock.h"
#include "sim/mount_cache.h"
#include "sim/network.h"

namespace lockstep::sim {

struct Host {
  std::uint32_t index = 0;
  HostClock clock;
  HostStorage storage;
  std::unique_ptr<Disk> disk;
  std::unique_ptr<MountCache> cache;  // of another host's disk, if this one mounts it and remembers anything
  Owner watchers;                     // of the host's monotonic clock, whatever its processes do
  std::int64_t drift_ppb = 0;
  std::int64_t wall_drift_ppb = 0;
  int monotonic_freezes = 0;
  int wall_freezes = 0;
  int down = 0;
};

class Incarnation;

// One address of an incarnation, and what has arrived there.
class SimEndpoint final : public Endpoint, private Inbox {
 public:
  SimEndpoint(Incarnation& owner, Network& network, Address address);
  Address address() const override { return address_; }
  void send(Address to, Bytes payload) override;
  std::optional<Message> poll() override;
  Signal& arrival() override { return arrival_; }
  void close();

 private:
  void arrive(Message message) override;

  Network& network_;
  Address address_;
  Signal arrival_;
  std::deque<Message> inbox_;
  bool open_ = true;
};

class Incarnation final : public ExecutorTarget, public Clock {
 public:
  struct Parts {
    asio::execution_context& context;
    Scheduler& scheduler;
    Trace& trace;
    Network& network;
    Host& host;
    Host& storage_host;  // whose disk it uses; another one's it mounts over the network
    std::uint32_t process;
    std::uint64_t number;  // unique among all incarnations of the world
    Address address;
    Address second_address;
    RandomStream random;
  };
  explicit Incarnation(const Parts& parts);
  ~Incarnation() override;

  Executor executor() { return SimExecutor(*this); }
  BlockingLane& lane() { return lane_; }
  StorageGate& gate() { return lane_; }
  // For work in the lane: see FiberLane.
  bool rest(Duration time) { return lane_.rest(time); }
  Disk& disk() { return *storage_host_.disk; }
  // How this process sees its disk.
  MountOptions mount() const { return {.network = &storage_host_ != &host_, .cache = host_.cache.get()}; }
  Host& host() { return host_; }
  const Host& host() const { return host_; }
  Random& random() { return random_; }
  std::uint64_t number() const { return number_; }

  MonoTime monotonic() const override { return MonoTime(host_.clock.monotonic.read(scheduler_.now())); }
  WallTime wall() const override { return WallTime(host_.clock.wall.read(scheduler_.now())); }
  BootId boot() const override { return host_.clock.boot_id; }
  void arm(Timer& timer, MonoTime deadline) override;
  void expedite(Timer& timer) override { scheduler_.expedite(timer); }
  void disarm(Timer& timer) override { scheduler_.remove(timer); }

  // A process has two addresses: one for lock traffic, one for everything else.
  Endpoint& endpoint() { return endpoint_; }
  Endpoint& second_endpoint() { return second_endpoint_; }

  void heal_storage() { lane_.heal(); }
  void route_changed() { lane_.route_changed(); }

  // Ends the incarnation at this instant. Must not be called from within its own code.
  void die();

 private:
  Host& host_;
  Host& storage_host_;
  std::uint64_t number_;
  InstantStream random_;
  FiberLane lane_;
  SimEndpoint endpoint_;
  SimEndpoint second_endpoint_;
  bool alive_ = true;
};

// Arms `timer` on a host's monotonic clock, wherever that clock stands or however it runs.
void arm_on_host(Scheduler& scheduler, const Host& host, Owner& owner, Timer& timer, MonoTime deadline);

struct Process {
  using Program = std::function<Awaitable<void>(Incarnation&)>;
  std::uint32_t index = 0;
  std::string name;
  std::uint32_t host = 0;
  Program program;
  Address address() const { return {host, static_cast<std::uint16_t>(2 * index + 1)}; }
  Address second_address() const { return {host, static_cast<std::uint16_t>(2 * index + 2)}; }
  std::unique_ptr<Incarnation> running;
  std::uint32_t starts = 0;
  int down = 0;    // faults that keep it down
  int paused = 0;  // faults that keep it paused
};

}  // namespace lockstep::sim
