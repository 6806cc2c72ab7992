// Scenarios that once told of a bug, or show something: each comes out as it says.
#include <gtest/gtest.h>

#include <filesystem>

#include "properties/zoo/planted.h"
#include "scenarios/run.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

TEST(CorpusRuns, ComeOutAsTheySay) {
  for (const auto& entry : std::filesystem::directory_iterator(std::string(LOCKSTEP_ROOT) + "/scenarios/corpus")) {
    SCOPED_TRACE(entry.path());
    const auto scenario = scenarios::load(entry.path());
    ASSERT_TRUE(scenario) << scenario.error();
    const auto subject = zoo::subject_named(scenario->backend);
    ASSERT_TRUE(subject);
    const auto broken = scenarios::violated(scenarios::run(*scenario, *subject));
    EXPECT_EQ(broken & (scenario->expect ? models::bit(*scenario->expect) : models::kAllProperties),
              scenario->expect ? models::bit(*scenario->expect) : 0);
  }
}

}  // namespace
}  // namespace lockstep::properties
