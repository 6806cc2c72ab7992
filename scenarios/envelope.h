// An envelope: how much of each trouble a lock survives, as a value. Axes of one trouble each, what came of the runs at
// every magnitude that was tried, where each property first broke, and maps of one trouble against the length of a
// lease. Counts only: shares and their intervals are the reports' to compute (reports/exact_interval.h).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "models/checkers.h"
#include "scenarios/summary.h"

namespace lockstep::scenarios {

// Of one property at one magnitude, in runs.
struct Tally {
  std::uint32_t exercised = 0;  // it could have been broken, and was decided
  std::uint32_t violations = 0;
  std::uint32_t undecided = 0;
  std::uint64_t seed = 0;  // the first that broke it
  friend bool operator==(const Tally&, const Tally&) = default;
};

struct EnvelopePoint {
  std::int64_t value = 0;
  std::uint32_t runs = 0;
  std::uint64_t asked = 0;    // acquisitions, in all runs
  std::uint64_t granted = 0;  // of these
  std::array<Tally, models::kPropertyCount> tallies{};
  const Tally& of(models::Property property) const { return tallies[static_cast<std::size_t>(property)]; }
  friend bool operator==(const EnvelopePoint&, const EnvelopePoint&) = default;
};

// The least magnitude at which a run broke the property, and the next smaller one that was tried. No run broke it
// there.
struct Boundary {
  models::Property property{};
  std::optional<std::int64_t> kept;  // nothing: the least magnitude of the axis breaks it
  std::int64_t broken = 0;
  bool returns = false;    // it was exercised, and kept by all runs, at some greater magnitude
  bool claimed = false;    // the lock claims to survive what broke it
  std::uint64_t seed = 0;  // the first that broke it there
  std::string sentence;    // how
  std::string file;        // the scenario on disk; empty: none was written
  friend bool operator==(const Boundary&, const Boundary&) = default;
};

enum class EnvelopeUnit : std::uint8_t { nanoseconds, ppm, ppb };

struct EnvelopeAxis {
  std::string name;   // "drift"
  std::string about;  // what is made worse, and when it strikes
  EnvelopeUnit unit{};
  std::int64_t mildest = 0;
  std::int64_t worst = 0;  // less than `mildest` if less is worse
  std::string lacks;       // not empty: it does not bear on this lock, which says why; there are no points
  // How much of it the lock claims to survive; nothing: any.
  std::optional<std::int64_t> claimed;
  std::vector<EnvelopePoint> points;  // from mild to bad
  std::vector<Boundary> boundaries;   // in the order of properties: those that broke somewhere
  friend bool operator==(const EnvelopeAxis&, const EnvelopeAxis&) = default;
};

// One trouble against the ttl of the leases.
struct EnvelopeMap {
  std::string axis;  // the name of the trouble's
  EnvelopeUnit unit{};
  std::vector<std::int64_t> values;  // of the trouble, from mild to bad
  std::vector<std::int64_t> ttls;    // ns
  std::vector<EnvelopePoint> cells;  // ttls.size() rows of values.size()
  friend bool operator==(const EnvelopeMap&, const EnvelopeMap&) = default;
};

struct Envelope {
  enum class End : std::uint8_t { complete, interrupted, out_of_time };
  std::string backend;
  std::string about;
  Claims claims;
  models::PropertySet judged = 0;    // what the lock tells enough for
  models::PropertySet asserted = 0;  // what it claims
  Duration ttl{};
  std::uint64_t first_seed = 1;
  std::uint32_t runs = 0;            // behind each point of an axis
  std::uint32_t runs_of_map = 0;     // behind each cell of a map
  std::uint32_t resolution_ppm = 0;  // bisection ends when a boundary is known to such a share of it
  EnvelopePoint calm;                // without any trouble
  std::vector<EnvelopeAxis> axes;
  std::vector<EnvelopeMap> maps;
  std::vector<std::string> deaths;  // of workers: what was not counted
  std::uint64_t runs_in_all = 0;
  End end = End::complete;
  // Of this machine, this time.
  Duration took{};
  unsigned jobs = 1;
};

}  // namespace lockstep::scenarios
