// What it costs to find planted bugs, as a value: from several base seeds each, how many runs and how much time went by
// before a run broke a property that is there to catch the bug.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impl/env/time.h"
#include "models/checkers.h"

namespace lockstep::scenarios {

// One search from one base seed.
struct Hunt {
  std::uint64_t runs = 0;  // the last one caught it
  Duration took{};         // of one core
  bool caught = false;     // otherwise it was given up
};

// The same bug by one way of searching.
struct Hunts {
  std::string strategy;
  std::vector<Hunt> hunts;  // by base seed
};

struct BugHunted {
  std::string name;
  int mechanism = 0;
  std::string source;  // may be empty
  std::string about;
  std::vector<Hunts> by_strategy;
  models::PropertySet caught_by = 0;  // all that the catching runs broke
  // Of the first catching run: what it broke, and once shrunk what is left of it.
  models::Property property{};
  std::string sentence;
  std::string file;  // empty: it was not shrunk
  std::uint32_t steps = 0;
  std::uint32_t faults = 0;
  Duration shrinking{};
};

struct ZooTable {
  std::vector<BugHunted> bugs;
  std::vector<std::string> deaths;  // of workers, one line each: what they were at has caught nothing
  std::uint32_t bases = 0;
  Duration limit{};       // of one core, for each hunt
  bool complete = false;  // it was not stopped from outside
  Duration took{};
  unsigned jobs = 1;
};

// The middle of the hunts, the worse of two; not caught if that one was given up.
Hunt median_of(const Hunts& hunts);
// In the median, by the first strategy.
bool is_caught(const BugHunted& bug);

}  // namespace lockstep::scenarios
