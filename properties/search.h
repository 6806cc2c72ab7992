// Ways of searching for a scenario that breaks a lock: which one to run next.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "properties/hazards.h"
#include "scenarios/run.h"

namespace lockstep::properties {

class Search {
 public:
  virtual ~Search() = default;
  // The scenario of this seed. Seeds are asked for in order as a rule, which is quickest; what comes out does not
  // depend on it, unless the search says that it learns.
  virtual scenarios::Scenario scenario(std::uint64_t seed) = 0;
  // What came of it.
  virtual void ran(std::uint64_t /*seed*/, const scenarios::Scenario&, const scenarios::RunResult&) {}
};

struct Strategy {
  std::string name;
  std::string about;  // one sentence
  // The subject must outlive the search.
  std::function<std::unique_ptr<Search>(Profile profile, const scenarios::Subject& subject)> begin;
};

// The first is the default: what a campaign runs.
std::vector<Strategy> strategies();

// Of 16 seeds in a row the last `made` are made of the run of the one before them; the others are generated.
class Watching : public Search {
 public:
  static constexpr std::uint64_t kRow = 16;
  Watching(Profile profile, const scenarios::Subject& subject, std::uint64_t made)
      : profile_(profile), subject_(subject), made_(made) {}
  scenarios::Scenario scenario(std::uint64_t seed) final;
  void ran(std::uint64_t seed, const scenarios::Scenario& scenario, const scenarios::RunResult& result) final;

 protected:
  virtual void watch(const models::History& history) = 0;
  virtual scenarios::Scenario make(const scenarios::Scenario& watched, std::uint64_t seed) const = 0;
  Profile profile_;
  const scenarios::Subject& subject_;

 private:
  // Of its row.
  std::uint64_t watched_by(std::uint64_t seed) const { return seed - seed % kRow + kRow - made_ - 1; }
  std::uint64_t made_;
  std::optional<std::pair<std::uint64_t, scenarios::Scenario>> watched_;  // with its seed
};

// What a campaign runs for this seed.
scenarios::Scenario scenario_of(std::uint64_t seed, Profile profile, const scenarios::Subject& subject);

}  // namespace lockstep::properties
