// Searching by coverage: scenarios whose runs showed something new are kept, and changed a little. What counts as
// shown: an event of the history, what it was answered, what went before it on the same lock, and which kinds of faults
// were at work. It learns: what it makes of a seed depends on the runs before. Source: American Fuzzy Lop (Zalewski
// 2013), from bytes to scenarios.
#pragma once

#include <vector>

#include "properties/search.h"

namespace lockstep::properties {

class Guided final : public Search {
 public:
  Guided(Profile profile, const scenarios::Subject& subject) : profile_(profile), subject_(subject) {}
  scenarios::Scenario scenario(std::uint64_t seed) override;
  void ran(std::uint64_t seed, const scenarios::Scenario& scenario, const scenarios::RunResult& result) override;

 private:
  struct Kept {
    scenarios::Scenario scenario;
    Moments moments;
  };
  scenarios::Scenario changed(const Kept& kept, RandomStream random) const;

  Profile profile_;
  const scenarios::Subject& subject_;
  std::vector<bool> seen_ = std::vector<bool>(1u << 16);
  std::vector<Kept> kept_;
};

}  // namespace lockstep::properties
