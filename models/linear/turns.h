// The attempts at one lock that were granted or waited, and what the log proves about their order: that one was
// granted before another, or while another stood in line.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/linear/log.h"
#include "models/linear/stays.h"

namespace lockstep::linear {

struct Turn {
  enum class End : std::uint8_t {
    granted,
    gave_up,     // it was not granted
    unanswered,  // it waits when the log ends
    unknown,     // it may have been granted, at any time since it was asked for; nobody need wait for the answer
  };
  std::uint32_t op = kNone;
  End end = End::unknown;
  bool waits = false;          // and was not tried again
  bool may_have_left = false;  // the line, at `from` at the earliest, without a grant
  Instant asked = 0;
  Instant told = kNever;  // granted: by then; gave up: it has certainly left the line
  // Certainly not granted before: until then it stands in line, once it has reached it. Of one that gave up, or may
  // have done so without having been told yet: until then it had not left the line.
  Instant from = 0;
  Instant sure_to = kNever, over_by = kNever;  // as in Stay
  std::uint64_t weight = 1, token = 0;

  bool may_stand_in_line() const { return waits && end != End::unknown; }
  // It stands in line from when it has reached it until then, for certain.
  Instant in_line_until() const { return !may_stand_in_line() ? asked : may_have_left ? from : told; }
};

struct TurnRules {
  std::optional<Instant> told_within;
  bool unanswered_wait = true;
};

// All turns of one lock.
struct Turns {
  std::vector<Turn> all;               // in the order in which they were asked for
  std::vector<std::uint32_t> by_told;  // those that were granted, in the order in which that was told
};

struct TurnsOfLog {
  std::vector<Turns> locks;
  std::vector<std::uint32_t> by_hold;  // index into Turns::all of its lock; kNone: refused, without having waited
};

// `from` is not yet better than what the turn tells by itself.
TurnsOfLog turns_of(const Log& log, const std::vector<Stay>& stays, const TurnRules& rules);

// Raises `from` where others certainly held too much. Theorem: let the log be one that the lock can have given. Let, at
// an instant t before A was told and before A can have ended, the stays that are certain at t, A not among them, leave
// no room for A. Then A was granted after t. Proof: granted at or before t, A would hold at t, beside them. O(n log n).
void raise_earliest_grants(Turns& turns, std::uint64_t capacity);

// Counts, of turns that were granted, those certainly granted before some turn: its token is smaller, or, where one of
// them has no token, it was told before `from` of the other. In logs that a lock can have given the tokens say at least
// as much. All in O(log n).
class Passed {
 public:
  explicit Passed(const Turns& turns);
  void add(std::uint32_t turn);
  std::uint64_t before(const Turn& turn) const;

 private:
  // A Fenwick tree over ranks: how many of those added are below one.
  class Ranks {
   public:
    explicit Ranks(std::size_t n) : sums_(n + 1) {}
    void add(std::size_t rank);
    std::uint64_t below(std::size_t rank) const;

   private:
    std::vector<std::uint32_t> sums_;
  };

  const Turns& turns_;
  std::vector<Instant> told_;          // in rising order
  std::vector<std::uint64_t> tokens_;  // likewise
  std::vector<std::uint32_t> rank_;    // by turn, in told_
  Ranks all_, without_token_, by_token_;
};

// Whether `b`, granted, was certainly granted before `a`: what Passed counts.
bool certainly_before(const Turn& b, const Turn& a);

}  // namespace lockstep::linear
