// A witness for machines and for people who look closely: what the lock did and answered, one line of JSON each.
#pragma once

#include <string>

#include "models/linear/witness.h"

namespace lockstep::reports {

// In its order, each as {"at_ns":..,"line":..,"lock":..,"sid":..,"did":..}. "line" is that of the answer, or of the
// question where there is none; null where a lease ended by itself. "sid": the attempt, null where there is none.
// "did": granted, granted before, refused, released, over before, not held, renewed, lowered, broken, seen free, seen
// held, lease ended.
std::string witness_lines(const linear::Log& log, const linear::Witness& witness);

}  // namespace lockstep::reports
