// The mix was chosen by measurement: docs/notes/search.md.
#include "properties/search.h"

#include "properties/guided.h"
#include "properties/pct.h"

namespace lockstep::properties {
namespace {

constexpr std::uint64_t kAimed = 4;

class Aiming final : public Watching {
 public:
  using Watching::Watching;

 private:
  void watch(const models::History& history) override { moments_ = moments_of(history); }
  scenarios::Scenario make(const scenarios::Scenario& watched, std::uint64_t seed) const override {
    return aimed_at(watched, moments_, RandomStream(seed).fork("aim"), subject_.claims, profile_);
  }
  Moments moments_;
};

class Overtaking final : public Watching {
 public:
  using Watching::Watching;

 private:
  void watch(const models::History& history) override { turns_ = turns_of(history); }
  scenarios::Scenario make(const scenarios::Scenario& watched, std::uint64_t seed) const override {
    const int depth = seed % 2 == 0 ? 2 : 3;
    return overtaken(watched, turns_, depth, RandomStream(seed).fork("overtaken"), subject_.claims, profile_);
  }
  std::vector<Turn> turns_;
};

template <typename S, std::uint64_t made>
std::unique_ptr<Search> begin(Profile profile, const scenarios::Subject& subject) {
  return std::make_unique<S>(profile, subject, made);
}

std::unique_ptr<Search> begin_guided(Profile profile, const scenarios::Subject& subject) {
  return std::make_unique<Guided>(profile, subject);
}

}  // namespace

scenarios::Scenario Watching::scenario(std::uint64_t seed) {
  if (seed % kRow < kRow - made_) return generate(seed, profile_, subject_);
  const std::uint64_t watched = watched_by(seed);
  if (!watched_ || watched_->first != watched) {
    const auto generated = generate(watched, profile_, subject_);
    ran(watched, generated, scenarios::run(generated, subject_, {.properties = 0}));
  }
  return make(watched_->second, seed);
}

void Watching::ran(std::uint64_t seed, const scenarios::Scenario& scenario, const scenarios::RunResult& result) {
  if (made_ == 0 || seed != watched_by(seed)) return;
  watched_.emplace(seed, scenario);
  watch(result.history);
}

scenarios::Scenario scenario_of(std::uint64_t seed, Profile profile, const scenarios::Subject& subject) {
  return begin<Aiming, kAimed>(profile, subject)->scenario(seed);
}

std::vector<Strategy> strategies() {
  constexpr std::uint64_t kMost = Watching::kRow - 1;
  return {
      {"mixed", "12 of 16 as swarm, and 4 as hazards", begin<Aiming, kAimed>},
      {"swarm", "each run switches whole classes of faults off and draws the rates of the others wide",
       begin<Aiming, 0>},
      {"hazards", "most faults are aimed at the moments of a run that matter", begin<Aiming, kMost>},
      {"pct", "processes are overtaken at steps that are drawn at random", begin<Overtaking, kMost>},
      {"guided", "what showed something new is kept and changed a little", begin_guided},
  };
}

}  // namespace lockstep::properties
