// How much there is to understand in a scenario. Shrinking only ever goes down this order, so it ends, whatever its
// passes try and in whatever order: no pass can take back what another has achieved.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "impl/env/wide.h"
#include "scenarios/scenario.h"

namespace lockstep::properties {

// Compared from the first field to the last: fewer events are worth more than round numbers.
struct Complexity {
  std::uint64_t events = 0;    // steps and faults
  std::uint64_t cast = 0;      // clients, servers, locks, hosts
  std::uint64_t oddities = 0;  // whatever is not as usual: flags, noise, wrong clocks, faults that throw dice
  std::uint64_t uneven = 0;    // digits that a reader of times and amounts stumbles over
  UnsignedWide extent = 0;     // the sum of all times and amounts
  friend auto operator<=>(const Complexity&, const Complexity&) = default;
};

Complexity complexity_of(const scenarios::Scenario& scenario);

// A number as readers of times have it: 1000 ms is rounder than 900 ms, and that than 910 ms. Zero is the roundest.
// *Units*: a time, or a share as if its whole were one second.
std::uint64_t unevenness_of(Duration number);

// Calls `change` with every time and amount of a scenario, always in the same order, and puts in what it returns.
// Shares and rates come as if their whole were one second, and negative numbers without their sign.
void each_number(scenarios::Scenario& scenario, const std::function<Duration(Duration)>& change);

}  // namespace lockstep::properties
