// What one pass over a history tells about each attempt, process and belief, gathered once and shared by all
// checkers, so that each of them is a short sweep. Says what was seen, judges nothing. The history must
// outlive it. Attempts, locks and processes are small dense ordinals: everything here is a vector indexed by
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "models/history.h"

namespace lockstep::models {

// "No such event": later than every index into History::events.
inline constexpr std::uint32_t kNever = ~std::uint32_t{0};

// Whether two attempts may hold one lock together, as far as their modes tell. Whether their permits fit is a matter
// of the capacity: Facts::fit.
constexpr bool compatible(Mode a, Mode b) { return a == b && a != Mode::exclusive; }

// Event fields are indices into History::events, kNever when there is no such event.
struct AttemptFacts {
  std::uint32_t lock = 0;
  std::uint32_t client = kNever;  // the process that asked
  std::uint32_t first = kNever;   // the first event of it, whatever it is
  std::uint32_t asked = kNever;   // invoke of Op::lock
  std::uint32_t answered = kNever;
  std::uint32_t granted = kNever;  // first granted event; may be missing although the store did grant
  std::uint32_t sign = kNever;     // first event that shows that the store has granted it
  // Ok of the acquisition: from here on a client may rely on the lease.
  std::uint32_t acknowledged = kNever;
  // Unlock asked, acquisition answered without a lease, or loss signalled. From here on a release may be
  // under way, and take effect without a `released` event when the server crashes between commit and event.
  std::uint32_t given_up = kNever;
  std::uint32_t last_belief = kNever;  // index into Facts::beliefs
  bool seen = false;
  bool believing = false;         // at the end of the history
  bool turned_away = false;       // the acquisition was refused, timed out or was cancelled
  Mode mode = Mode::exclusive;    // that was asked for
  std::uint32_t permits = 1;      // that it takes of a semaphore
  std::uint32_t group = 0;        // of attempts that are one acquisition of several locks
  std::uint32_t broken = kNever;  // the store's word that an administrator has ended the lease
  // The invoke of a renewal that makes a reader of a writer. From here on it may be either, for all a client knows.
  std::uint32_t downgraded = kNever;
  std::uint64_t token = 0;  // the first one seen
  Duration ttl{};
};

// One stretch of true time in which a client took a lease for its own. Half open: [from, to).
struct Belief {
  std::uint32_t attempt = 0;
  std::uint32_t process = 0;
  std::uint32_t began = kNever;  // its first `believes`
  std::uint32_t last = kNever;   // its last one: carries the deadline that counted
  std::uint32_t ended = kNever;  // belief_ended, lost, invoke of unlock or process_crashed
  Instant from{};
  Instant to = Instant::max();
};

struct Span {
  Instant from{};
  Instant to = Instant::max();
};

struct ProcessFacts {
  std::vector<Span> pauses;
  std::vector<std::uint32_t> crashes;  // events
  bool keeps_store = false;            // a server, or a client with the store built in
};

struct Facts {
  const History* history = nullptr;
  std::vector<AttemptFacts> attempts;   // by attempt; entry 0 is nobody's
  std::vector<ProcessFacts> processes;  // by process
  std::vector<Belief> beliefs;          // in the order in which they began
  // Events of the store and of the death of its servers, in order: what a fold over leases reads.
  std::vector<std::uint32_t> store;
  std::vector<std::uint32_t> store_crashes;  // of processes that keep the store, in order
  std::vector<std::uint32_t> breaks;         // by lock: the first time that an administrator asked to break it
  std::size_t locks = 0;                     // one more than the highest lock named
  std::uint32_t healed = kNever;
  bool has_try_lock = false;

  const Event& event(std::uint32_t index) const { return history->events[index]; }
  bool keeps_store(std::uint32_t process) const { return process < processes.size() && processes[process].keeps_store; }
  // Of a semaphore; 0: not known, or no semaphore.
  std::uint32_t capacity(std::uint32_t lock) const {
    return lock < history->capacities.size() ? history->capacities[lock] : 0;
  }
  // What the attempt holds after event `index`, if anything: a writer may have become a reader by then.
  Mode mode_at(std::uint32_t attempt, std::uint32_t index) const {
    const AttemptFacts& a = attempts[attempt];
    return a.mode == Mode::exclusive && a.downgraded <= index ? Mode::shared : a.mode;
  }
  // Whether the two attempts, of one lock, could hold it together by themselves, at event `index`.
  bool fit(std::uint32_t a, std::uint32_t b, std::uint32_t index) const;
  // The event from which on the lease may have been broken, with the store's word for it or, after a crash of the
  // store, without. kNever: it was not.
  std::uint32_t may_be_broken(std::uint32_t attempt) const;
  // The last crash of a process that keeps the store, before event `index`; kNever if there was none.
  std::uint32_t last_store_crash(std::uint32_t index) const;
  // Whether `process` was paused at any instant of [from, to], both ends included.
  bool paused_within(std::uint32_t process, Instant from, Instant to) const;
  // Whether `process` crashed at or after event `from`, and not later than the instant `to`.
  bool crashed_within(std::uint32_t process, std::uint32_t from, Instant to) const;
  // Whether somebody still waited for a grant to `attempt` at `at`, or had ceased to less than `grace`
  // before.
  bool awaited(std::uint32_t attempt, Instant at, Duration grace) const;
};

Facts gather(const History& history);

// d x (1 + ppb/10^9) and d x (1 - ppb/10^9), rounded away from d, and a sum that does not overflow.
Duration stretched(Duration d, std::int64_t ppb);
Duration shrunk(Duration d, std::int64_t ppb);
Instant after(Instant start, Duration d);

}  // namespace lockstep::models
