// What the world does to hosts, processes and links: each fault strikes where and when it is told and ends, those that
// overlap end one by one, clocks carry everybody's sleep with them, a reboot forgets what was not synced, and healing
// is the end of it all.
#include "sim/world.h"

#include <algorithm>
#include <memory>

#include "impl/env/blocking.h"
#include "sim/sim_file_system.h"
#include "sim/world_story_test.h"

namespace lockstep::sim {
namespace {

using Diary = WorldStory::Diary;

constexpr std::int64_t kBillion = 1'000'000'000;

class AFault : public WorldStory {};
class AClock : public WorldStory {};
class AReboot : public WorldStory {};
class Healing : public WorldStory {};
class AnEnd : public WorldStory {};

// Two hosts with a process each: process 0 says 1, 2, 3, ... every second, process 1 hears it a millisecond later.
class ALink : public WorldStory {
 public:
  ALink() {
    const auto speaker = host();
    const auto listener = host();
    process(speaker, [this](Incarnation& self) { return counts(self, world.process(1).address(), 1s); });
    process(listener, [this](Incarnation& self) { return listens(self, *this); });
  }
  std::string heard_until(Duration instant) {
    std::string heard;
    for (const auto& line : told_until(instant)) {
      if (!heard.empty()) heard += ' ';
      heard += line.substr(line.rfind(' ') + 1);
    }
    return heard;
  }
};

TEST_F(AFault, CrashesAndStartsAgain) {
  idler(host());
  strikes(FaultKind::crash_process, 1s, 2s, 0);
  told_until(10s);
  EXPECT_EQ(changes, Diary({"0s 0 started", "1s fault 0 began", "1s 0 crashed", "3s fault 0 ended", "3s 0 started"}));
}

TEST_F(AFault, ThatLastsNoTimeIsACrashAllTheSame) {
  idler(host());
  strikes(FaultKind::crash_process, 1s, 0s, 0);
  told_until(10s);
  EXPECT_EQ(changes, Diary({"0s 0 started", "1s fault 0 began", "1s 0 crashed", "1s fault 0 ended", "1s 0 started"}));
}

TEST_F(AFault, OfTheSameKindEndsOneByOne) {
  idler(host());
  strikes(FaultKind::crash_process, 1s, 3s, 0);
  strikes(FaultKind::crash_process, 2s, 5s, 0);
  strikes(FaultKind::pause_process, 10s, 3s, 0);
  strikes(FaultKind::pause_process, 11s, 5s, 0);
  told_until(20s);
  std::erase_if(changes, [](const std::string& line) { return line.contains("fault"); });
  EXPECT_EQ(changes, Diary({"0s 0 started", "1s 0 crashed", "7s 0 started", "10s 0 paused", "16s 0 resumed"}));
}

TEST_F(AFault, OnAHostAndOnItsProcessBothKeepItDown) {
  const auto home = host();
  idler(home);
  idler(home);
  strikes(FaultKind::reboot_host, 1s, 2s, home);
  strikes(FaultKind::crash_process, 2s, 3s, 0);
  told_until(20s);
  std::erase_if(changes, [](const std::string& line) { return line.contains("fault"); });
  EXPECT_EQ(changes,
            Diary({"0s 0 started", "0s 1 started", "1s 0 crashed", "1s 1 crashed", "3s 1 started", "5s 0 started"}));
}

TEST_F(AFault, IsCountedWhenItStrikesAndOnlyThen) {
  idler(host());
  strikes(FaultKind::crash_process, 1s, 1s, 0);
  strikes(FaultKind::crash_process, 1500ms, 1s, 0);
  strikes(FaultKind::pause_process, 99s, 1s, 0);
  told_until(10s);
  EXPECT_EQ(world.activations()[static_cast<std::size_t>(FaultKind::crash_process)], 2);
  EXPECT_EQ(world.activations()[static_cast<std::size_t>(FaultKind::pause_process)], 0);
}

Awaitable<void> syncs(Incarnation& self, WorldStory& story) {
  auto work = [&self, &story] {
    SimFileSystem files(self.disk(), self.gate(), self.number());
    auto file = files.open("/f", {.write = true, .create = true});
    for (;;) {
      if (!(*file)->sync()) return 0;
      story.tells("synced");
    }
  };
  co_await blocking(self.lane(), self, std::move(work));
}

TEST_F(AFault, OfADiskMakesSyncsSlowerAndAddsUp) {
  process(host(), [this](Incarnation& self) { return syncs(self, *this); });
  strikes(FaultKind::slow_disk, 15ms, 100ms, 0, 0, Duration(20ms).count());
  strikes(FaultKind::slow_disk, 30ms, 50ms, 0, 0, Duration(40ms).count());
  EXPECT_EQ(told_until(165ms), Diary({"11ms synced", "21ms synced", "51ms synced", "121ms synced", "131ms synced",
                                      "141ms synced", "151ms synced", "161ms synced"}));
}

TEST_F(Healing, BringsASyncBackThatASlowDiskHoldsUp) {
  process(host(), [this](Incarnation& self) { return syncs(self, *this); });
  strikes(FaultKind::slow_disk, 15ms, 1h, 0, 0, Duration(1h).count());
  begins();
  until(50ms);
  world.heal();
  until(75ms);
  EXPECT_EQ(told, Diary({"11ms synced", "21ms synced", "50ms synced", "60ms synced", "70ms synced"}));
}

TEST_F(ALink, ThatIsCutCarriesNothingEitherWayAndOpensAgain) {
  strikes(FaultKind::cut_link, 1500ms, 2s, 1, 0);
  EXPECT_EQ(heard_until(6s), "1 4 5");
}

TEST_F(ALink, CutOneWayFromItsTargetIsOpenTheOtherWay) {
  strikes(FaultKind::cut_one_way, 1500ms, 2s, 0, 1);
  strikes(FaultKind::cut_one_way, 3500ms, 2s, 1, 0);
  EXPECT_EQ(heard_until(6500ms), "1 4 5 6");
}

TEST_F(ALink, OfAnIsolatedHostCarriesNothing) {
  host();
  strikes(FaultKind::isolate_host, 1500ms, 2s, 1);
  strikes(FaultKind::isolate_host, 4500ms, 2s, 2);
  EXPECT_EQ(heard_until(6500ms), "1 4 5 6");
}

TEST_F(ALink, CutTwiceOpensWhenBothCutsHaveEnded) {
  strikes(FaultKind::cut_link, 1500ms, 3s, 0, 1);
  strikes(FaultKind::isolate_host, 2500ms, 3s, 0);
  EXPECT_EQ(heard_until(8500ms), "1 6 7 8");
}

TEST_F(ALink, LosesMoreTheMoreTroublesItHas) {
  strikes(FaultKind::lossy_link, 1500ms, 5s, 0, 1, 600'000);
  strikes(FaultKind::lossy_link, 2500ms, 3s, 1, 0, 400'000);
  const auto heard = heard_until(9500ms);
  EXPECT_TRUE(heard.starts_with("1 ")) << heard;
  EXPECT_FALSE(heard.contains('3') || heard.contains('4') || heard.contains('5')) << heard;
  EXPECT_TRUE(heard.ends_with("7 8 9")) << heard;
}

TEST_F(ALink, DuplicatesItsShare) {
  strikes(FaultKind::duplicating_link, 1500ms, 2s, 0, 1, 1'000'000);
  EXPECT_EQ(heard_until(4500ms), "1 2 2 3 3 4");
}

TEST_F(ALink, ThatIsSlowLetsMessagesOvertake) {
  strikes(FaultKind::slow_link, 500ms, 20s, 0, 1, Duration(10s).count());
  const auto heard = heard_until(40s);
  EXPECT_EQ(std::ranges::count(heard, ' '), 38) << "none is lost";
  EXPECT_FALSE(heard.starts_with("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20")) << heard;
}

Awaitable<void> sleeps(Incarnation& self, WorldStory& story, Duration duration) {
  const MonoTime begin = self.monotonic();
  co_await sleep_for(self, duration);
  story.tells(fmt::format("woke after {}", in_words(self.monotonic() - begin)));
}

TEST_F(AClock, CarriesSleepWithItsDrift) {
  const auto fast = host({.drift_ppb = kBillion});
  const auto slow = host({.drift_ppb = -kBillion / 2});
  const auto honest = host();
  for (const auto home : {fast, slow, honest}) {
    process(home, [this](Incarnation& self) { return sleeps(self, *this, 4s); });
  }
  EXPECT_EQ(told_until(20s), Diary({"2s woke after 4s", "4s woke after 4s", "8s woke after 4s"}));
}

TEST_F(AClock, ThatBeginsToDriftTakesSleepersAlongAndNobodyElse) {
  const auto home = host();
  process(home, [this](Incarnation& self) { return sleeps(self, *this, 10s); });
  process(host(), [this](Incarnation& self) { return sleeps(self, *this, 10s); });
  strikes(FaultKind::drift_monotonic, 4s, 2s, home, 0, kBillion);
  EXPECT_EQ(told_until(20s), Diary({"8s woke after 10s", "10s woke after 10s"}));
}

TEST_F(AClock, OfTwoDriftsHasTheirSumUntilEachEnds) {
  const auto home = host({.drift_ppb = 100'000'000});
  idler(home);
  strikes(FaultKind::drift_monotonic, 10s, 20s, home, 0, 200'000'000);
  strikes(FaultKind::drift_monotonic, 20s, 20s, home, 0, 400'000'000);
  begins();
  const auto shows = [&](Duration instant) {
    until(instant);
    return world.process(0).running->monotonic().time_since_epoch();
  };
  EXPECT_EQ(shows(10s), 11s);
  EXPECT_EQ(shows(20s), 24s);
  EXPECT_EQ(shows(30s), 41s);
  EXPECT_EQ(shows(40s), 56s);
  EXPECT_EQ(shows(50s), 67s);
}

TEST_F(AClock, FrozenWakesNobodyUntilItThaws) {
  const auto home = host();
  process(home, [this](Incarnation& self) { return sleeps(self, *this, 3s); });
  process(home, [this](Incarnation& self) { return sleeps(self, *this, 2s); });
  strikes(FaultKind::freeze_monotonic, 1s, 10s, home);
  EXPECT_EQ(told_until(20s), Diary({"12s woke after 2s", "13s woke after 3s"}));
}

TEST_F(AClock, FrozenTwiceThawsOnceBothHaveEnded) {
  const auto home = host();
  process(home, [this](Incarnation& self) { return sleeps(self, *this, 3s); });
  strikes(FaultKind::freeze_monotonic, 1s, 4s, home);
  strikes(FaultKind::freeze_monotonic, 2s, 8s, home);
  EXPECT_EQ(told_until(20s), Diary({"12s woke after 3s"}));
}

Awaitable<void> begins_to_sleep_later(Incarnation& self, WorldStory& story, Signal& signal) {
  co_await signal.wait();
  co_await sleeps(self, story, 2s);
}

TEST_F(AClock, FrozenIsASleepThatBeginsOnlyOnceItThaws) {
  const auto home = host();
  std::unique_ptr<Signal> signal;
  process(home, [&, this](Incarnation& self) {
    signal = std::make_unique<Signal>(self);
    return begins_to_sleep_later(self, *this, *signal);
  });
  strikes(FaultKind::freeze_monotonic, 1s, 10s, home);
  begins();
  until(5s);
  signal->set();
  until(20s);
  EXPECT_EQ(told, Diary({"13s woke after 2s"}));
  world.end();
}

struct Watch final : Timer {
  Watch(WorldStory& s, std::string n) : story(s), name(std::move(n)) {}
  void fire() override { story.tells(name); }
  void abandon() override { story.tells(name + " abandoned"); }
  WorldStory& story;
  std::string name;
};

TEST_F(AClock, KeepsTheOrderOfThoseWithOneDeadlineWhateverHappensToIt) {
  const auto home = host();
  strikes(FaultKind::drift_monotonic, 1s, 1s, home, 0, -kBillion / 2);
  strikes(FaultKind::freeze_monotonic, 1200ms, 10s, home);
  Watch first(*this, "first");
  Watch second(*this, "second");
  Watch third(*this, "third");
  begins();
  for (Watch* watch : {&first, &second, &third}) world.watch(home, *watch, MonoTime(2s));
  until(20s);
  EXPECT_EQ(told, Diary({"12100ms first", "12100ms second", "12100ms third"}));
}

TEST_F(AClock, OfTheWallStepsFreezesAndDriftsWithoutTheMonotonicOne) {
  const auto home = host({.wall_offset = 1h, .wall_drift_ppb = kBillion, .uptime = 100s});
  idler(home);
  strikes(FaultKind::step_wall, 1s, 1h, home, 0, Duration(-30s).count());
  strikes(FaultKind::freeze_wall, 2s, 1s, home);
  begins();
  auto& self = *world.process(0).running;
  const WallTime begin = self.wall();
  const auto passed = [&](Duration instant) {
    until(instant);
    EXPECT_EQ(self.monotonic(), MonoTime(100s + instant));
    return self.wall() - begin;
  };
  EXPECT_EQ(passed(999ms), 1998ms);
  EXPECT_EQ(passed(1s), -28s);
  EXPECT_EQ(passed(2s), -26s);
  EXPECT_EQ(passed(3s), -26s);
  EXPECT_EQ(passed(4s), -24s);
}

TEST_F(AClock, OfTheWallDiffersFromTheTrueDateByItsOffset) {
  idler(host());
  idler(host({.wall_offset = -2h}));
  begins();
  EXPECT_EQ(world.process(0).running->wall() - world.process(1).running->wall(), 2h);
}

TEST_F(AClock, IsWatchedWhateverItsProcessesDo) {
  const auto home = host({.drift_ppb = kBillion});
  idler(home);
  Watch watch(*this, "watch");
  strikes(FaultKind::pause_process, 1s, 10s, 0);
  strikes(FaultKind::crash_process, 2s, 10s, 0);
  begins();
  world.watch(home, watch, MonoTime(6s));
  until(20s);
  EXPECT_EQ(told, Diary({"3s watch"}));
}

TEST_F(AReboot, AbandonsWhatWatchedItsClock) {
  const auto home = host();
  Watch watch(*this, "watch");
  strikes(FaultKind::reboot_host, 1s, 1s, home);
  begins();
  world.watch(home, watch, MonoTime(1500ms));
  until(20s);
  EXPECT_EQ(told, Diary({"1s watch abandoned"}));
}

TEST_F(AReboot, BeginsTheMonotonicClockAnewAndKeepsTheWallClockGoing) {
  const auto home = host({.uptime = 1h});
  idler(home);
  strikes(FaultKind::reboot_host, 10s, 5s, home);
  begins();
  until(10s - 1ns);
  const auto boot = world.process(0).running->boot();
  const auto wall = world.process(0).running->wall();
  EXPECT_EQ(world.process(0).running->monotonic(), MonoTime(1h + 10s - 1ns));
  until(12s);
  EXPECT_EQ(world.process(0).running, nullptr);
  until(16s);
  EXPECT_EQ(world.process(0).running->monotonic(), MonoTime(1s));
  EXPECT_EQ(world.process(0).running->wall() - wall, 6s + 1ns);
  EXPECT_NE(world.process(0).running->boot(), boot);
}

TEST_F(AReboot, LeavesOtherHostsAlone) {
  process(host(), [this](Incarnation& self) { return ticks(self, *this, 1s); });
  const auto other = host();
  idler(other);
  strikes(FaultKind::reboot_host, 1500ms, 1h, other);
  EXPECT_EQ(told_until(3s), Diary({"1s tick", "2s tick", "3s tick"}));
}

TEST_F(AReboot, ThatOverlapsAnotherIsOneBoot) {
  const auto home = host();
  idler(home);
  strikes(FaultKind::reboot_host, 1s, 3s, home);
  strikes(FaultKind::reboot_host, 2s, 5s, home);
  begins();
  until(8s);
  EXPECT_EQ(world.host(home).clock.boots, 1);
  EXPECT_EQ(world.process(0).running->monotonic(), MonoTime(1s));
}

// Writes two files, syncs one with its directory, and waits.
Awaitable<void> writes_two_files(Incarnation& self) {
  auto work = [&self] {
    SimFileSystem files(self.disk(), self.gate(), self.number());
    const std::byte byte{7};
    for (const char* path : {"/synced", "/unsynced"}) {
      auto file = files.open(path, {.write = true, .create = true, .exclusive = true});
      if (!file) return false;  // a later incarnation
      (*file)->write_at(0, std::span(&byte, 1)).value();
      if (path == std::string_view("/unsynced")) break;
      (*file)->sync().value();
      files.sync_directory("/").value();
    }
    return true;
  };
  co_await blocking(self.lane(), self, std::move(work));
  co_await Signal(self).wait();
}

// Which of the two files are there once the fault is over, by seed.
std::string left_after(FaultKind kind, std::uint64_t seed) {
  struct Silent final : WorldObserver {
    void process_changed(std::uint32_t, Change) override {}
    void fault_changed(std::uint32_t, bool) override {}
  } nobody;
  World world({.seed = seed, .noise = {}, .storage = {1ms, 1ms, 10ms, 10ms}}, nobody);
  world.add_host({});
  world.add_process("writer", 0, [](Incarnation& self) { return writes_two_files(self); });
  world.start({{kind, TrueTime(1s), 1h, 0, 0, 0}});
  world.run_until(TrueTime(2s));
  const auto& disk = *world.host(0).disk;
  return fmt::format("{}{}", disk.size_of("/synced") == 1 ? "synced" : "", disk.exists("/unsynced") ? " unsynced" : "");
}

TEST_F(AReboot, KeepsWhatWasSyncedAndMayLoseTheRest) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto left = left_after(FaultKind::reboot_host, seed);
    ASSERT_TRUE(left.starts_with("synced")) << seed;
    lost += left == "synced";
  }
  EXPECT_GT(lost, 5);
  EXPECT_LT(lost, 35);
}

TEST(AProcessCrash, LosesNothingThatWasWritten) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(left_after(FaultKind::crash_process, seed), "synced unsynced");
  }
}

TEST_F(Healing, EndsEveryFaultAndCancelsThoseToCome) {
  const auto home = host({.drift_ppb = 1000, .wall_drift_ppb = 1000});
  const auto other = host();
  process(home, [this](Incarnation& self) { return ticks(self, *this, 1s); });
  idler(other);
  for (int k = 0; k < kFaultKinds; ++k) {
    const auto kind = static_cast<FaultKind>(k);
    const std::int64_t amount = facts_of(kind).amount == "ppm" ? 1'000'000 : 0;
    strikes(kind, 1s, 1h, home, other, amount == 0 ? Duration(1s).count() : amount);
    strikes(kind, 1500ms, 1h, home, other, amount);
    strikes(kind, 50s, 1h, home, other, amount);
  }
  begins();
  until(10s);
  world.heal();
  changes.clear();
  told.clear();
  const auto wall = world.host(home).clock.wall.read(world.now());
  const auto monotonic = world.host(home).clock.monotonic.read(world.now());
  until(100s);
  EXPECT_EQ(changes, Diary()) << "nothing strikes any more";
  EXPECT_EQ(told.size(), 90) << "it runs and its clock goes";
  EXPECT_EQ(world.host(home).clock.wall.read(world.now()) - wall, 90s);
  EXPECT_EQ(world.host(home).clock.monotonic.read(world.now()) - monotonic, 90s);
  EXPECT_EQ(world.host(home).storage.slower, 0s);
  for (const auto& [from, to] : {std::pair{home, other}, {other, home}}) {
    const auto& trouble = world.network().trouble(from, to);
    EXPECT_EQ(trouble.cuts, 0);
    EXPECT_EQ(trouble.loss_ppm, 0);
    EXPECT_EQ(trouble.duplicate_ppm, 0);
    EXPECT_EQ(trouble.late, 0s);
  }
}

TEST_F(Healing, StartsWhatIsDownAndResumesWhatIsPaused) {
  idler(host());
  idler(host());
  idler(host());
  strikes(FaultKind::crash_process, 1s, 1h, 0);
  strikes(FaultKind::pause_process, 1s, 1h, 1);
  strikes(FaultKind::reboot_host, 1s, 1h, 2);
  begins();
  until(10s);
  changes.clear();
  world.heal();
  EXPECT_EQ(changes, Diary({"10s fault 0 ended", "10s 0 started", "10s fault 1 ended", "10s 1 resumed",
                            "10s fault 2 ended", "10s 2 started"}));
}

TEST_F(Healing, BringsMessagesThroughAgain) {
  const auto listener = process(host(), [this](Incarnation& self) { return listens(self, *this); });
  process(host(), [this, listener](Incarnation& self) { return counts(self, world.process(listener).address(), 1s); });
  strikes(FaultKind::isolate_host, 1500ms, 1h, 0);
  strikes(FaultKind::lossy_link, 1500ms, 1h, 0, 1, 1'000'000);
  begins();
  until(3500ms);
  world.heal();
  until(5500ms);
  EXPECT_EQ(told, Diary({"1001ms heard 1", "4001ms heard 4", "5001ms heard 5"}));
}

TEST(AWorld, IsAFunctionOfItsOptionsProgramsAndFaults) {
  struct Silent final : WorldObserver {
    void process_changed(std::uint32_t, Change) override {}
    void fault_changed(std::uint32_t, bool) override {}
  };
  const auto hash_of = [](std::uint64_t seed, Duration crash) {
    Silent nobody;
    World world({.seed = seed, .noise = {.loss_ppm = 100'000}}, nobody);
    world.add_host({});
    world.add_host({});
    world.add_process("writer", 0, [](Incarnation& self) { return writes_two_files(self); });
    world.add_process("speaker", 1, [](Incarnation& self) { return counts(self, {0, 1}, 10ms); });
    world.start({{FaultKind::reboot_host, TrueTime(crash), 1s, 0, 0, 0}});
    world.run_until(TrueTime(5s));
    return world.trace().hash();
  };
  EXPECT_EQ(hash_of(1, 1s), hash_of(1, 1s));
  EXPECT_NE(hash_of(1, 1s), hash_of(2, 1s));
  EXPECT_NE(hash_of(1, 1s), hash_of(1, 1s + 1ns));
}

TEST_F(AnEnd, OfTheWorldDestroysEverybodyUnrecorded) {
  process(host(), [this](Incarnation& self) -> Awaitable<void> {
    tells("begins");
    return ticks(self, *this, 1h);
  });
  begins();
  until(1s);
  changes.clear();
  const auto hash = world.trace().hash();
  world.end();
  EXPECT_EQ(world.process(0).running, nullptr);
  EXPECT_EQ(changes, Diary());
  EXPECT_EQ(world.trace().hash(), hash);
}

}  // namespace
}  // namespace lockstep::sim
