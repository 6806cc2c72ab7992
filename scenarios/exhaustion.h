// What came of trying everything in small scopes, as a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impl/env/time.h"
#include "models/checkers.h"

namespace lockstep::scenarios {

struct ScopeExhausted {
  std::string about;  // what is done in it
  std::uint64_t runs = 0;
  std::uint64_t states = 0;  // runs in which something else happened, or in another order
  bool exhausted = false;    // otherwise it was cut off
};

struct Exhaustion {
  std::string backend;
  int depth = 0;  // faults at most
  std::vector<ScopeExhausted> scopes;
  models::PropertySet asserted = 0;   // what the lock claims
  models::PropertySet exercised = 0;  // in any run
  bool violated = false;
  models::Property property{};
  std::string sentence;
  std::string file;  // the scenario that broke it
  Duration took{};
  std::vector<std::string> deaths;  // of workers
};

}  // namespace lockstep::scenarios
