// What a log tells of each attempt and of each lock, beyond the moment: when it was asked for, by when it must have
// been granted, when a release may have taken effect. Gathered before the sweep, or, of a log that still grows, ahead
// of it.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "models/linear/log.h"
#include "models/linear/renumbering.h"

namespace lockstep::linear {

struct Hold {
  enum class Kind : std::uint8_t {
    never,    // it was refused, or ended without effect
    granted,  // for certain
    ghost,    // for all that its client knows it may have been granted, at some time
  };
  Kind kind = Kind::never;
  // Nobody asks anything about it that is not known yet.
  bool closed = true;
  std::uint32_t open_questions = 0;  // whose answers, of a log that grows, are not known yet
  std::uint32_t asked = kNone;       // the first operation that may have got it
  std::uint32_t acquired = kNone;    // the one that was told of the grant, or else the first
  Instant from = kNever;             // when it was asked for; it was granted no earlier
  Instant granted_by = kNever;       // return of the grant
  std::uint64_t weight = 1;          // permits, of the lock's capacity
  std::uint64_t token = 0;           // 0: none was told
  Instant ttl = 0;                   // of its grant; 0: it does not end by itself, or it does not matter whether
  Instant sure_until = kNever;       // it cannot have ended by itself before
  Instant releasable = kNever;       // from then on a release may take effect
  Instant released_by = kNever;      // until then one has
  Instant last_asked = kNever;       // when the last of its operations that change something was asked for
  // Until then somebody may be told whether this very attempt holds, beyond its grant and its release.
  Instant watched_until = std::numeric_limits<Instant>::min();
  // That it does; or, being tried again, who does instead, so that it matters whether it is over.
  Instant seen_until = std::numeric_limits<Instant>::min();
};

struct LockShape {
  std::vector<std::uint64_t> refused_weights;  // of attempts that were refused, without repetition
  std::vector<std::uint64_t> ghost_weights;    // of attempts of unknown outcome, likewise
  std::vector<Instant> breaks_asked;           // when, in rising order
  bool leases = false;                         // some end by themselves
  bool lowers = false;                         // a writer may become a reader
  bool all_exclusive = true;                   // each attempt takes it all, and keeps it all
};

// By attempt. Those that cannot have held share one, of which nothing is known: most attempts of a log may be such.
class Holds {
 public:
  // For each attempt of the log that may have been granted, one of which nothing is known yet.
  explicit Holds(const Log& log);
  Holds() = default;

  const Hold& operator[](std::uint32_t hold) const { return all_[places_[hold]]; }
  // nullptr: it cannot have held.
  Hold* find(std::uint32_t hold) { return places_[hold] == 0 ? nullptr : &all_[places_[hold]]; }
  // All but those that cannot have held.
  std::span<Hold> own() { return std::span(all_).subspan(1); }
  std::span<const Hold> own() const { return std::span(all_).subspan(1); }

  // Of a log that grows: those that are new may be granted, and are not closed.
  void grow(std::uint32_t size);
  void renumber(const Renumbering& to);

 private:
  std::vector<std::uint32_t> places_;  // in all_
  std::vector<Hold> all_ = {Hold{}};   // the first is that which is shared
};

// Adds what operation `o` tells, of its own attempt and of whom it names. In any order.
void note(Holds& holds, const Log& log, std::uint32_t o);
void note(LockShape& shape, const Log& log, const Operation& op);

Holds holds_of(const Log& log);
std::vector<LockShape> shapes_of(const Log& log, const Holds& holds);

}  // namespace lockstep::linear
