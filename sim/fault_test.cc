// The catalogue of faults as others see it: names that files keep, units, and a sentence for people.
#include "sim/fault.h"

#include <gtest/gtest.h>

#include <set>

namespace lockstep::sim {
namespace {

FaultKind kind_of(int index) { return static_cast<FaultKind>(index); }

TEST(FaultCatalogue, EveryNameLeadsBackToItsKind) {
  for (int i = 0; i < kFaultKinds; ++i) EXPECT_EQ(fault_named(facts_of(kind_of(i)).name), kind_of(i));
}

TEST(FaultCatalogue, NamesAndMeaningsAreAllDifferent) {
  std::set<std::string_view> names;
  std::set<std::string_view> meanings;
  for (int i = 0; i < kFaultKinds; ++i) {
    names.insert(facts_of(kind_of(i)).name);
    meanings.insert(facts_of(kind_of(i)).meaning);
  }
  EXPECT_EQ(names.size(), kFaultKinds);
  EXPECT_EQ(meanings.size(), kFaultKinds);
  EXPECT_FALSE(names.contains(""));
  EXPECT_FALSE(meanings.contains(""));
}

// Stored scenarios are read by these names: one that changes makes findings unreadable.
TEST(FaultCatalogue, NamesStandWhereTheirKindStands) {
  EXPECT_EQ(facts_of(FaultKind::crash_process).name, "crash-process");
  EXPECT_EQ(facts_of(FaultKind::cut_one_way).name, "cut-one-way");
  EXPECT_EQ(facts_of(FaultKind::step_wall).name, "step-wall");
  EXPECT_EQ(facts_of(FaultKind::slow_disk).name, "slow-disk");
  EXPECT_EQ(facts_of(FaultKind::full_disk).name, "full-disk");
  EXPECT_EQ(facts_of(FaultKind::failing_reads).name, "failing-reads");
  EXPECT_EQ(facts_of(FaultKind::lying_syncs).name, "lying-syncs");
  EXPECT_EQ(static_cast<int>(FaultKind::lying_syncs), kFaultKinds - 1) << "a new kind: count it, and test it";
}

TEST(FaultCatalogue, WhatIsNoNameIsNoFault) {
  for (const auto* name : {"", "crash", "crash_process", "Crash-Process", "crash-process "}) {
    EXPECT_EQ(fault_named(name), std::nullopt) << name;
  }
}

TEST(FaultCatalogue, SubjectsAndUnitsFitTheirKind) {
  for (int i = 0; i < kFaultKinds; ++i) {
    const auto& facts = facts_of(kind_of(i));
    EXPECT_EQ(facts.subject == FaultSubject::process, facts.name.ends_with("-process")) << facts.name;
    EXPECT_EQ(facts.subject == FaultSubject::link, facts.name.contains("link") || facts.name == "cut-one-way")
        << facts.name;
    EXPECT_TRUE(std::set<std::string_view>({"", "ns", "ppm", "ppb"}).contains(facts.amount)) << facts.name;
  }
  EXPECT_EQ(facts_of(FaultKind::drift_monotonic).amount, "ppb");
  EXPECT_EQ(facts_of(FaultKind::lossy_link).amount, "ppm");
  EXPECT_EQ(facts_of(FaultKind::slow_link).amount, "ns");
}

TEST(Faults, AreEqualWhenEverythingIs) {
  const Fault one{.kind = FaultKind::slow_disk, .at = TrueTime(std::chrono::seconds(1)), .amount = 5};
  Fault other = one;
  EXPECT_EQ(one, other);
  other.amount = 6;
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace lockstep::sim
