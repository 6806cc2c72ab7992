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

#include "models/linear/holds.h"
#include "models/linear/log.h"
#include "models/linear/renumbering.h"

namespace lockstep::linear {

// One state in which the lock may be, and what is left of how it came to it.
struct State {
  std::vector<std::uint32_t> holders;  // in rising order
  std::vector<Instant> ends;           // of each: its lease cannot have ended by itself before
  std::vector<std::uint32_t> over;  // of those that may not have held yet, who held and hold no more; in rising order
  std::vector<std::uint32_t> seen;  // open operations of other kinds that it has explained already, in rising order
  std::vector<std::uint32_t> lowered;  // of the holders, writers who are readers by now; in rising order
  std::uint64_t held = 0;              // their weights
  Instant since = std::numeric_limits<Instant>::min();  // the last change cannot have happened before
  // When an attempt of a weight (by index into LockShape::refused_weights) last met a full lock, and when the lock was
  // last free; of the time before the last change, since whatever is so now is so.
  std::vector<Instant> full;
  Instant free = 0;
  std::vector<Instant> room;  // likewise, by index into LockShape::ghost_weights: when it last had room for one
  // By weight: it has been full since before this, for all that was answered, so that it cannot have ceased to be
  // before.
  std::vector<Instant> owed;
  std::uint32_t path = kNone;  // the last of the steps that led to it, if they are kept
};

// One change on the way to a state.
struct Step {
  enum class Kind : std::uint8_t { granted, ended, renewed, lowered, broken } kind{};
  std::uint32_t what = kNone;    // granted, ended: the hold; otherwise the operation
  std::uint32_t before = kNone;  // the step before it
  Instant latest = 0;            // it happened no later
};

// From a step on, by its index, states call a ghost by the name of any other of its group.
struct Alias {
  std::uint32_t ghost = kNone;
  std::uint32_t group = 0;
  std::size_t from = 0;
};

struct SweepBudget {
  std::size_t states = 4096;  // possible at one time
  // Comparisons of states; each event brings kStepsOfEvent more. A million take about a tenth of a second.
  std::uint64_t steps = 20'000'000;
};
inline constexpr std::uint64_t kStepsOfEvent = 64;

class Sweep {
 public:
  // `log` and `holds`, which are of all its locks, must outlive it.
  Sweep(const Log& log, const Holds& holds, std::uint32_t lock, LockShape shape, SweepBudget budget);

  // The next event of the log, one of this lock. False: no state explains it; nothing may be taken after that.
  bool take(std::uint32_t event);

  // The states that were possible before the last event taken.
  const std::vector<State>& states() const { return states_; }
  // Whether states were left out, so that a failure proves nothing.
  bool gave_up() const { return gave_up_; }
  // Before the first event: keeps every step that was tried, so that a linearization can be told.
  void keep_steps() { keeps_steps_ = true; }
  const std::vector<Step>& steps() const { return steps_; }
  const std::vector<Alias>& aliases() const { return aliases_; }
  std::size_t most_states() const { return most_states_; }

  // Of a log that grows. Once it is asked for.
  void foresee(const Operation& operation);
  // Before the invocation of `operation` is taken, once its answer, or that it has none, is known.
  void learn(const Operation& operation);
  // From now on nothing new is asked about `hold`: see Hold::closed.
  void close(std::uint32_t hold) { join(hold); }
  // From now on a failure proves nothing.
  void doubt() { gave_up_ = true; }
  // What it still needs, and its new numbers.
  void keep(Renumbering& kept) const;
  void renumber(const Renumbering& to);

 private:
  // What a state has to have come to, at an instant at which something returns.
  struct Goal {
    enum class Kind : std::uint8_t { held, over, not_held, told, full, free } kind{};
    std::uint32_t hold = kNone;
    std::uint32_t operation = kNone;
    std::size_t weight = 0;  // index into weights_
    Instant since = 0;
  };

  // Ghosts of which one is as good as another. In each state the first of them are over, and the next ones hold.
  struct Group {
    std::uint64_t weight = 0;
    bool may_end = false;
    std::vector<std::uint32_t> ghosts;
    std::size_t used_up = 0;  // so many, from the front, are over in every state: no state names them any more
  };

  void end_otherwise();
  void invoked(std::uint32_t operation);
  bool returned(std::uint32_t operation);
  void appear(std::uint32_t ghost);
  void join(std::uint32_t ghost);
  bool is_alike(std::uint32_t ghost) const;
  void make_alike(State& s, std::uint32_t group) const;
  void use_up();
  void forget_renewals();
  void watch(std::uint32_t operation);
  bool grant_returned(Goal& goal);
  bool refusal_returned(Goal& goal);
  bool release_returned(Goal& goal);
  void learn_not_before(const Operation& op);
  bool reach(const Goal& goal);
  bool has_other_reasons(const Goal& goal) const;
  void search_other_reasons(const Goal& goal);
  bool is_reached(const State& s, const Goal& goal) const;
  void lean(State& s, const Goal& goal) const;
  bool is_plain(const State& s, const Goal& goal) const;
  void go_straight(const State& s, const Goal& goal);
  bool go_in_place(const Goal& goal);
  void search(const State& s, const Goal& goal);
  bool need_not_have_held(const State& s, const Goal& goal) const;
  void visit(State&& s, const Goal& goal);
  struct End {
    std::uint32_t hold;
    Instant from;
    bool alike;
  };
  std::vector<End> ends_to_try(const State& s, const Goal& goal) const;
  void releases(const State& s, const Goal& goal);
  void grants(const State& s, const Goal& goal);
  void ghosts(const State& s, const Goal& goal, bool fills);
  void ends_full(const State& before, State&& after, const Goal& goal, const Operation* renewal = nullptr);
  void grant(const State& s, std::uint32_t hold, const Goal& goal);
  void hand_over(State& s, std::uint32_t hold);
  void take_back(State& s, std::uint32_t hold, Instant from);
  State granted(State s, std::uint32_t hold);
  State released(State s, std::uint32_t hold, Instant from);
  void renewals(const State& s, const Goal& goal);
  State renewed(State s, std::uint32_t operation);
  void prolong(State& s, const Operation& renewal) const;
  State lowered(State s, std::uint32_t operation);
  State broken(State s, std::uint32_t operation);
  void end(State& s, std::uint32_t hold) const;
  Instant ends_of(const Hold& hold, Instant since) const;
  void step(State& s, Step::Kind kind, std::uint32_t what);
  void advance(State& s, Instant from) const;
  bool may_break_by(Instant until) const;
  bool filling_helps(const State& s, const Goal& goal) const;
  bool has_its_turn(const State& s, std::uint32_t hold) const;
  bool missed_its_turn(const State& s, std::uint32_t hold) const;
  void mark(State& s) const;
  void see(State& s) const;
  bool agrees(const State& s, const Operation& op) const;
  bool tells_of_holds(const Operation& op) const;
  void prune();
  bool all_pass(const State& s) const;
  bool passes(const State& s, std::uint32_t ghost) const;
  bool passes_as_many(const State& a, const State& b) const;
  bool helps_to_fill(const State& s, std::uint32_t hold) const;
  std::uint64_t granted_first(const State& a, const State& b, std::uint32_t hold) const;
  bool can_become(const State& a, const State& b);
  bool explains_as_much(const State& a, const State& b) const;
  bool refusal_is_open(const State& s, std::uint64_t held) const;
  std::size_t index_of(std::uint64_t refused_weight) const;
  std::uint64_t weight(const State& s, std::uint32_t hold) const {
    return std::ranges::binary_search(s.lowered, hold) ? 1 : holds_[hold].weight;
  }
  bool holds(const State& s, std::uint32_t hold) const { return std::ranges::binary_search(s.holders, hold); }
  bool is_over(const State& s, std::uint32_t hold) const { return std::ranges::binary_search(s.over, hold); }
  bool refuses(std::uint64_t held, std::uint64_t weight) const { return held + weight > capacity_; }
  bool may_release(std::uint32_t hold) const { return holds_[hold].releasable <= now_; }
  // Whether a state remembers that the attempt has held and is over: of any other that does not hold, it is plain.
  bool is_tracked(std::uint32_t hold) const { return holds_[hold].kind == Hold::Kind::ghost || is_awaited(hold); }
  // Whether by now some answer shows that it has held, and whether no such answer has been taken yet.
  bool has_held(std::uint32_t hold) const;
  bool is_awaited(std::uint32_t hold) const {
    return std::ranges::find(waiting_, hold) != waiting_.end() || std::ranges::find(ghosts_, hold) != ghosts_.end();
  }
  Instant granted_until(std::uint32_t hold) const {
    return std::min(holds_[hold].granted_by, holds_[hold].released_by);
  }
  // When it can have ended at the earliest, by a release or by itself.
  Instant may_end_from(std::uint32_t hold) const {
    const Hold& h = holds_[hold];
    return h.ttl == 0 ? h.releasable : std::min(h.releasable, h.from + h.ttl);
  }
  Instant may_end_from(const State& s, std::uint32_t hold) const;
  bool may_end_early(std::uint32_t hold) const { return may_end_from(hold) <= holds_[hold].granted_by; }
  // Nothing more will be asked about a ghost, and what was asked has no answer: one like it is as good as another.
  bool is_forgotten(std::uint32_t ghost) const {
    const Hold& hold = holds_[ghost];
    return hold.closed && hold.released_by == kNever && hold.last_asked <= now_ && !is_watched(ghost) &&
           std::ranges::none_of(renewals_, [&](std::uint32_t o) { return log_.operations[o].hold == ghost; });
  }
  bool is_watched(std::uint32_t hold) const {
    return holds_[hold].watched_until >= now_ || holds_[hold].open_questions > 0;
  }

  const Log& log_;
  const Holds& holds_;
  std::uint64_t capacity_;
  std::vector<std::uint64_t> weights_, ghost_weights_;
  std::vector<Instant> breaks_asked_;  // when, of the whole log, in rising order
  bool ends_otherwise_ = false;        // holds may end or shrink by more than a release
  bool timed_ = false;                 // leases last from their grant, so that it matters when that was
  bool all_exclusive_ = true;
  // Leases and room for some but not for all: what a refusal leans on has to be remembered.
  bool lean_ = false;
  SweepBudget budget_;

  Instant now_ = 0;
  bool answers_ = false;  // what happens now is an answer: all that is asked by now is known
  std::vector<State> states_, next_;
  std::map<std::pair<std::vector<std::uint32_t>, std::vector<std::uint32_t>>, std::vector<State>> visited_;
  std::vector<std::uint32_t> waiting_;  // certain grants that have not returned, by when they must have been
  std::vector<std::uint32_t> ghosts_;   // in the order in which they were asked for; without those in groups_
  std::vector<Group> groups_;
  std::map<std::uint32_t, std::uint32_t> group_of_;
  std::uint64_t token_ = 0;                      // the highest of a grant that has returned
  std::vector<std::uint32_t> refusals_;          // open: operations
  std::vector<std::uint32_t> watching_;          // open operations that tell of single holds
  std::vector<std::uint32_t> breaks_;            // that may still take effect
  std::vector<std::uint32_t> renewals_;          // open ones that certainly did, and what may make readers of writers
  std::map<std::uint32_t, Instant> not_before_;  // with leases: by hold, where it has not been granted yet
  std::uint32_t frees_ = 0;                      // open inspections that saw the lock free
  bool gave_up_ = false, keeps_steps_ = false;
  std::size_t most_states_ = 1;
  std::vector<Step> steps_;
  std::vector<Alias> aliases_;
};

}  // namespace lockstep::linear
