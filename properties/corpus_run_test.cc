// Scenarios that once told of a bug, or show something: each comes out as it says.
#include <gtest/gtest.h>

#include "properties/zoo/planted.h"
#include "scenarios/run.h"
#include "scenarios/stories.h"

namespace lockstep::properties {
namespace {

TEST(StoredStories, ComeOutAsTheySayOnEachLockTheyName) {
  for (const scenarios::StoredStory& story : scenarios::stored_stories()) {
    std::vector<scenarios::Outcome> outcomes = story.scenario.outcomes;
    outcomes.push_back({story.scenario.backend, story.scenario.expect});
    for (const auto& [backend, breaks] : outcomes) {
      SCOPED_TRACE(story.name + " on " + backend);
      const auto subject = zoo::subject_named(backend);
      ASSERT_TRUE(subject);
      const auto scenario = scenarios::on(story.scenario, *subject);
      ASSERT_TRUE(scenario);
      const auto broken = scenarios::violated(scenarios::run(*scenario, *subject));
      EXPECT_EQ(broken & (breaks ? models::bit(*breaks) : models::kAllProperties), breaks ? models::bit(*breaks) : 0);
    }
  }
}

}  // namespace
}  // namespace lockstep::properties
