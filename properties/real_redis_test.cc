// The locks on Redis with real servers: they fall to what fells them on the model, survive what they survive there,
// tell the same histories, and repeat exactly on a busy machine. Skipped where no redis-server is installed.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "properties/complexity.h"
#include "properties/search.h"
#include "properties/shrink.h"
#include "properties/zoo/planted.h"
#include "scenarios/real_redis_subject.h"
#include "scenarios/redis_subject.h"
#include "scenarios/run.h"
#include "scenarios/stories.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using models::Property;
using scenarios::Scenario;
using scenarios::Subject;

Subject named(const std::string& name) {
  auto subject = zoo::subject_named(name);
  if (!subject) throw std::runtime_error(name);
  return std::move(*subject);
}

struct Tried {
  Scenario scenario;
  Subject subject;
  scenarios::RunResult run() const { return scenarios::run(scenario, subject); }
  models::PropertySet broken() const { return scenarios::violated(run()); }
};
Tried tried(Scenario scenario, const std::string& backend) {
  scenario.backend = backend;
  scenario.expect.reset();
  scenario.outcomes.clear();
  return {std::move(scenario), named(backend)};
}
Tried told(const std::string& story, const std::string& backend) {
  return tried(scenarios::story_named(story)->scenario, backend);
}

// For as long as it lives, so many processes do nothing but use the processors.
class Burners {
 public:
  explicit Burners(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      for (volatile unsigned spun = 0; child == 0;) spun = spun + 1;
      children_.push_back(child);
    }
  }
  Burners(const Burners&) = delete;
  Burners& operator=(const Burners&) = delete;
  ~Burners() {
    for (const pid_t child : children_) ::kill(child, SIGKILL), ::waitpid(child, nullptr, 0);
  }

 private:
  std::vector<pid_t> children_;
};

std::vector<std::string> lines(const models::History& history) {
  std::vector<std::string> all;
  for (const models::Event& e : history.events) {
    all.push_back(fmt::format(
        "{} {} op {} of process {}, reason {}, lock {}, attempt {}.{}, token {}, fault {}, until {}", e.at.count(),
        static_cast<int>(e.type), static_cast<int>(e.op), e.process, static_cast<int>(e.reason), e.lock, e.attempt,
        e.request, e.token, e.fault, e.deadline.value.count()));
  }
  return all;
}

std::string first_difference(const models::History& one, const models::History& other) {
  auto left = lines(one), right = lines(other);
  left.emplace_back("the end"), right.emplace_back("the end");
  const auto [a, b] = std::ranges::mismatch(left, right);
  return a == left.end() ? "" : *a + "\ninstead of\n" + *b;
}

bool strikes_the_disk(const sim::Fault& fault) {
  using enum sim::FaultKind;
  return fault.kind == slow_disk || fault.kind == full_disk || fault.kind == failing_writes ||
         fault.kind == failing_syncs || fault.kind == failing_reads;
}

class RealRedis : public testing::Test {
 protected:
  void SetUp() override {
    if (!scenarios::has_redis_server()) GTEST_SKIP() << "no redis-server is installed";
  }
};

TEST_F(RealRedis, FallsToADeletionThatDoesNotCompare) {
  EXPECT_NE(told("redis-late-delete", "redis-server+plain-del").broken() & models::bit(Property::belief_exclusion), 0u);
  EXPECT_EQ(told("redis-late-delete", "redis-server").broken(), 0u);
}

TEST_F(RealRedis, OfFiveFallsWhenOneComesBackEmpty) {
  const std::string story = "redlock-server-comes-back-empty";
  EXPECT_NE(told(story, "redlock-servers+empty-restart").broken() & models::bit(Property::belief_exclusion), 0u);
  EXPECT_EQ(told(story, "redlock-servers").broken(), 0u);
}

TEST_F(RealRedis, OfFiveFallsWhenAWallClockSteps) {
  Tried stepped = told("redlock-clock-steps-forward", "redlock-servers+stepped-clocks");
  EXPECT_NE(stepped.broken() & models::bit(Property::belief_exclusion), 0u);
  std::erase_if(stepped.scenario.faults, [](const sim::Fault& f) { return f.kind == sim::FaultKind::step_wall; });
  EXPECT_EQ(stepped.broken(), 0u);
}

// Those of a set-up that no real server has here, a replica, a file that is not synced, are told of the honest ones.
TEST_F(RealRedis, BreaksInEachStoredStoryWhatItsModelBreaks) {
  int compared = 0;
  for (const scenarios::StoredStory& story : scenarios::stored_stories()) {
    for (const auto& [model, real] : {std::pair{"redis", "redis-server"}, std::pair{"redlock", "redlock-servers"}}) {
      const auto scenario = scenarios::on(story.scenario, named(model));
      if (!scenario) continue;
      SCOPED_TRACE(story.name + " on " + real);
      EXPECT_EQ(tried(*scenario, real).broken(), tried(*scenario, model).broken());
      ++compared;
    }
  }
  EXPECT_GT(compared, 5);
}

TEST_F(RealRedis, RepeatsExactlyOnABusyMachine) {
  const Burners burners(4);
  const auto repeats = [](const Tried& trial, int times) {
    const auto hash = trial.run().trace_hash;
    for (int i = 1; i < times; ++i) ASSERT_EQ(trial.run().trace_hash, hash) << trial.subject.name << ", run " << i;
  };
  repeats(told("redis-late-delete", "redis-server"), 30);
  repeats(told("redlock-server-comes-back-empty", "redlock-servers"), 8);
}

// The model's disk takes time and fails, of which a real one knows nothing: here neither keeps a file.
void tell_the_same(const std::string& model_name, const std::string& real_name, std::uint64_t seeds) {
  Subject model = named(model_name), real = named(real_name);
  scenarios::serves_with(model, {.persistence = sim::redis::Server::Persistence::none});
  scenarios::serves_really(real, scenarios::ServerFile::none);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Scenario scenario = scenario_of(seed, Profile::beyond_claims, real);
    scenario.storage = {0ns, 0ns, 0ns, 0ns};
    std::erase_if(scenario.faults, strikes_the_disk);
    const auto there = scenarios::run(scenario, real);
    scenario.backend = model.name;
    EXPECT_EQ(first_difference(there.history, scenarios::run(scenario, model).history), "") << "seed " << seed;
  }
}

TEST_F(RealRedis, TellsTheSameHistoryAsItsModel) {
  tell_the_same("redis", "redis-server", 15);
  tell_the_same("redlock", "redlock-servers", 1);
}

TEST_F(RealRedis, IsShrunkLikeOthers) {
  Tried large = told("redis-late-delete", "redis-server+plain-del");
  large.scenario.hosts[0].drift_ppb = 3'000'000;
  large.scenario.steps.push_back({.at = sim::TrueTime(6s), .client = 0, .ttl = 1s, .hold = 500ms});
  large.scenario.faults.push_back({sim::FaultKind::crash_process, sim::TrueTime(7s), 100ms});
  ASSERT_NE(large.broken() & models::bit(Property::belief_exclusion), 0u);
  const Shrunk shrunk = shrink(large.scenario, large.subject, Property::belief_exclusion, {.runs = 60});
  EXPECT_EQ(shrunk.scenario.steps.size(), 3u);
  EXPECT_TRUE(shrunk.scenario.faults.empty());
  EXPECT_LT(complexity_of(shrunk.scenario), complexity_of(large.scenario));
}

TEST(WithoutARedisServer, WhatIsMissingIsSaid) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const Tried trial = told("redis-late-delete", "redis-server");
  EXPECT_EQ(trial.subject.lacks(), "the program redis-server is not installed");
  EXPECT_THROW(trial.run(), scenarios::ServerTrouble);
  ::setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace lockstep::properties
