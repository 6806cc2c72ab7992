// What the forms of an envelope's report say alike: magnitudes as people write them, and what was seen of each property
// along each axis, never without how many runs that rests on.
#pragma once

#include <string>
#include <vector>

#include "reports/exact_interval.h"
#include "scenarios/envelope.h"

namespace lockstep::reports {

enum class EnvelopeOutcome : std::uint8_t {
  kept,    // nothing broke that the lock claims to survive
  broken,  // something did
  open,    // stopped before the end, or workers died
};
EnvelopeOutcome outcome_of(const scenarios::Envelope& envelope);

// "0.2 %", "1.99 s". At most so many digits that count; the rest is cut off, not rounded.
std::string magnitude(scenarios::EnvelopeUnit unit, std::int64_t value, int digits = 4);
// "ns", "ppm", "ppb".
std::string_view name_of(scenarios::EnvelopeUnit unit);
// "any", "none", "0.2 %".
std::string claim_of(const scenarios::EnvelopeAxis& axis);

// The first sentence.
std::string answer(const scenarios::Envelope& envelope);

// What the axis shows of one property.
struct Stretch {
  enum class State : std::uint8_t { kept, broken, not_exercised };
  State state = State::not_exercised;
  const scenarios::Boundary* boundary = nullptr;  // if it broke
  // Of what was kept: the last magnitude with all before it exercised, unless it broke; runs that exercised it, and the
  // fewest of these at any magnitude.
  std::int64_t kept_to = 0;
  bool to_the_end = false;  // and that is the end of the axis
  std::uint64_t runs = 0;
  std::uint32_t fewest = 0;
};
Stretch stretch_of(const scenarios::EnvelopeAxis& axis, models::Property property);

// A sentence.
std::string verdict(const scenarios::EnvelopeAxis& axis, models::Property property);
// A cell of the table "safe up to": "all", "none", "-", "0.219 %".
std::string safe_up_to(const scenarios::EnvelopeAxis& axis, models::Property property);

// Properties that the lock is judged by.
std::vector<models::Property> judged_properties(const scenarios::Envelope& envelope);
// One character: '.' kept by all that exercised it, '1' to '9' tenths of them broke it, '#' all did, '-' none exercised
// it.
char glyph(const scenarios::Tally& tally);
// Likewise for how many acquisitions were granted: '0' to '9' tenths of them, '-' if nobody asked.
char availability(const scenarios::EnvelopePoint& point);
// "./lockstep replay FILE".
std::string replay_of(const scenarios::Boundary& boundary);
// "0.0357", rounded up for upper bounds and down for lower ones, so that nothing becomes narrower than it is.
double rounded_up(double share);
double rounded_down(double share);

}  // namespace lockstep::reports
