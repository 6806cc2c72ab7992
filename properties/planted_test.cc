// The proof that a campaign can fail: every planted bug is caught, soon, by a property that is there to catch it, and
// the honest lock that it was made from survives the same seeds.
#include "properties/zoo/planted.h"

#include <gtest/gtest.h>

#include <set>

#include "properties/campaign.h"
#include "properties/names_test.h"
#include "properties/search.h"
#include "scenarios/run.h"

namespace lockstep::properties {
namespace {

using scenarios::Subject;

constexpr std::uint64_t kSeeds = 1000;  // within which a bug must be caught; most are within ten
constexpr std::uint64_t kHonestSeeds = 200;

// What seeds break, asked for in order.
class Seeds {
 public:
  explicit Seeds(const Subject& subject)
      : subject_(subject), search_(strategies().front().begin(Profile::within_claims, subject)) {}
  models::PropertySet broken_at(std::uint64_t seed) {
    const auto scenario = search_->scenario(seed);
    const auto run = scenarios::run(scenario, subject_);
    search_->ran(seed, scenario, run);
    return scenarios::violated(run) & asserted_properties(Profile::within_claims, subject_);
  }

 private:
  const Subject& subject_;
  std::unique_ptr<Search> search_;
};

class PlantedBug : public testing::TestWithParam<zoo::Planted> {};

TEST_P(PlantedBug, IsCaughtSoonByAPropertyThatIsThereToCatchIt) {
  const auto& [subject, mechanism, source, caught_by] = GetParam();
  Seeds seeds(subject);
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if ((seeds.broken_at(seed) & caught_by) != 0) {
      RecordProperty("seed", static_cast<int>(seed));
      return;
    }
  }
  FAIL() << subject.name << " got through " << kSeeds << " seeds";
}

TEST_P(PlantedBug, ClaimsWhatTheHonestLockClaims) {
  const Subject& bug = GetParam().subject;
  const auto base = zoo::subject_named(bug.name.substr(0, bug.name.find('+')));
  ASSERT_TRUE(base);
  EXPECT_TRUE(base->planted.empty());
  EXPECT_EQ(bug.claims.max_drift_ppb, base->claims.max_drift_ppb);
  EXPECT_EQ(asserted_properties(Profile::within_claims, bug), asserted_properties(Profile::within_claims, *base));
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBug, testing::ValuesIn(bugs_caught_soon()), name_of_bug);

TEST(HonestLocks, SurviveTheSeedsAtWhichPlantedBugsAreCaught) {
  for (const Subject& subject : scenarios::honest_subjects()) {
    Seeds seeds(subject);
    for (std::uint64_t seed = 1; seed <= kHonestSeeds; ++seed) {
      ASSERT_EQ(seeds.broken_at(seed), 0u) << subject.name << ", seed " << seed;
    }
  }
}

TEST(Subjects, HaveNamesOfTheirOwnByWhichTheyAreFound) {
  std::set<std::string> names;
  for (const Subject& subject : zoo::all_subjects()) {
    EXPECT_TRUE(names.insert(subject.name).second) << subject.name << " is there twice";
    EXPECT_FALSE(subject.about.empty());
    const auto found = zoo::subject_named(subject.name);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->about, subject.about);
  }
  EXPECT_FALSE(zoo::subject_named("nobody"));
  EXPECT_FALSE(zoo::subject_named(""));
}

}  // namespace
}  // namespace lockstep::properties
