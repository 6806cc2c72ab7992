// What makes a scenario one that can be run: each thing that can be wrong with it is named with its place.
#include "scenarios/scenario.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "scenarios/random_scenario_test.h"

namespace lockstep::scenarios {
namespace {

using namespace std::chrono_literals;

Scenario sound() {
  Scenario s;
  s.backend = "sqlite";
  s.hosts.resize(3);
  s.clients = {1, 1};
  s.locks = 2;
  s.heal_at = sim::TrueTime(10s);
  s.steps.resize(2, {.at = sim::TrueTime(1s), .ttl = 1s});
  s.faults.resize(2, {.kind = sim::FaultKind::lossy_link, .at = sim::TrueTime(1s), .other = 1});
  return s;
}

// The place of the flaw in a sound scenario after one change; empty if it is still sound.
std::string flaw_after(const std::function<void(Scenario&)>& change) {
  Scenario s = sound();
  change(s);
  const auto flaw = find_flaw(s);
  EXPECT_TRUE(!flaw || !flaw->what.empty());
  return flaw ? flaw->place : "";
}

std::string flaw_of_step(const std::function<void(Step&)>& change) {
  return flaw_after([&](Scenario& s) { change(s.steps[1]); });
}

std::string flaw_of_fault(sim::Fault fault) {
  return flaw_after([&](Scenario& s) { s.faults[1] = fault; });
}

TEST(FindFlaw, FindsNoneInASoundScenario) {
  EXPECT_EQ(find_flaw(sound()), std::nullopt);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const auto flaw = find_flaw(RandomScenario(seed).draw());
    EXPECT_FALSE(flaw) << "seed " << seed << ": " << flaw->place << " " << flaw->what;
  }
}

TEST(FindFlaw, NamesWhatTheWholeLacksOrHasTooMuchOf) {
  EXPECT_EQ(flaw_after([](Scenario& s) { s.backend.clear(); }), "backend");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.hosts.resize(1); }), "hosts");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.hosts.resize(65); }), "hosts");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.servers = 9; }), "servers");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.clients.clear(); }), "clients");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.clients.resize(65); }), "clients");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.locks = 0; }), "locks");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.locks = 65; }), "locks");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.heal_at = sim::TrueTime(-1ns); }), "heal_at");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.heal_at = sim::TrueTime(24h + 1ns); }), "heal_at");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.steps.resize(100'001, s.steps[0]); }), "steps");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.faults.resize(10'001, s.faults[0]); }), "faults");
}

TEST(FindFlaw, NamesTheHostThatIsImpossible) {
  EXPECT_EQ(flaw_after([](Scenario& s) { s.hosts[2].drift_ppb = 1'000'000'000; }), "hosts[2]");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.hosts[1].wall_drift_ppb = -1'000'000'000; }), "hosts[1]");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.hosts[0].uptime = -1ns; }), "hosts[0].uptime");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.hosts[0].wall_offset = -96'001h; }), "hosts[0].wall_offset");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.hosts[0].wall_offset = -96'000h; }), "");
}

TEST(FindFlaw, NamesTheClientThatLivesNowhere) {
  EXPECT_EQ(flaw_after([](Scenario& s) { s.clients[1] = 3; }), "clients[1]");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.servers = 0; }), "clients[0]") << "the store is on host 0";
  EXPECT_EQ(flaw_after([](Scenario& s) {
              s.servers = 0;
              s.clients = {0, 0, 1};
            }),
            "clients[2]");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.servers = 0, s.shared_disk = true; }), "") << "all hosts mount its disk";
}

TEST(FindFlaw, NamesTheDiskThatCannotBeShared) {
  EXPECT_EQ(flaw_after([](Scenario& s) { s.shared_disk = true; }), "shared_disk") << "a server opens the store";
  EXPECT_EQ(flaw_after([](Scenario& s) { s.mount_cache = 1s; }), "mount_cache");
  const auto cached_for = [](Duration age) {
    return flaw_after([age](Scenario& s) { s.servers = 0, s.shared_disk = true, s.mount_cache = age; });
  };
  EXPECT_EQ(cached_for(1min), "");
  EXPECT_EQ(cached_for(1min + 1ns), "mount_cache");
  EXPECT_EQ(cached_for(-1ns), "mount_cache");
}

TEST(FindFlaw, NamesNoiseThatCannotBe) {
  EXPECT_EQ(flaw_after([](Scenario& s) { s.network.delay_min = s.network.delay_max + 1ns; }), "network.delay");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.network.delay_max = 61s; }), "network.delay");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.network.tail_max = 61s; }), "network.tail_max");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.network.loss_ppm = 1'000'001; }), "network");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.storage.call_min = s.storage.call_max + 1ns; }), "storage");
  EXPECT_EQ(flaw_after([](Scenario& s) { s.storage.sync_min = -1ns; }), "storage");
}

TEST(FindFlaw, NamesTheStepAndItsField) {
  EXPECT_EQ(flaw_of_step([](Step& step) { step.at = sim::TrueTime(10s + 1ns); }), "steps[1].at");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.at = sim::TrueTime(-1ns); }), "steps[1].at");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.client = 2; }), "steps[1].client");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.lock = 2; }), "steps[1].lock");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.ttl = 1ms - 1ns; }), "steps[1].ttl");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.ttl = 1h + 1ns; }), "steps[1].ttl");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.wait = -1ns; }), "steps[1].wait");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.hold = 25h; }), "steps[1].hold");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.writes = 1001; }), "steps[1].writes");
  EXPECT_EQ(flaw_of_step([](Step& step) { step.wait = 24h; }), "");
}

TEST(FindFlaw, NamesTheFaultAndItsField) {
  using enum sim::FaultKind;
  const sim::TrueTime at(1s);
  EXPECT_EQ(flaw_of_fault({.kind = crash_process, .at = sim::TrueTime(11s)}), "faults[1].at");
  EXPECT_EQ(flaw_of_fault({.kind = crash_process, .at = at, .lasts = 25h}), "faults[1].lasts");
  EXPECT_EQ(flaw_of_fault({.kind = crash_process, .at = at, .target = 3}), "") << "the resource";
  EXPECT_EQ(flaw_of_fault({.kind = crash_process, .at = at, .target = 4}), "faults[1].target");
  EXPECT_EQ(flaw_of_fault({.kind = reboot_host, .at = at, .target = 3}), "faults[1].target");
  EXPECT_EQ(flaw_of_fault({.kind = cut_link, .at = at, .target = 1, .other = 1}), "faults[1].other");
  EXPECT_EQ(flaw_of_fault({.kind = cut_one_way, .at = at, .target = 1, .other = 3}), "faults[1].other");
  EXPECT_EQ(flaw_of_fault({.kind = isolate_host, .at = at, .target = 1, .other = 77}), "") << "means nothing to it";
  EXPECT_EQ(flaw_of_fault({.kind = lossy_link, .at = at, .other = 1, .amount = 1'000'001}), "faults[1].amount");
  EXPECT_EQ(flaw_of_fault({.kind = slow_disk, .at = at, .amount = -1}), "faults[1].amount");
  EXPECT_EQ(flaw_of_fault({.kind = step_wall, .at = at, .amount = -1}), "") << "clocks step either way";
  EXPECT_EQ(flaw_of_fault({.kind = drift_monotonic, .at = at, .amount = -1'000'000'001}), "faults[1].amount");
  EXPECT_EQ(flaw_of_fault({.kind = step_wall, .at = at, .amount = std::numeric_limits<std::int64_t>::min()}),
            "faults[1].amount");
}

TEST(Names, OfProcessesCountServersThenClientsThenTheResource) {
  Scenario s = sound();
  s.servers = 2;
  EXPECT_EQ(process_name(s, 0), "server 0");
  EXPECT_EQ(process_name(s, 1), "server 1");
  EXPECT_EQ(process_name(s, s.client_process(0)), "client 0");
  EXPECT_EQ(process_name(s, s.client_process(1)), "client 1");
  EXPECT_EQ(process_name(s, s.resource_process()), "resource");
  EXPECT_EQ(s.processes(), 5);
  EXPECT_EQ(s.resource_host(), 2);
}

TEST(Names, OfLocksAreLettersWhileTheyLast) {
  const Scenario plain;
  EXPECT_EQ(lock_name(plain, 0), "A");
  EXPECT_EQ(lock_name(plain, 25), "Z");
  EXPECT_EQ(lock_name(plain, 26), "L26");
}

}  // namespace
}  // namespace lockstep::scenarios
