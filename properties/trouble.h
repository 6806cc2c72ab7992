// The axes of an envelope. Each is one trouble with a magnitude, put where it hurts into a small duel that is calm
// otherwise: one client takes the lock and holds on to it for longer than its lease, another waits in line, and a third
// tries once at the very instants at which the trouble may have opened the lock. Beyond what a lock claims, too: that
// is the point.
#pragma once

#include <string>
#include <vector>

#include "impl/env/random.h"
#include "scenarios/envelope.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::properties {

// One duel before anything goes wrong in it, and what a trouble needs to know to strike.
struct Duel {
  scenarios::Scenario scenario;
  Duration ttl{};
  sim::TrueTime asked{};      // when the holder asks
  sim::TrueTime waiting{};    // and when the one who waits in line
  std::uint64_t variant = 0;  // of the trouble: where it strikes
  RandomStream random{0};
  std::vector<sim::TrueTime> openings{};  // when the third client tries, besides
};

struct Trouble {
  std::string_view name;   // "drift"
  std::string_view about;  // what is made worse, and when it strikes
  scenarios::EnvelopeUnit unit{};
  std::int64_t mildest = 0;
  std::int64_t worst = 0;  // less than `mildest` if less is worse
  std::uint64_t variants = 1;
  // Not empty: it does not bear on the subject, which says why.
  std::string (*lacks)(const scenarios::Subject& subject);
  // How much of it the subject claims to survive; nothing: any.
  std::optional<std::int64_t> (*claimed)(const scenarios::Subject& subject);
  void (*strike)(Duel& duel, std::int64_t magnitude);
  bool is_ttl = false;  // the magnitude is the length of the leases
};

const std::vector<Trouble>& troubles();
const Trouble* trouble_named(std::string_view name);

// Requires: the trouble bears on the subject; a ttl of 1 ms at least. Consecutive seeds go through the variants in
// turn, and the same seed is the same duel at every magnitude.
scenarios::Scenario duel_with(const Trouble& trouble, std::int64_t magnitude, const scenarios::Subject& subject,
                              Duration ttl, std::uint64_t seed);
// Without any trouble.
scenarios::Scenario calm_duel(const scenarios::Subject& subject, Duration ttl, std::uint64_t seed);

}  // namespace lockstep::properties
