// The faults of a disk in a world: each strikes one host's disk, for its time, by its share, whoever calls.
#include <gtest/gtest.h>

#include "sim/world_story_test.h"

namespace lockstep::sim {
namespace {

struct Counts {
  int done = 0;
  int failed = 0;
  std::string shown() const { return fmt::format("{} done, {} failed", done, failed); }
};

class ADiskFault : public WorldStory {
 public:
  // Calls, a millisecond each, until so many have been made.
  void calls(int times, std::function<bool(File&)> call) {
    process(host(), [this, times, call](Incarnation& self) {
      return works(self, [this, times, call](FileSystem& files) {
        const auto file = files.open("/f", {.write = true, .create = true}).value();
        for (int i = 0; i < times; ++i) ++(call(*file) ? counts.done : counts.failed);
      });
    });
  }
  static bool appends(File& file) { return file.append(std::as_bytes(std::span("x", 1))).has_value(); }
  static bool overwrites(File& file) { return file.write_at(0, std::as_bytes(std::span("x", 1))).has_value(); }
  static bool reads(File& file) {
    std::byte byte{};
    return file.read_at(0, {&byte, 1}).has_value();
  }
  static bool syncs(File& file) { return file.sync().has_value(); }

  Counts counts;
};

TEST_F(ADiskFault, OfAFullDiskLastsItsTimeAndAddsUp) {
  calls(99, appends);
  strikes(FaultKind::full_disk, 10500us, 20ms, 0);
  strikes(FaultKind::full_disk, 20500us, 30ms, 0);
  told_until(1s);
  EXPECT_EQ(counts.shown(), "59 done, 40 failed");
}

TEST_F(ADiskFault, OfAFullDiskLeavesRoomForWhatIsThere) {
  calls(99, overwrites);
  strikes(FaultKind::full_disk, 10500us, 1h, 0);
  told_until(1s);
  EXPECT_EQ(counts.shown(), "99 done, 0 failed");
}

TEST_F(ADiskFault, OfAllWritesLeavesReadsAlone) {
  calls(99, [](File& file) { return reads(file) && !overwrites(file); });
  strikes(FaultKind::failing_writes, 0s, 1h, 0, 0, 1'000'000);
  told_until(1s);
  EXPECT_EQ(counts.shown(), "99 done, 0 failed");
}

TEST_F(ADiskFault, OfAllReadsLeavesWritesAlone) {
  calls(99, [](File& file) { return overwrites(file) && !reads(file); });
  strikes(FaultKind::failing_reads, 0s, 1h, 0, 0, 1'000'000);
  told_until(1s);
  EXPECT_EQ(counts.shown(), "99 done, 0 failed");
}

TEST_F(ADiskFault, StrikesItsShare) {
  calls(1000, overwrites);
  strikes(FaultKind::failing_writes, 0s, 1h, 0, 0, 250'000);
  told_until(10s);
  EXPECT_EQ(counts.done + counts.failed, 1000);
  EXPECT_NEAR(counts.failed, 250, 50);
}

TEST_F(ADiskFault, AddsItsShareToAnothers) {
  calls(100, syncs);
  strikes(FaultKind::failing_syncs, 0s, 1h, 0, 0, 500'000);
  strikes(FaultKind::failing_syncs, 0s, 1h, 0, 0, 500'000);
  told_until(10s);
  EXPECT_EQ(counts.shown(), "0 done, 100 failed");
}

// What it lied about is gone when the power fails; what was synced before and after is not.
TEST_F(ADiskFault, OfALyingDiskAnswersSyncsThatItDoesNotDo) {
  std::uint64_t left = 0;
  process(host(), [&](Incarnation& self) {
    return works(self, [&](FileSystem& files) {
      if (self.host().clock.boots > 0) {
        left = files.open("/f", {}).value()->size().value();
        return;
      }
      const auto file = files.open("/f", {.write = true, .create = true}).value();
      EXPECT_TRUE(files.sync_directory("/").has_value());
      for (int i = 0; i < 99; ++i) {
        EXPECT_TRUE(appends(*file));
        ++(syncs(*file) ? counts.done : counts.failed);
      }
    });
  });
  strikes(FaultKind::lying_syncs, 100ms, 1h, 0, 0, 1'000'000);
  strikes(FaultKind::reboot_host, 5s, 10ms, 0);
  told_until(6s);
  EXPECT_EQ(counts.shown(), "99 done, 0 failed");
  EXPECT_GE(left, 1u) << "what was synced before it lied";
  EXPECT_LT(left, 99u) << "nothing of what it lied about was lost";
}

TEST_F(ADiskFault, EndsWhenAllIsHealed) {
  calls(100, [](File& file) { return appends(file) && reads(file) && syncs(file); });
  for (const auto kind : {FaultKind::failing_reads, FaultKind::failing_syncs, FaultKind::failing_writes}) {
    strikes(kind, 100ms, 1h, 0, 0, 1'000'000);
  }
  strikes(FaultKind::full_disk, 100ms, 1h, 0);
  begins();
  until(110ms);
  world.heal();
  until(10s);
  EXPECT_EQ(counts.done + counts.failed, 100);
  EXPECT_GT(counts.failed, 0);
  EXPECT_LT(counts.failed, 15);
}

TEST_F(ADiskFault, StrikesNoOtherHost) {
  host();
  calls(99, appends);
  strikes(FaultKind::full_disk, 0s, 1h, 0);
  strikes(FaultKind::failing_writes, 0s, 1h, 0, 0, 1'000'000);
  told_until(1s);
  EXPECT_EQ(counts.shown(), "99 done, 0 failed");
}

// What a fault decides at one moment does not depend on what happened before: it is noise of the instant.
TEST_F(ADiskFault, DecidesByTheInstant) {
  std::string fates;
  calls(60, [&](File& file) {
    const bool done = overwrites(file);
    fates += done ? '.' : 'x';
    return done;
  });
  strikes(FaultKind::failing_writes, 0s, 1h, 0, 0, 500'000);
  told_until(1s);
  const auto with_all = std::exchange(fates, "");

  ADiskFault_DecidesByTheInstant_Test other;
  other.calls(60, [&](File& file) {
    const bool done = overwrites(file);
    fates += done ? '.' : 'x';
    return done;
  });
  other.strikes(FaultKind::failing_writes, 30500us, 1h, 0, 0, 500'000);
  other.told_until(1s);
  EXPECT_EQ(fates.substr(30), with_all.substr(30));
  EXPECT_TRUE(with_all.substr(0, 29).contains('x'));
}

}  // namespace
}  // namespace lockstep::sim
