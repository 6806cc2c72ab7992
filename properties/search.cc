// The mix was chosen by measurement: docs/notes/search.md.
#include "properties/search.h"

namespace lockstep::properties {
namespace {

constexpr std::uint64_t kAimed = 4;

template <std::uint64_t aimed>
std::unique_ptr<Search> begin(Profile profile, const scenarios::Subject& subject) {
  return std::make_unique<Portfolio>(profile, subject, aimed);
}

}  // namespace

scenarios::Scenario Portfolio::scenario(std::uint64_t seed) {
  if (seed % kRow < kRow - aimed_) return generate(seed, profile_, subject_);
  const std::uint64_t watched = watched_by(seed);
  if (!watched_ || watched_->seed != watched) {
    const auto generated = generate(watched, profile_, subject_);
    ran(watched, generated, scenarios::run(generated, subject_, {.properties = 0}));
  }
  return aimed_at(watched_->scenario, watched_->moments, RandomStream(seed).fork("aim"), subject_.claims, profile_);
}

void Portfolio::ran(std::uint64_t seed, const scenarios::Scenario& scenario, const scenarios::RunResult& result) {
  if (aimed_ != 0 && seed == watched_by(seed)) watched_ = Watched{seed, scenario, moments_of(result.history)};
}

scenarios::Scenario scenario_of(std::uint64_t seed, Profile profile, const scenarios::Subject& subject) {
  return begin<kAimed>(profile, subject)->scenario(seed);
}

std::vector<Strategy> strategies() {
  return {
      {"mixed", "12 of 16 as swarm, and 4 as hazards", begin<kAimed>},
      {"swarm", "each run switches whole classes of faults off and draws the rates of the others wide", begin<0>},
      {"hazards", "most faults are aimed at the moments of a run that matter", begin<Portfolio::kRow - 1>},
  };
}

}  // namespace lockstep::properties
