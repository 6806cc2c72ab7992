// What a window on a violation has to show: who held the lock from when to when, for certain or possibly, what is said
// beside it, and where on the time axis it is wrong. Knows nothing of columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/linear/judge.h"
#include "models/linear/log.h"

namespace lockstep::reports {

// Of an attempt that was granted, or may have been. [granted, sure_until] is its core and [asked, until] its extent.
struct Tenure {
  std::uint32_t operation = linear::kNone;  // that acquired
  linear::Instant asked = 0;
  linear::Instant granted = linear::kNever;     // kNever: its outcome is unknown
  linear::Instant sure_until = linear::kNever;  // it may have been released, broken or ended by itself from then on
  linear::Instant until = linear::kNever;       // kNever: the log tells no end
  linear::Instant lease_ends = linear::kNever;  // may, by itself; kNever: it does not
};

// Words at an instant of a client's lane.
struct Note {
  std::uint32_t process = 0;
  linear::Instant at = 0;
  std::string text;  // printable ASCII
};

struct WindowFacts {
  std::vector<Tenure> tenures;         // of the judged lock, in the order of the log
  std::vector<std::uint32_t> proving;  // processes, each once, the one whose answer nothing explains among the first
  std::vector<Note> notes;             // one for each operation that proves it
  std::vector<linear::Instant> keys;   // what has to be seen apart
  // Where it is wrong, and why, in a few words. The same twice: at an instant.
  linear::Instant wrong_from = 0, wrong_until = 0;
  std::string wrong;
  std::vector<std::uint32_t> clashing;  // operations that acquired what they cannot hold together, in rising order
};

// From one instant to a later one, to three digits: "1.31 ms", "2 min 5 s".
std::string rough_length(linear::Instant from, linear::Instant until);

// What the log calls the attempt, printable, and cut where it is too long to be read beside others.
std::string short_name(const linear::Log& log, std::uint32_t hold);

// Of a violation that names the operations that prove it.
WindowFacts window_facts(const linear::Log& log, const linear::Judgement& judgement);

}  // namespace lockstep::reports
