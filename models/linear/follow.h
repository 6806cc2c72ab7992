// The judge of a log that still grows: the same verdicts, as soon as they are certain, in the memory that open
// operations need. An event is judged once everything asked for up to then has been answered, so one that is never
// answered holds back the rest, but only for Rules::patience: then its outcome counts as unknown.
//
// What it costs: an answer that comes after that is used if it says that something was released, and is left out
// otherwise, and so is a grant to an attempt whose outcome was unknown before; who asks about an attempt of unknown
// outcome after another patience makes a later failure to explain undecided; and who is over, or was refused, is
// forgotten after a while. So the verdict is never harsher than that of the whole log.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "models/linear/holds.h"
#include "models/linear/lock_judge.h"
#include "models/linear/log.h"
#include "models/linear/renumbering.h"

namespace lockstep::linear {

class Follow {
 public:
  struct Rules {
    Instant patience = 10'000'000'000;  // of the log's own time
    SweepBudget budget;
  };

  // `log` must outlive it, and has to be empty of operations. Its owner adds to it, and tells what it added.
  Follow(const Log& log, const Rules& rules) : log_(log), rules_(rules) {}

  // In the order of the log's time. The operation has been added; has got its answer; will never have one.
  void asked(std::uint32_t operation);
  void answered(std::uint32_t operation);
  void will_not_be_answered(std::uint32_t operation);
  // Whether the answer that `operation` has just got is of no use any more: then its owner makes it unknown again.
  bool is_too_late(std::uint32_t operation) const;

  // Judges what can be, of what was before `now`, the time of the last event.
  void advance(Instant now);
  // As advance(), but of what was at `now` too: nothing more will be told of that time.
  void pass(Instant now);
  // Nothing will be added any more: judges all that is left.
  void finish();

  // Once many operations are of no more use: which are. The owner drops the others, and then says so.
  bool is_cluttered() const;
  Renumbering kept() const;
  void renumber(const Renumbering& to);

  const Log& log() const { return log_; }
  // One per lock so far.
  std::vector<Judgement> judgements() const;
  bool violated() const { return violated_; }
  std::uint64_t open() const { return open_.size(); }
  // The oldest question without an answer, which holds back what came after it; kNone: there is none.
  std::uint32_t first_open() const { return open_.empty() ? kNone : *open_.begin(); }
  // Locks whose verdict is given up for good.
  std::uint64_t undecided() const;
  Instant judged_up_to() const { return judged_up_to_; }
  std::uint64_t too_late() const { return too_late_; }
  std::uint64_t most_kept() const { return most_kept_; }

 private:
  void settle(std::uint32_t operation);
  void learn_hold(std::uint32_t hold);
  void judge_before(Instant horizon);
  void lose_patience(Instant now);
  LockJudge& judge_of(std::uint32_t lock);

  const Log& log_;
  Rules rules_;
  Holds holds_;
  std::deque<LockJudge> locks_;
  std::vector<std::uint32_t> pending_;    // events that were not judged yet, in order of time
  std::set<std::uint32_t> open_;          // operations that have no answer yet; in order of time
  std::set<std::uint32_t> late_;          // that were given up, but may still be answered
  std::deque<std::uint32_t> ghosts_;      // holds of unknown outcome that are not closed, by when they were given up
  std::set<std::uint32_t> unknown_once_;  // holds of which an acquisition had an unknown outcome
  std::vector<std::uint32_t> last_;       // by hold: its last operation
  std::vector<std::uint32_t> before_;     // by operation: the one before it of the same hold
  std::vector<Instant> touched_;          // by hold: when something was last asked or answered about it
  Instant judged_up_to_ = std::numeric_limits<Instant>::min() / 4;  // so that a little earlier can be told
  std::size_t kept_ = 0;  // operations that were kept when it was last tidied up
  std::uint64_t too_late_ = 0, most_kept_ = 0;
  bool violated_ = false;
};

}  // namespace lockstep::linear
