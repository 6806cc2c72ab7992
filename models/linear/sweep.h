// Whether one sequential lock could have given the answers of a log: decided in one sweep over its events, holding only
// those states of the lock that are still possible. Exact for mutexes, locks of readers and writers and semaphores,
// with refusals, inspections and unknown outcomes; near linear unless many unknown outcomes pend at once or permits of
// different weights are refused. docs/notes/checking-locks.md says why it is right.
// Source: Wing and Gong 1993; Gibbons and Korach 1997; Lowe 2017 (linearization just before a return).
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "models/linear/log.h"

namespace lockstep::linear {

// What is known of an attempt from the whole log.
struct Hold {
  enum class Kind : std::uint8_t {
    never,    // it was refused, or ended without effect
    granted,  // for certain
    ghost,    // for all that its client knows it may have been granted, at some time
  };
  Kind kind = Kind::never;
  std::uint32_t acquired = kNone;  // the operation
  Instant from = kNever;           // when it was asked for
  Instant granted_by = kNever;     // return of the grant
  std::uint64_t weight = 1;        // permits, of the lock's capacity
  Instant ttl = 0;                 // of its grant; 0: it does not end by itself
  Instant sure_until = kNever;     // it cannot have ended by itself before
  std::uint32_t rank = kNone;      // its turn among the lock's grants that have a token, by token
  Instant releasable = kNever;     // from then on a release may take effect
  Instant released_by = kNever;    // until then one has
  Instant last_asked = kNever;     // when the last of its operations that change something was asked for
  // Until then somebody may be told whether this very attempt holds, beyond its grant and its release.
  Instant watched_until = std::numeric_limits<Instant>::min();
  Instant seen_until = std::numeric_limits<Instant>::min();  // that it does
};

// One state in which the lock may be, and what is left of how it came to it.
struct State {
  std::vector<std::uint32_t> holders;  // in rising order
  std::vector<Instant> ends;           // of each: its lease cannot have ended by itself before
  std::vector<std::uint32_t> over;  // of those that may not have held yet, who held and hold no more; in rising order
  std::vector<std::uint32_t> seen;  // open operations of other kinds that it has explained already, in rising order
  std::uint64_t held = 0;           // their weights
  Instant since = std::numeric_limits<Instant>::min();  // the last change cannot have happened before
  // When an attempt of a weight (by index into LockShape::refused_weights) last met a full lock, and when the lock was
  // last free; of the time before the last change, since whatever is so now is so.
  std::vector<Instant> full;
  Instant free = 0;
  std::vector<Instant> room;  // likewise, by index into LockShape::ghost_weights: when it last had room for one
  // By weight: it has been full since before this, for all that was answered, so that it cannot have ceased to be
  // before.
  std::vector<Instant> owed;
};

// What the whole log tells of a lock.
struct LockShape {
  std::vector<std::uint64_t> refused_weights;  // of attempts that were refused, without repetition
  std::vector<std::uint64_t> ghost_weights;    // of attempts of unknown outcome, likewise
  std::vector<Instant> breaks_asked;           // when, in rising order
  bool leases = false;                         // some end by themselves
  bool all_exclusive = true;                   // each attempt takes it all
};

struct SweepBudget {
  std::size_t states = 4096;        // possible at one time
  std::uint64_t steps = 1'000'000;  // tried in all
};

class Sweep {
 public:
  // `log` and `holds`, which are of all its locks, must outlive it.
  Sweep(const Log& log, const std::vector<Hold>& holds, std::uint32_t lock, LockShape shape, SweepBudget budget);

  // The next event of the log, one of this lock. False: no state explains it; nothing may be taken after that.
  bool take(std::uint32_t event);

  // The states that were possible before the last event taken.
  const std::vector<State>& states() const { return states_; }
  // Whether states were left out, so that a failure proves nothing.
  bool gave_up() const { return gave_up_; }
  // Leases of readers or of permits, where a failure is no proof yet: see docs/notes/checking-locks.md.
  bool leans() const { return lean_; }
  std::size_t most_states() const { return most_states_; }

 private:
  // What a state has to have come to, at an instant at which something returns.
  struct Goal {
    enum class Kind : std::uint8_t { held, over, not_held, full, free, done } kind{};
    std::uint32_t hold = kNone;
    std::uint32_t operation = kNone;
    std::size_t weight = 0;  // index into weights_
    Instant since = 0;
  };

  void invoked(std::uint32_t operation);
  bool returned(std::uint32_t operation);
  void appear(std::uint32_t ghost, bool watched);
  bool grant_returned(Goal goal);
  bool refusal_returned(Goal goal);
  bool release_returned(Goal goal);
  void learn_not_before(const Operation& op);
  bool reach(const Goal& goal);
  bool has_other_reasons(const Goal& goal) const;
  void search_other_reasons(const Goal& goal);
  bool is_reached(const State& s, const Goal& goal) const;
  void lean(State& s, const Goal& goal) const;
  bool is_plain(const State& s, const Goal& goal) const;
  void go_straight(const State& s, const Goal& goal);
  void search(const State& s, const Goal& goal);
  bool need_not_have_held(const State& s, const Goal& goal) const;
  void visit(State&& s, const Goal& goal);
  void releases(const State& s, const Goal& goal);
  void grants(const State& s, const Goal& goal);
  void ends_full(const State& before, State&& after, const Goal& goal);
  void grant(const State& s, std::uint32_t hold, const Goal& goal);
  State granted(State s, std::uint32_t hold) const;
  State released(State s, std::uint32_t hold, Instant from) const;
  State renewed(State s, std::uint32_t operation) const;
  State broken(State s, std::uint32_t operation) const;
  void end(State& s, std::uint32_t hold) const;
  void advance(State& s, Instant from) const;
  bool may_break_by(Instant until) const;
  bool filling_helps(const State& s, const Goal& goal) const;
  bool has_its_turn(const State& s, std::uint32_t hold) const;
  void mark(State& s) const;
  void prune();
  bool all_pass(const State& s) const;
  bool passes(const State& s, std::uint32_t ghost) const;
  bool passes_as_many(const State& a, const State& b) const;
  bool helps_to_fill(const State& s, std::uint32_t hold) const;
  bool can_become(const State& a, const State& b) const;
  bool explains_as_much(const State& a, const State& b) const;
  bool holds(const State& s, std::uint32_t hold) const;
  bool is_over(const State& s, std::uint32_t hold) const;
  bool refuses(std::uint64_t held, std::uint64_t weight) const { return held + weight > capacity_; }
  bool may_release(std::uint32_t hold) const { return holds_[hold].releasable <= now_; }
  // Whether a state remembers that the attempt has held and is over: of any other that does not hold, it is plain.
  bool is_tracked(std::uint32_t hold) const;
  Instant granted_until(std::uint32_t hold) const {
    return std::min(holds_[hold].granted_by, holds_[hold].released_by);
  }
  bool may_end_early(std::uint32_t hold) const { return holds_[hold].releasable <= holds_[hold].granted_by; }
  // Nothing more will be asked about a ghost, and what was asked has no answer: one like it is as good as another.
  bool is_forgotten(std::uint32_t ghost) const {
    const Hold& hold = holds_[ghost];
    return hold.released_by == kNever && hold.last_asked <= now_ && !is_watched(ghost);
  }
  bool is_watched(std::uint32_t hold) const { return holds_[hold].watched_until >= now_; }

  const Log& log_;
  const std::vector<Hold>& holds_;
  std::uint64_t capacity_;
  std::vector<std::uint64_t> weights_, ghost_weights_;
  std::vector<Instant> breaks_asked_;  // when, of the whole log, in rising order
  bool leases_;
  bool ends_otherwise_ = false;  // holds may end by more than a release
  // Leases and room for some but not for all: what a refusal leans on has to be remembered.
  bool lean_ = false;
  SweepBudget budget_;

  Instant now_ = 0;
  std::vector<State> states_, next_, visited_;
  std::vector<std::uint32_t> waiting_;           // certain grants that have not returned, by when they must have been
  std::vector<std::uint32_t> ghosts_;            // in the order in which they were asked for
  std::vector<std::uint32_t> lasting_;           // ghosts that nobody will ever release or ask about, by weight
  std::uint32_t early_ = 0;                      // of those, who may be released before
  std::uint32_t ranked_ = 0;                     // grants with a token that have returned
  std::vector<std::uint32_t> refusals_;          // open: operations
  std::vector<std::uint32_t> watching_;          // open operations that tell of one hold
  std::vector<std::uint32_t> breaks_;            // that may still take effect
  std::vector<std::uint32_t> renewals_;          // open ones that certainly did
  std::map<std::uint32_t, Instant> not_before_;  // with leases: by hold, where it has not been granted yet
  std::uint32_t frees_ = 0;                      // open inspections that saw the lock free
  bool gave_up_ = false;
  std::size_t most_states_ = 1;
};

}  // namespace lockstep::linear
