// Stretches of time in which a lock certainly had room for everybody in its line, somebody certainly stood in it, and
// nobody was told that it was granted: what a lost wake-up looks like from outside.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "models/linear/log.h"
#include "models/linear/turns.h"

namespace lockstep::linear {

// Theorem. Let, at all instants strictly between `from` and `to`: (1) those who may hold weigh so little that there is
// room beside them for each that may stand in line, and those are: who was told of its grant and is not certainly over;
// tries that are under way and will be granted; acquisitions of unknown outcome, from when they were asked for until
// they are certainly over, or for ever. (2) The witness stands in line. (3) Nobody is told of a grant. Then the lock
// has broken the promise "where there is room for all who wait, one of them is granted it and told so within `to -
// from`". Proof: Take such a lock, which grants within x and tells within y, x + y < to - from. At an instant of the
// first x of the stretch either somebody holds who is not among those of (1), so a waiting one that was granted by then
// and not told yet: it is told within y, in the stretch. Or nobody does: then there is room for whoever is first in the
// line, and within x somebody is granted it, and told within y, in the stretch. Both contradict (3).
struct Idle {
  Instant from = 0, to = 0;
  std::uint32_t witness = kNone;  // operations: who stood in line
  std::uint32_t opened = kNone;  // the end of a stay that made the room; kNone: it was there from the start, or unclear
  std::uint32_t closed = kNone;  // the grant that was told at `to`; kNone: none was
  Instant length() const { return to - from; }
};

// One lock. Takes what happens to it in the order of time.
class Room {
 public:
  // Counts the stretches longer than `by`.
  Room(const Turns& turns, std::uint64_t capacity, Instant queued_within, Instant by)
      : turns_(turns), counted_(turns.all.size()), capacity_(capacity), queued_within_(queued_within), by_(by) {}

  void asked(std::uint32_t turn, Instant at);
  // It was granted, or gave up.
  void answered(std::uint32_t turn, Instant at);
  // It is certainly over, by `op`.
  void over(std::uint32_t turn, std::uint32_t op, Instant at);
  // The log ends.
  void finish(Instant at);

  // The longest of all, of length 0 if there is none: as far as one witness stood in line throughout.
  const Idle& longest() const { return longest_; }
  std::uint64_t longer() const { return longer_; }
  // How many there were of any length.
  std::uint64_t stretches() const { return stretches_; }

 private:
  void come_to(Instant at);
  void measure(Instant at);
  void settle();
  void close();
  bool has_room() const;

  const Turns& turns_;
  std::vector<std::uint32_t> counted_;  // by turn: 0, or the epoch in which its weight was added
  std::uint64_t capacity_;
  Instant queued_within_, by_;

  // What happens at one instant is taken as one.
  Instant now_ = std::numeric_limits<Instant>::min();
  bool granted_ = false;                           // somebody was told at `now_`
  std::uint32_t opened_ = kNone, closed_ = kNone;  // operations at `now_`
  std::uint64_t told_ = 0, open_ = 0;              // weights: of those told of their grant; of others that may hold
  std::uint32_t epoch_ = 1;                        // a grant of the whole lock, which leaves nobody else, begins one
  std::map<std::uint64_t, std::uint32_t> line_;    // weights that may stand in line, with how often
  std::uint32_t next_ = 0, first_ = 0;             // the turns from `first_` to `next_` may be in the line
  bool idle_ = false;
  Idle stretch_, best_, longest_;  // the one that goes on, of it the longest part with one witness, of all
  std::uint64_t longer_ = 0, stretches_ = 0;
};

}  // namespace lockstep::linear
