// What a generated scenario may contain, over thousands of seeds: well formed always, within a subject's claims when
// it is to be held to them, and everything that is allowed sooner or later.
#include "properties/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "impl/env/wide.h"
#include "properties/complexity.h"
#include "properties/zoo/planted.h"

namespace lockstep::properties {
namespace {

using scenarios::Scenario;
using scenarios::Subject;
using sim::Fault;
using sim::FaultKind;
using sim::TrueTime;

constexpr Profile kProfiles[] = {Profile::within_claims, Profile::beyond_claims};

void for_seeds(std::uint64_t seeds, Profile profile, const Subject& subject,
               const std::function<void(const Scenario&)>& look) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(testing::Message() << subject.name << ", " << name_of(profile) << ", seed " << seed);
    look(generate(seed, profile, subject));
    if (testing::Test::HasFailure()) return;  // one seed is enough to look at
  }
}

// A subject that promises nothing at all.
Subject modest_subject() {
  Subject subject = scenarios::memory_subject();
  subject.name = "modest";
  subject.claims = {};
  subject.claims.wall_clock_immune = false;
  return subject;
}

std::vector<Subject> subjects() {
  auto all = scenarios::honest_subjects();
  all.push_back(modest_subject());
  return all;
}

TEST(Generate, MakesNothingButWellFormedScenarios) {
  for (const Subject& subject : subjects()) {
    for (const Profile profile : kProfiles) {
      for_seeds(3000, profile, subject, [&](const Scenario& s) {
        const auto flaw = find_flaw(s);
        EXPECT_FALSE(flaw) << flaw->place << " " << flaw->what;
        EXPECT_EQ(s.backend, subject.name);
        EXPECT_FALSE(s.steps.empty());
        EXPECT_TRUE(std::ranges::is_sorted(s.steps, {}, &scenarios::Step::at));
        EXPECT_TRUE(std::ranges::is_sorted(s.faults, {}, &Fault::at));
      });
    }
  }
}

TEST(Generate, MakesTheSameFromTheSameSeedAndAnotherFromAnother) {
  const Subject subject = scenarios::sqlite_subject();
  int told_apart = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Scenario one = generate(seed, Profile::within_claims, subject);
    EXPECT_EQ(one, generate(seed, Profile::within_claims, subject));
    EXPECT_NE(one, generate(seed + 1, Profile::within_claims, subject));
    told_apart += one != generate(seed, Profile::beyond_claims, subject);
  }
  EXPECT_GT(told_apart, 150) << "profiles differ unless a run has no faults and its clocks are right";
}

bool keeps_the_store(const Scenario& s, std::uint32_t process) { return process < s.servers || s.servers == 0; }

TEST(GenerateWithinClaims, LeavesAStoreInMemoryRunning) {
  for_seeds(3000, Profile::within_claims, scenarios::memory_subject(), [](const Scenario& s) {
    EXPECT_EQ(s.servers, 1u) << "nobody can share it";
    for (const Fault& fault : s.faults) {
      EXPECT_FALSE(fault.kind == FaultKind::reboot_host && fault.target == 0);
      EXPECT_FALSE(fault.kind == FaultKind::crash_process && keeps_the_store(s, fault.target));
    }
  });
}

TEST(GenerateWithinClaims, LeavesTheResourceRunningAndMonotonicClocksMoving) {
  for (const Subject& subject : subjects()) {
    for_seeds(3000, Profile::within_claims, subject, [](const Scenario& s) {
      for (const Fault& fault : s.faults) {
        EXPECT_NE(fault.kind, FaultKind::freeze_monotonic);
        EXPECT_FALSE(fault.kind == FaultKind::crash_process && fault.target == s.resource_process());
        EXPECT_FALSE(fault.kind == FaultKind::reboot_host && fault.target == s.resource_host());
      }
    });
  }
}

TEST(GenerateWithinClaims, LeavesWallClocksAloneIfTheSubjectReliesOnThem) {
  for_seeds(3000, Profile::within_claims, modest_subject(), [](const Scenario& s) {
    for (const Fault& fault : s.faults) {
      EXPECT_NE(fault.kind, FaultKind::step_wall);
      EXPECT_NE(fault.kind, FaultKind::freeze_wall);
    }
  });
}

// How fast a host's monotonic clock runs at an instant, in ppb beside the true rate.
std::int64_t drift_at(const Scenario& s, std::uint32_t host, TrueTime at) {
  std::int64_t drift = s.hosts[host].drift_ppb;
  for (const Fault& fault : s.faults) {
    const bool struck = fault.kind == FaultKind::drift_monotonic && fault.target == host;
    if (struck && fault.at <= at && at <= fault.at + fault.lasts) drift += fault.amount;
  }
  return drift;
}

// Exactly: (1 + fast) <= (1 + slow) (1 + claimed).
bool within(std::int64_t claimed, std::int64_t slow, std::int64_t fast) {
  constexpr Wide billion = 1'000'000'000;
  return (billion + fast) * billion <= (billion + slow) * (billion + claimed);
}

TEST(GenerateWithinClaims, NeverLetsTwoClocksDriftApartFasterThanClaimed) {
  for (const Subject& subject : subjects()) {
    for_seeds(3000, Profile::within_claims, subject, [&subject](const Scenario& s) {
      std::vector<TrueTime> changes{TrueTime{}};
      for (const Fault& fault : s.faults) changes.insert(changes.end(), {fault.at, fault.at + fault.lasts});
      for (const TrueTime at : changes) {
        std::int64_t slow = drift_at(s, 0, at), fast = slow;
        for (std::uint32_t host = 1; host < s.hosts.size(); ++host) {
          slow = std::min(slow, drift_at(s, host, at));
          fast = std::max(fast, drift_at(s, host, at));
        }
        EXPECT_TRUE(within(subject.claims.max_drift_ppb, slow, fast)) << slow << " and " << fast << " ppb";
      }
    });
  }
}

// The number of scenarios, of so many, in which each kind of fault strikes.
std::map<FaultKind, int> strikes(std::uint64_t seeds, Profile profile, const Subject& subject) {
  std::map<FaultKind, int> count;
  for_seeds(seeds, profile, subject, [&count](const Scenario& s) {
    std::set<FaultKind> kinds;
    for (const Fault& fault : s.faults) kinds.insert(fault.kind);
    for (const FaultKind kind : kinds) ++count[kind];
  });
  return count;
}

TEST(GenerateSwarm, EveryKindOfFaultIsThereInManyRunsAndMissingInMany) {
  constexpr int seeds = 1000;
  auto count = strikes(seeds, Profile::beyond_claims, scenarios::sqlite_subject());
  for (int k = 0; k < sim::kFaultKinds; ++k) {
    const auto kind = static_cast<FaultKind>(k);
    if (kind == FaultKind::failing_syncs) continue;  // only against who claims to survive them
    if (kind == FaultKind::lying_syncs) continue;    // nobody claims that
    EXPECT_GT(count[kind], seeds / 5) << facts_of(kind).name;
    EXPECT_LT(count[kind], seeds * 4 / 5) << facts_of(kind).name;
  }
}

TEST(GenerateSwarm, WithinClaimsOnlyWhatIsBeyondThemIsNeverThere) {
  const std::set beyond{FaultKind::freeze_monotonic, FaultKind::failing_writes, FaultKind::failing_syncs,
                        FaultKind::failing_reads, FaultKind::lying_syncs};
  auto count = strikes(1000, Profile::within_claims, scenarios::sqlite_subject());
  for (int k = 0; k < sim::kFaultKinds; ++k) {
    const auto kind = static_cast<FaultKind>(k);
    EXPECT_EQ(count[kind] == 0, beyond.contains(kind)) << facts_of(kind).name;
  }
}

// It gives tokens out twice, and S5 is asserted beyond claims too.
TEST(GenerateSwarm, NoSyncFailsUnderAStoreThatDoesNotClaimToSurviveIt) {
  EXPECT_EQ(strikes(500, Profile::beyond_claims, scenarios::sqlite_subject())[FaultKind::failing_syncs], 0);
}

TEST(GenerateSwarm, DiskErrorsStrikeTheStoreOfWhoClaimsToSurviveThem) {
  Subject subject = scenarios::sqlite_subject();
  subject.claims.survives_full_disk = true;
  EXPECT_GT(strikes(200, Profile::within_claims, subject)[FaultKind::full_disk], 0);
  EXPECT_EQ(strikes(200, Profile::within_claims, subject)[FaultKind::failing_syncs], 0);
  subject.claims.survives_io_errors = true;
  for_seeds(200, Profile::within_claims, subject, [](const Scenario& s) {
    for (const Fault& fault : s.faults) {
      if (fault.kind < FaultKind::full_disk) continue;
      EXPECT_EQ(fault.target, 0u);
      EXPECT_EQ(fault.amount > 0, fault.kind != FaultKind::full_disk);
    }
  });
  EXPECT_GT(strikes(200, Profile::within_claims, subject)[FaultKind::failing_syncs], 0);
}

TEST(GenerateSwarm, SomeRunsAreQuietAndSomeHaveSeveralServers) {
  int quiet = 0, several = 0, alone = 0;
  for_seeds(1000, Profile::within_claims, scenarios::sqlite_subject(),
            [&](const Scenario& s) { quiet += s.faults.empty(), alone += s.servers == 1, several += s.servers > 1; });
  for (const int count : {quiet, several, alone}) EXPECT_GT(count, 20);
}

TEST(GenerateSwarm, ClientsLiveWhereTheDeploymentPutsThem) {
  for_seeds(200, Profile::within_claims, scenarios::sqlite_direct_subject(), [](const Scenario& s) {
    EXPECT_EQ(s.servers, 0u);
    EXPECT_EQ(s.clients, std::vector<std::uint32_t>(4, 0));
  });
  int cached = 0;
  for_seeds(200, Profile::within_claims, scenarios::filesystem_shared_subject(), [&](const Scenario& s) {
    EXPECT_TRUE(s.shared_disk);
    EXPECT_EQ(s.servers, 0u);
    cached += s.mount_cache != Duration::zero();
  });
  EXPECT_GT(cached, 20);
}

TEST(GenerateSwarm, EveryMannerOfUseComesAndIsAbsent) {
  std::map<std::string, int> runs;
  for_seeds(400, Profile::within_claims, scenarios::memory_subject(), [&](const Scenario& s) {
    std::set<std::string> seen;
    for (const auto& step : s.steps) {
      if (step.act == scenarios::Act::break_lock) seen.insert("break");
      if (step.act == scenarios::Act::watch) seen.insert("watch");
      if (step.act == scenarios::Act::look) seen.insert("look");
      if (step.shared) seen.insert("reader");
      if (step.downgrade) seen.insert("downgrade");
      if (step.permits > 1) seen.insert("permits");
      if (!step.also.empty()) seen.insert("several");
      if (step.cancel_after != Duration::zero()) seen.insert("cancel");
    }
    if (s.names != 0) seen.insert("names");
    for (const auto& what : seen) ++runs[what];
  });
  for (const char* what : {"break", "watch", "look", "reader", "downgrade", "permits", "several", "cancel", "names"}) {
    EXPECT_GT(runs[what], 15) << what;
    EXPECT_LT(runs[what], 300) << what;
  }
}

TEST(GenerateForRapidCheck, WhatItShrinksToIsWellFormedAndSimpler) {
  for (const Profile profile : kProfiles) {
    const auto generator = scenarios_of(profile, scenarios::sqlite_subject());
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      auto tree = generator(rc::Random(seed), 100);
      for (int depth = 0; depth < 200; ++depth) {
        auto candidates = tree.shrinks();
        auto next = candidates.next();
        for (auto skipped = seed * 7 % 5; skipped > 0 && next; --skipped) next = candidates.next();
        if (!next) break;
        ASSERT_FALSE(find_flaw(next->value()));
        ASSERT_LT(complexity_of(next->value()), complexity_of(tree.value()));
        tree = std::move(*next);
      }
    }
  }
}

TEST(Profiles, HaveNamesThatAreUnderstood) {
  for (const Profile profile : kProfiles) EXPECT_EQ(profile_named(name_of(profile)), profile);
  EXPECT_EQ(profile_named("within"), std::nullopt);
}

}  // namespace
}  // namespace lockstep::properties
