// The mix was chosen by measurement: docs/notes/search.md.
#include "properties/search.h"

#include "properties/guided.h"
#include "properties/pct.h"

namespace lockstep::properties {
namespace {

constexpr std::uint64_t kAimed = 4;

template <std::uint64_t aimed>
std::unique_ptr<Search> begin(Profile profile, const scenarios::Subject& subject) {
  return std::make_unique<Portfolio>(profile, subject, aimed);
}

template <typename S>
std::unique_ptr<Search> begin_other(Profile profile, const scenarios::Subject& subject) {
  return std::make_unique<S>(profile, subject);
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

namespace {

// As hazards, of 16 seeds in a row the first is watched.
class Overtaking final : public Search {
 public:
  Overtaking(Profile profile, const scenarios::Subject& subject) : profile_(profile), subject_(subject) {}
  scenarios::Scenario scenario(std::uint64_t seed) override {
    const std::uint64_t first = seed - seed % Portfolio::kRow;
    if (seed == first) return generate(seed, profile_, subject_);
    if (watched_ != first) {
      const auto generated = generate(first, profile_, subject_);
      ran(first, generated, scenarios::run(generated, subject_, {.properties = 0}));
    }
    const int depth = seed % 2 == 0 ? 2 : 3;
    return overtaken(scenario_, turns_, depth, RandomStream(seed).fork("overtaken"), subject_.claims, profile_);
  }
  void ran(std::uint64_t seed, const scenarios::Scenario& scenario, const scenarios::RunResult& result) override {
    if (seed % Portfolio::kRow != 0) return;
    watched_ = seed;
    scenario_ = scenario;
    turns_ = turns_of(result.history);
  }

 private:
  Profile profile_;
  const scenarios::Subject& subject_;
  std::optional<std::uint64_t> watched_;
  scenarios::Scenario scenario_;
  std::vector<Turn> turns_;
};

}  // namespace

scenarios::Scenario scenario_of(std::uint64_t seed, Profile profile, const scenarios::Subject& subject) {
  return begin<kAimed>(profile, subject)->scenario(seed);
}

std::vector<Strategy> strategies() {
  return {
      {"mixed", "12 of 16 as swarm, and 4 as hazards", begin<kAimed>},
      {"swarm", "each run switches whole classes of faults off and draws the rates of the others wide", begin<0>},
      {"hazards", "most faults are aimed at the moments of a run that matter", begin<Portfolio::kRow - 1>},
      {"pct", "processes are overtaken at steps that are drawn at random", begin_other<Overtaking>},
      {"guided", "what showed something new is kept and changed a little", begin_other<Guided>},
  };
}

}  // namespace lockstep::properties
