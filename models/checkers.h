// The property checkers. Each is a pure function of a history and of the bounds the run was held to, near
// linear in the number of events, but for S3 where many outcomes are unknown. `check_all` runs those asked for and
// gathers what they share once. They accuse only on what was seen: the event of a commit may be missing after a crash.
// Semantics, evidence and what counts as exercised: docs/notes/properties.md.
#pragma once

#include <utility>
#include <vector>

#include "models/history.h"
#include "models/verdict.h"

namespace lockstep::models {

// What the run was held to; the checkers take nothing else from outside the history.
struct Bounds {
  // Largest relative rate difference of two clocks, parts per billion.
  std::int64_t max_drift_ppb = 0;
  // L4: how late an answer or a loss signal may come on the own clock of a client that was not paused.
  Duration answer_slack{};
  Duration loss_slack{};
  // L1, L2: from the later of healing and asking, within this much true time beyond ttl(1+rho).
  Duration progress_slack{};
  // L2: each client asks for a lock within progress_slack of healing, unless it has nothing to ask: a store of its own
  // that does not open.
  bool each_client_asks = false;
  // L2: for so long a free lock may lie while somebody waits for it and nothing is wrong; zero: that is not judged. And
  // from when to when something was wrong that may hold it up, pauses and crashes aside.
  Duration hand_over_slack{};
  std::vector<std::pair<Instant, Instant>> hold_ups{};
  // How late a message may come that was under way when everything healed: it may still speak for a dead waiter.
  Duration lateness{};
  // S3: how long a place in the line is kept for somebody who does not ask for it again, and how long a server that
  // holds his request open may do so for him.
  Duration place_kept = std::chrono::seconds(2);
  // The store's deadlines are readings of one clock. False: each process that keeps the store has its own, and what
  // the history tells is a lower bound in true time.
  bool one_store_clock = true;
  // True instant at which the run was stopped.
  Instant end{};
};

using PropertySet = std::uint32_t;  // bit i is Property i
inline constexpr PropertySet kAllProperties = (1u << kPropertyCount) - 1;
constexpr PropertySet bit(Property property) { return 1u << static_cast<unsigned>(property); }

// S1: on the store's events and its clock. A lease of an earlier boot runs its full ttl again from the first
// opening of the store in the new one.
// Source: Gray and Cheriton 1989 (leases).
Verdict check_lease_exclusion(const History&, const Bounds&);

// S2: on the beliefs of clients, in true time, half open.
// Source: Gibbons and Korach 1997, Horn and Kroening 2015 (disjoint cores, lock by lock, are all there is to
// check).
Verdict check_belief_exclusion(const History&, const Bounds&);

// S3: on the answers that clients are given, lock by lock: see models/linear. A lock with so many unknown outcomes at a
// time that its budget does not suffice is not counted as exercised.
// Source: Wing and Gong 1993; Gibbons and Korach 1997; Horn and Kroening 2015 (lock by lock).
Verdict check_linearizable(const History&, const Bounds&);

// S4: on the answers of try_lock, or of lock in a history without any, and on the store's grants.
// Source: Lamport 1978 (real-time order); Burrows 2006 (Chubby's sequencers).
Verdict check_fencing_order(const History&, const Bounds&);

// S5: on the resource's own log.
// Source: Kleppmann 2016 (fencing against paused holders).
Verdict check_fenced_writes(const History&, const Bounds&);

// S6: on the store's renewals and releases, and on what clients were told.
// Source: etcd#22082 (a late release kills a newer hold).
Verdict check_ownership(const History&, const Bounds&);

// S7: on grants and tokens by attempt and by (attempt, request).
Verdict check_idempotence(const History&, const Bounds&);

// S8: at each opening of the store but the first, on what it recovers.
// Source: Pillai et al. 2014 (what is durable only by luck).
Verdict check_durability(const History&, const Bounds&);

// S9: on whatever an attempt does after its acquisition failed for good.
Verdict check_no_phantom_hold(const History&, const Bounds&);

// E1: on what subscribers are told, against the store's events, from the connection on until it is cut off.
Verdict check_events(const History&, const Bounds&);

// N1: on the lock that the store names for an attempt, and on the holder that a refusal names.
Verdict check_names(const History&, const Bounds&);

// L1 and L2: after `healed`; without it they are not exercised.
Verdict check_expiry(const History&, const Bounds&);
Verdict check_progress(const History&, const Bounds&);

// L3: on the store's grants and on the places in its line, on its clock.
Verdict check_fifo(const History&, const Bounds&);

// L4: on the clients' own clocks, while they were not paused.
Verdict check_timely(const History&, const Bounds&);

// L5: on attempts that belong to one acquisition of several locks.
// Source: Coffman, Elphick and Shoshani 1971 (circular wait).
Verdict check_deadlock_free(const History&, const Bounds&);

// One verdict per property in `which`, in the order of Property.
std::vector<Verdict> check_all(const History& history, const Bounds& bounds, PropertySet which = kAllProperties);

}  // namespace lockstep::models
