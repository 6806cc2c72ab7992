// The list.
#include "properties/search.h"

namespace lockstep::properties {
namespace {

class Swarm final : public Search {
 public:
  Swarm(std::uint64_t base, Profile profile, const scenarios::Subject& subject)
      : base_(base), profile_(profile), subject_(subject) {}
  scenarios::Scenario next(std::uint64_t number) override { return generate(base_ + number, profile_, subject_); }

 private:
  std::uint64_t base_;
  Profile profile_;
  const scenarios::Subject& subject_;
};

template <typename S>
std::unique_ptr<Search> begin(std::uint64_t base, Profile profile, const scenarios::Subject& subject) {
  return std::make_unique<S>(base, profile, subject);
}

}  // namespace

std::vector<Strategy> strategies() {
  return {
      {"swarm", "each run switches whole classes of faults off and draws the rates of the others wide", begin<Swarm>}};
}

}  // namespace lockstep::properties
