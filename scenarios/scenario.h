// A scenario: one whole experiment as a value. Which lock, who uses it when, what goes wrong when, and the seeds of
// the noise. A run is a function of it. The file format is docs/notes/scenario-format.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/verdict.h"
#include "sim/fault.h"
#include "sim/network.h"
#include "sim/storage_timing.h"

namespace lockstep::scenarios {

inline constexpr int kScenarioVersion = 1;

// How a client's use of a lock ends.
enum class Ending : std::uint8_t {
  release,  // gives the lock back when its time is over
  twice,    // gives it back, and then once more
  late,     // does not renew, waits until the lease is lost and somebody else may hold the lock, then gives it back
  forget,   // neither renews nor gives it back
  scope,    // a guard holds it, and gives it back when its scope is left
  thrown,   // the same, and what leaves the scope is an exception
};

// What a client does.
enum class Act : std::uint8_t {
  lock,        // acquires, holds, writes, ends
  look,        // asks who holds the lock, and lists all
  break_lock,  // as an administrator, ends whatever leases of the lock there are
  watch,       // listens to what happens to the lock, for as long as `hold`
};

// One use of a lock by one client: acquire, hold, write to the resource, end. Of a lock that is a semaphore it takes
// permits; of others it is a writer, or a reader.
struct Step {
  sim::TrueTime at;  // when the client begins; dropped if it is down at that instant
  std::uint32_t client = 0;
  std::uint32_t lock = 0;
  Act act = Act::lock;
  bool shared = false;                // as a reader
  std::uint32_t permits = 1;          // of a semaphore
  std::vector<std::uint32_t> also{};  // further locks to be held at the same time: all or none
  Duration ttl{};
  Duration wait{};           // wait limit; zero: try once
  Duration hold{};           // from the grant to the ending
  std::uint32_t writes = 0;  // to the fenced resource, spread over the hold
  bool renew = true;
  bool careless = false;    // goes on writing after the loss, as a paused holder would
  bool downgrade = false;   // half-way through the hold the writer becomes a reader
  Duration cancel_after{};  // gives up so long after asking, if not granted by then; zero: never
  Ending ending = Ending::release;
  friend bool operator==(const Step&, const Step&) = default;
};

struct HostSpec {
  Duration wall_offset{};
  std::int64_t drift_ppb = 0;  // of the monotonic clock
  std::int64_t wall_drift_ppb = 0;
  Duration uptime{};
  friend bool operator==(const HostSpec&, const HostSpec&) = default;
};

// What a stored story comes to on one lock.
struct Outcome {
  std::string backend;
  std::optional<models::Property> breaks;  // nothing: it keeps all that it claims
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct Scenario {
  std::string about;       // the story, for people
  std::string source;      // where it happened, or was told of
  std::string backend;     // a subject's name: "sqlite", "memory", a planted bug
  std::uint64_t seed = 0;  // of the noise streams: delays, losses, latencies, torn sectors
  // Hosts: 0 keeps the store, the last one the fenced resource, clients live where they say.
  std::vector<HostSpec> hosts;
  std::uint32_t servers = 1;                // server processes; 0: clients open the store themselves, on host 0
  std::vector<std::uint32_t> server_hosts;  // the host of each; empty: all on host 0
  // Every host mounts host 0's disk over the network: clients that open the store themselves may live anywhere.
  bool shared_disk = false;
  Duration mount_cache{};  // names, sizes and contents seen over the mount may be so old; zero: none is remembered
  std::vector<std::uint32_t> clients;  // the host of each
  std::uint32_t locks = 1;
  std::vector<std::uint32_t> capacities;  // of locks that are semaphores; 0, or not listed: of none
  std::uint32_t names = 0;  // 0: "A", "B", ...; else names that a careless store takes for the same, in some order
  sim::LinkNoise network;
  sim::StorageTiming storage;
  sim::TrueTime heal_at;  // faults end for good here, and liveness is checked from here on
  std::vector<Step> steps;
  std::vector<sim::Fault> faults;          // process targets count servers first, then clients, then the resource
  std::optional<models::Property> expect;  // a stored finding: the property that this scenario breaks
  std::vector<Outcome> outcomes;           // on other locks than `backend`

  friend bool operator==(const Scenario&, const Scenario&) = default;

  std::uint32_t processes() const { return servers + static_cast<std::uint32_t>(clients.size()) + 1; }
  std::uint32_t client_process(std::uint32_t client) const { return servers + client; }
  std::uint32_t resource_process() const { return processes() - 1; }
  std::uint32_t resource_host() const { return static_cast<std::uint32_t>(hosts.size()) - 1; }
  // Where a process lives.
  std::uint32_t host_of(std::uint32_t process) const {
    if (process < servers) return server_hosts.empty() ? 0 : server_hosts[process];
    return process == resource_process() ? resource_host() : clients[process - servers];
  }
  // Whether what a store keeps lies on the host's disk.
  bool keeps_store(std::uint32_t host) const {
    return server_hosts.empty() ? host == 0 : std::ranges::find(server_hosts, host) != server_hosts.end();
  }
};

// "server 0", "client 2", "resource".
std::string process_name(const Scenario& scenario, std::uint32_t process);
// Zero if it is no semaphore.
std::uint32_t capacity_of(const Scenario& scenario, std::uint32_t lock);
// "A", "B", ..., "L26"; or, if the scenario wants other names, locks 0 and 1, 2 and 3, ... have names that differ only
// in case, in the form of a letter, behind a zero byte, far behind the beginning, and so on.
std::string lock_name(const Scenario& scenario, std::uint32_t lock);

// Everything a scenario must fulfil to be run. The first thing that is wrong, with its place ("steps[3].client");
// nothing if it is well formed.
struct Flaw {
  std::string place;
  std::string what;
};
std::optional<Flaw> find_flaw(const Scenario& scenario);

}  // namespace lockstep::scenarios
