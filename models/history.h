// What a run records: one ordered stream of what clients asked and were told, what the store applied, what
// holders believed, what the fenced resource accepted, and which faults were active. A plain value: checkers
// read it, reports render it, JSON Lines carry it. No clock, no I/O, no knowledge of any backend.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace lockstep::models {

// An instant: nanoseconds of true (simulator) time since the world began.
using Instant = std::chrono::nanoseconds;
using Duration = std::chrono::nanoseconds;

// A reading of one host's monotonic clock. Readings of different boots or hosts do not compare.
struct ClockReading {
  std::uint32_t boot = 0;  // ordinal of the host's boot, from 0
  Duration value{};        // since that boot, on that host's own clock
  friend auto operator<=>(const ClockReading&, const ClockReading&) = default;
};

enum class EventType : std::uint8_t {
  // A client's view. Every invoke is followed by at most one of ok, fail (definite no), info (unknown).
  invoke,
  ok,
  fail,
  info,
  // A holder's belief.
  believes,      // the handle of `attempt` is now valid until `deadline` on the client's own clock
  belief_ended,  // that clock has passed the deadline (told by the simulator, even of a paused client)
  lost,          // the handle reported the loss by itself
  // The store's apply events, in the order of their effect; `clock` is the store's, `deadline` on that clock.
  granted,
  renewed,
  released,
  expired,
  broken,
  restarted,  // a store process has opened the store; `token` is the highest ever issued, as it reads it
  recovered,  // directly after `restarted`, one per lease that the store then holds: attempt, token, deadline
  repeated,   // a request with a known idempotency `key` came again and was answered from memory
  // Took a place in the line of `lock`, at its end, and keeps it until `deadline`. Of somebody who is there already:
  // keeps
  // his place until the new `deadline`. After `restarted` also one for each place kept, in the order of the line.
  queued,
  left,  // gave its place up, or let it lapse; who is granted leaves without saying so
  // A subscriber's view. What it was told of, in the order of the telling: `told` says what happened to `attempt`.
  // Op::watch: invoke and ok frame the time in which it is connected.
  notified,
  gap,  // it was told that it has missed something
  // The fenced resource's own log, in the order of its decisions.
  write_accepted,
  write_refused,
  // The world.
  process_started,
  process_crashed,
  process_paused,
  process_resumed,
  fault_began,  // `fault` is an index into the scenario's faults
  fault_ended,
  healed,  // once: from here on no fault is active and none will come
};

enum class Op : std::uint8_t {
  none,
  lock,      // a whole acquisition with its wait limit: asked by the application, answered by the library
  try_lock,  // one request of it to the store
  renew,
  unlock,
  inspect,
  write,       // a write to the fenced resource
  break_lock,  // an administrator ends whatever leases there are
  watch,       // a subscription to what happens to a lock
};

enum class Mode : std::uint8_t { exclusive, shared, permits };

// Why an operation ended as it did, or a lease was lost.
enum class Reason : std::uint8_t {
  none,
  refused,    // held by somebody else
  timed_out,  // the wait limit passed
  cancelled,
  not_held,     // unlock: nothing to release
  lost,         // renew: the lease has ended
  expired,      // loss signal: the belief deadline passed
  stale_token,  // the resource refused
  unreachable,  // no answer
  failed,       // definite error
  broken,       // renew, loss signal: an administrator has ended the lease
};

struct Event {
  Instant at{};
  EventType type{};
  Op op = Op::none;
  Reason reason = Reason::none;
  Mode mode = Mode::exclusive;
  std::uint32_t process = 0;  // index into History::processes
  std::uint32_t lock = 0;     // index into History::locks
  std::uint32_t attempt = 0;  // from 1; 0 means none
  std::uint32_t request = 0;  // within the attempt; (attempt, request) is the idempotency key
  std::uint32_t permits = 1;
  std::uint64_t token = 0;  // fencing token; 0 means none
  Duration ttl{};
  Duration wait{};          // wait limit of a lock operation
  ClockReading clock{};     // the recording process's own clock at the event
  ClockReading deadline{};  // on the same clock
  Duration lag{};           // of a store's event: how long before the telling `clock` was read, on that clock
  std::uint32_t fault = 0;
  // Several locks at once: the attempts of one acquisition of all of them have one group. 0: none.
  std::uint32_t group = 0;
  // try_lock refused: the attempt that the answer named as the first holder. 0: none was named.
  std::uint32_t holder = 0;
  EventType told{};  // of `notified`
};

struct Process {
  enum class Role : std::uint8_t { client, server, resource };
  std::string name;  // "client 2"
  Role role = Role::client;
  std::uint32_t host = 0;
};

// Events are in the order in which they happened; equal instants keep that order.
struct History {
  std::vector<Process> processes;
  std::vector<std::string> locks;         // their names, any bytes
  std::vector<std::uint32_t> capacities;  // by lock: of a semaphore; 0, or not listed: of no semaphore
  std::vector<Event> events;
};

}  // namespace lockstep::models
