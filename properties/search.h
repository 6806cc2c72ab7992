// Ways of searching for a scenario that breaks a lock: which one to run next. All that is found depends on the base
// seed alone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "properties/generate.h"
#include "scenarios/run.h"

namespace lockstep::properties {

class Search {
 public:
  virtual ~Search() = default;
  // The scenario of run `number`, from 0, each asked for once and in order.
  virtual scenarios::Scenario next(std::uint64_t number) = 0;
  // What came of it.
  virtual void ran(const scenarios::Scenario&, const scenarios::RunResult&) {}
};

struct Strategy {
  std::string name;
  std::string about;  // one sentence
  std::function<std::unique_ptr<Search>(std::uint64_t base_seed, Profile profile, const scenarios::Subject& subject)>
      begin;  // the subject must outlive the search
};

// The first is the default.
std::vector<Strategy> strategies();

}  // namespace lockstep::properties
