// What a backend promises about itself. A campaign within claims holds it to every property under the faults that it
// claims to survive; beyond them a violation is a finding about limits, not a bug.
#pragma once

#include <cstdint>

namespace lockstep {

struct Claims {
  bool durable = false;  // leases and tokens survive a crash of the process that keeps them
  bool survives_power_loss = false;
  bool survives_full_disk = false;  // answers with errors while its disk is full, and goes on afterwards
  bool survives_io_errors = false;  // its disk may fail reads, writes and syncs, and lose what it failed to sync
  bool shared_store = false;        // several processes of a host may keep the same store
  bool leases_end = true;           // by themselves, after their ttl; false: with their client's process, if ever
  bool fencing = true;              // issues tokens that increase
  bool renewal = true;
  bool wall_clock_immune = true;  // wall clocks may do anything
  bool on_machine_time = false;   // it reads the machine's clocks, to which a simulation can do nothing
  bool shared_mode = false;
  bool permits = false;
  bool fair = false;            // grants in order of arrival
  bool administration = false;  // lists and breaks locks
  bool events = false;          // tells subscribers what happens
  // Largest relative difference in rate of two monotonic clocks, in parts per billion, at which belief stays safe.
  std::int64_t max_drift_ppb = 0;
};

}  // namespace lockstep
