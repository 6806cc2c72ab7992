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

// Most seeds are generated, some are aimed at the run of a seed before them: of 16 in a row the last `aimed`.
class Portfolio final : public Search {
 public:
  static constexpr std::uint64_t kRow = 16;
  Portfolio(Profile profile, const scenarios::Subject& subject, std::uint64_t aimed)
      : profile_(profile), subject_(subject), aimed_(aimed) {}
  scenarios::Scenario scenario(std::uint64_t seed) override;
  void ran(std::uint64_t seed, const scenarios::Scenario& scenario, const scenarios::RunResult& result) override;

 private:
  // Of its row: the last one that is generated.
  std::uint64_t watched_by(std::uint64_t seed) const { return seed - seed % kRow + kRow - aimed_ - 1; }
  Profile profile_;
  const scenarios::Subject& subject_;
  std::uint64_t aimed_;
  struct Watched {
    std::uint64_t seed;
    scenarios::Scenario scenario;
    Moments moments;
  };
  std::optional<Watched> watched_;
};

// What a campaign runs for this seed.
scenarios::Scenario scenario_of(std::uint64_t seed, Profile profile, const scenarios::Subject& subject);

}  // namespace lockstep::properties
