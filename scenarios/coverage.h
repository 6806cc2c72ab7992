// What clients asked for, how it ended, and what was wrong with the world meanwhile: how often each of that happened
// together. Counts alone, so that adding up in another order gives the same.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "models/history.h"
#include "sim/fault.h"

namespace lockstep::scenarios {

struct Coverage {
  // An operation and its end. `end` is ok, fail or info; invoke: nobody was told, since who asked had died, or the run
  // was over.
  struct Ending {
    models::Op op{};
    models::EventType end{};
    models::Reason reason{};
    friend auto operator<=>(const Ending&, const Ending&) = default;
  };
  struct Counts {
    std::uint64_t total = 0;
    // By kind of fault: those during which, from asking to the end, such a fault was at work for at least an instant.
    std::array<std::uint64_t, sim::kFaultKinds> during{};
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  std::map<Ending, Counts> endings;  // only what has happened
  friend bool operator==(const Coverage&, const Coverage&) = default;

  // `faults` are those of the scenario that the history is of.
  void add(const models::History& history, const std::vector<sim::Fault>& faults);
  void add(const Coverage& other);
};

}  // namespace lockstep::scenarios
