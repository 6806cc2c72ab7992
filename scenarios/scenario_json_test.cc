// The file format forth and back: what it looks like, that nothing is lost, and that no damaged file does harm.
#include "scenarios/scenario_json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "scenarios/random_scenario_test.h"

namespace lockstep::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr sim::TrueTime at(Duration since_start) { return sim::TrueTime(since_start); }

Scenario paused_client() {
  Scenario s;
  s.about = "A pause that is longer than the lease.";
  s.backend = "sqlite";
  s.seed = 7;
  s.hosts = {{}, {.wall_offset = -17ns, .drift_ppb = -50000}, {}, {.uptime = 3h}};
  s.clients = {1, 2};
  s.locks = 2;
  s.network.loss_ppm = 20000;
  s.storage.sync_max = 10ms;
  s.heal_at = at(30s);
  s.expect = models::Property::fenced_writes;
  s.steps.push_back({.at = at(1500us), .client = 0, .ttl = 10s, .hold = 20s, .writes = 4, .careless = true});
  s.steps.push_back({.at = at(2s), .client = 1, .lock = 1, .ttl = 250ms, .wait = 30s, .renew = false});
  s.steps.push_back({.at = at(0s), .ttl = 1s, .ending = Ending::forget});
  s.faults.push_back({sim::FaultKind::pause_process, at(3s), 11s, 1});
  s.faults.push_back({sim::FaultKind::lossy_link, at(3s), 1s, 0, 2, 500000});
  s.faults.push_back({sim::FaultKind::step_wall, at(4s), 0s, 1, 0, -1500000});
  s.faults.push_back({sim::FaultKind::crash_process, at(5s), 1s, 3});
  return s;
}

TEST(ScenarioJson, IsWrittenForPeople) {
  EXPECT_EQ(to_json(paused_client()), R"({
  "version": 1,
  "about": "A pause that is longer than the lease.",
  "backend": "sqlite",
  "seed": 7,
  "expect": "S5",
  "hosts": [{}, {"wall_offset": "-17 ns", "drift_ppb": -50000}, {}, {"uptime": "10800 s"}],
  "servers": 1,
  "clients": ["host 1", "host 2"],
  "locks": 2,
  "network": {"loss_ppm": 20000},
  "storage": {"sync_max": "10 ms"},
  "heal_at": "30 s",
  "steps": [
    {"at": "1500 us", "client": 0, "ttl": "10 s", "hold": "20 s", "writes": 4, "careless": true},
    {"at": "2 s", "client": 1, "lock": 1, "ttl": "250 ms", "wait": "30 s", "renew": false},
    {"at": "0 s", "client": 0, "ttl": "1 s", "ending": "forget"}
  ],
  "faults": [
    {"at": "3 s", "kind": "pause-process", "target": "client 0", "lasts": "11 s"},
    {"at": "3 s", "kind": "lossy-link", "target": "host 0", "other": "host 2", "lasts": "1 s", "amount": 500000},
    {"at": "4 s", "kind": "step-wall", "target": "host 1", "amount": "-1500 us"},
    {"at": "5 s", "kind": "crash-process", "target": "resource", "lasts": "1 s"}
  ]
}
)");
  EXPECT_EQ(from_json(to_json(paused_client())), paused_client());
}

TEST(ScenarioJson, SaysLittleOfALittleScenario) {
  Scenario s;
  s.backend = "memory";
  s.hosts.resize(2);
  s.servers = 0;
  s.clients = {0};
  EXPECT_EQ(to_json(s), R"({
  "version": 1,
  "backend": "memory",
  "seed": 0,
  "hosts": [{}, {}],
  "servers": 0,
  "clients": ["host 0"],
  "locks": 1,
  "heal_at": "0 s"
}
)");
  EXPECT_EQ(from_json(to_json(s)), s);
}

TEST(ScenarioJson, AcceptsFieldsInAnyOrderAndAPropertyByName) {
  const auto read = from_json(R"(  {"heal_at":"2000 ms","locks":1,"clients":["host 0"],"servers":1,
      "steps": [], "faults": [], "network": {}, "storage": {"call_min": "500 ns"},
      "hosts":[{"drift_ppb":0},{}], "seed":0, "expect": "fencing-order", "backend":"memory", "version":1})");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->heal_at, at(2s));
  EXPECT_EQ(read->expect, models::Property::fencing_order);
  EXPECT_EQ(read->network, sim::LinkNoise());
  EXPECT_EQ(read->storage, sim::StorageTiming());
}

TEST(ScenarioJson, GivesEveryFieldBack) {
  RandomScenario scenarios(1);
  for (int i = 0; i < 5000; ++i) {
    const Scenario scenario = scenarios.draw();
    ASSERT_FALSE(find_flaw(scenario)) << find_flaw(scenario)->place << find_flaw(scenario)->what;
    const auto text = to_json(scenario);
    const auto read = from_json(text);
    ASSERT_TRUE(read) << read.error() << "\n" << text;
    ASSERT_EQ(*read, scenario) << text;
    ASSERT_EQ(to_json(*read), text);
  }
}

TEST(ScenarioJson, WritesEvenAScenarioThatCannotBeRun) {
  Scenario s;
  s.about = "\xff";
  s.faults.push_back({sim::FaultKind::crash_process, at(-1s), 0s, 99});
  EXPECT_EQ(to_json(s), R"({
  "version": 1,
  "about": "�",
  "backend": "",
  "seed": 0,
  "hosts": [],
  "servers": 1,
  "clients": [],
  "locks": 1,
  "heal_at": "0 s",
  "faults": [
    {"at": "-1 s", "kind": "crash-process", "target": "process 99"}
  ]
}
)");
}

// One to four bytes changed, added, left out or moved from elsewhere in the text.
std::string damaged(std::string text, RandomStream& random) {
  static constexpr std::string_view telling = "{}[]\",:-+.eE0129 \n\\ustn\0\xff\xc3";
  for (auto times = random.below(4) + 1; times > 0; --times) {
    const auto place = random.below(text.size());
    const auto length = random.below(8);
    switch (random.below(5)) {
      case 0: text[place] = static_cast<char>(random.next()); break;
      case 1: text[place] = telling[random.below(telling.size())]; break;
      case 2: text.erase(place, length); break;
      case 3: text.insert(place, 1, telling[random.below(telling.size())]); break;
      default: text.insert(place, text.substr(random.below(text.size()), length)); break;
    }
    if (text.empty()) text.assign(1, '{');
  }
  return text;
}

TEST(ScenarioJson, IsHarmlessWhenDamaged) {
  RandomStream random(2);
  const auto sound = to_json(paused_client());
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto text = damaged(sound, random);
    const auto read = from_json(text);
    if (read) {
      ++accepted;
      ASSERT_FALSE(find_flaw(*read)) << text;
      ASSERT_EQ(from_json(to_json(*read)), *read) << text;
    } else {
      ASSERT_NE(read.error(), "") << text;
      ASSERT_EQ(read.error().find('\n'), std::string::npos) << read.error();
      ASSERT_NE(read.error().find(": "), std::string::npos) << read.error();
      ASSERT_LT(read.error().size(), 400u) << read.error();
    }
  }
  EXPECT_GT(accepted, 300);
  EXPECT_LT(accepted, 10000);
}

}  // namespace
}  // namespace lockstep::scenarios
