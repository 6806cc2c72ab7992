// A run is a function of its scenario: the same one gives the same trace and history, whatever ran before it. Every
// fault really strikes; every way to use a lock leaves the history that it should; and nothing is told by the dead.
#include "scenarios/run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "impl/backends/memory_backend.h"

namespace lockstep::scenarios {
namespace {

using namespace std::chrono_literals;
using models::Event;
using models::EventType;
using models::Op;
using models::Reason;
using sim::FaultKind;
using sim::TrueTime;

const Subject& subject_of(const Scenario& scenario) {
  static const std::vector<Subject> subjects = honest_subjects();
  return *std::ranges::find(subjects, scenario.backend, &Subject::name);
}

RunResult runs(const Scenario& scenario, const RunOptions& options = {}) {
  return run(scenario, subject_of(scenario), options);
}

// Two clients on hosts of their own want one lock of a server; nothing goes wrong.
Scenario two_clients(const std::string& backend = "sqlite") {
  Scenario s;
  s.backend = backend;
  s.seed = 7;
  s.hosts.resize(4);
  s.clients = {1, 2};
  s.heal_at = TrueTime(8s);
  s.steps = {{.at = TrueTime(100ms), .client = 0, .ttl = 1s, .hold = 2s, .writes = 3},
             {.at = TrueTime(500ms), .client = 1, .ttl = 1s, .wait = 4s, .hold = 500ms, .writes = 2},
             {.at = TrueTime(4s), .client = 0, .ttl = 1s, .hold = 1s, .writes = 1}};
  return s;
}

Scenario with(Scenario s, sim::Fault fault) {
  s.faults.push_back(fault);
  return s;
}

Scenario embedded() {
  Scenario s = two_clients();
  s.servers = 0;
  s.hosts.resize(2);
  s.clients = {0, 0};
  return s;
}

// A lot of everything.
Scenario turmoil(std::uint64_t seed) {
  Scenario s = two_clients();
  s.seed = seed;
  s.servers = 2;
  s.network.loss_ppm = s.network.duplicate_ppm = 100'000;
  for (std::uint32_t i = 0; i < 20; ++i) {
    s.steps.push_back({.at = TrueTime(i * 300ms),
                       .client = i % 2,
                       .ttl = 600ms,
                       .wait = 900ms,
                       .hold = 400ms,
                       .writes = 2,
                       .careless = i % 3 == 0,
                       .ending = static_cast<Ending>(i % 4)});
  }
  for (int k = 0; k < sim::kFaultKinds; ++k) {
    const auto kind = static_cast<FaultKind>(k);
    s.faults.push_back({kind, TrueTime(k * 400ms), 300ms, static_cast<std::uint32_t>(k % 3), 3, 1000 * k});
  }
  return s;
}

auto facts_of(const Event& e) {
  return std::tuple(e.at, e.type, e.op, e.reason, e.mode, e.process, e.lock, e.attempt, e.request, e.permits, e.token,
                    e.ttl, e.wait, e.clock, e.deadline, e.fault);
}

void expect_same(const RunResult& one, const RunResult& other) {
  EXPECT_EQ(one.trace_hash, other.trace_hash);
  EXPECT_EQ(one.trace_events, other.trace_events);
  EXPECT_EQ(one.steps, other.steps);
  EXPECT_EQ(one.messages, other.messages);
  ASSERT_EQ(one.history.events.size(), other.history.events.size());
  for (std::size_t i = 0; i < one.history.events.size(); ++i) {
    ASSERT_EQ(facts_of(one.history.events[i]), facts_of(other.history.events[i])) << "event " << i;
  }
}

// Of any operation, or of one.
std::vector<Event> events_of(const RunResult& result, EventType type, std::optional<Op> op = {}) {
  std::vector<Event> found;
  for (const Event& e : result.history.events) {
    if (e.type == type && (!op || e.op == *op)) found.push_back(e);
  }
  return found;
}

std::size_t count(const RunResult& result, EventType type, std::optional<Op> op = {}) {
  return events_of(result, type, op).size();
}

void expect_kept(const RunResult& result) {
  for (const auto& verdict : result.verdicts) {
    EXPECT_EQ(verdict.outcome, models::Outcome::ok) << models::name_of(verdict.property) << ": " << verdict.sentence;
  }
}

TEST(ARun, OfTheSameScenarioIsTheSameTwice) {
  for (const Scenario& s : {two_clients("sqlite"), two_clients("memory"), embedded(), turmoil(1)}) {
    expect_same(runs(s), runs(s));
  }
}

TEST(ARun, IsTheSameAlsoAfterOtherWorldsInTheSameProgram) {
  const RunResult first = runs(turmoil(1));
  for (std::uint64_t seed = 2; seed < 6; ++seed) runs(turmoil(seed));
  runs(two_clients("memory"));
  runs(embedded());
  expect_same(runs(turmoil(1)), first);
}

TEST(ARun, IsTheSameWhetherOrNotItIsWatched) {
  const RunResult unwatched = runs(turmoil(1));
  const RunResult watched = runs(turmoil(1), {.keep_trace = true, .tell_messages = true});
  expect_same(watched, unwatched);
  EXPECT_TRUE(unwatched.trace.empty());
  EXPECT_EQ(watched.trace.size(), watched.trace_events);
  EXPECT_EQ(sim::first_difference(watched.trace, runs(turmoil(1), {.keep_trace = true}).trace), "");
  EXPECT_EQ(watched.messages_told.size(), watched.messages);
}

TEST(ARun, TellsOfAMessageThatWasDeliveredTwiceWhenEachCopyCame) {
  Scenario s = two_clients("sqlite");
  s.network.duplicate_ppm = 500'000;
  const RunResult result = runs(s, {.tell_messages = true});
  std::uint64_t twice = 0;
  for (const MessageStory& m : result.messages_told) {
    if (!m.has_arrived_again) continue;
    ++twice;
    EXPECT_TRUE(m.has_arrived && m.arrived <= m.arrived_again);
  }
  EXPECT_GT(twice, 0u);
  EXPECT_LE(twice, result.messages_duplicated);
}

TEST(ARun, OfAnotherSeedIsAnother) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 0; seed < 10; ++seed) hashes.insert(runs(turmoil(seed)).trace_hash);
  EXPECT_EQ(hashes.size(), 10);
}

TEST(ARun, WithoutFaultsKeepsEveryPromise) {
  for (const Scenario& s : {two_clients("sqlite"), two_clients("memory"), embedded()}) {
    const RunResult result = runs(s);
    expect_kept(result);
    EXPECT_EQ(violated(result), 0);
    EXPECT_EQ(count(result, EventType::ok, Op::lock), 5) << "three steps, and a probe of each client";
    EXPECT_GT(result.virtual_time, s.heal_at.time_since_epoch());
    EXPECT_EQ(result.bounds.end, result.virtual_time);
  }
}

TEST(ARun, InTurmoilKeepsEveryPromiseOfAnHonestLock) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Scenario s = turmoil(seed);
    std::erase_if(s.faults, [](const sim::Fault& f) { return f.kind == FaultKind::freeze_monotonic; });
    expect_kept(runs(s));
  }
}

TEST(ARun, TellsItsHistoryInTheOrderOfTime) {
  const RunResult result = runs(turmoil(3));
  EXPECT_TRUE(std::ranges::is_sorted(result.history.events, {}, &Event::at));
  EXPECT_EQ(count(result, EventType::healed), 1);
  EXPECT_EQ(events_of(result, EventType::healed)[0].at, turmoil(3).heal_at.time_since_epoch());
}

TEST(ARun, NamesProcessesAndLocks) {
  Scenario s = two_clients();
  s.locks = 2;
  const auto history = runs(s).history;
  std::string names;
  for (const auto& process : history.processes) names += fmt::format("{} on {}, ", process.name, process.host);
  EXPECT_EQ(names, "server 0 on 0, client 0 on 1, client 1 on 2, resource on 3, ");
  EXPECT_EQ(history.locks, (std::vector<std::string>{"A", "B"}));
}

TEST(ARun, WithoutAStepOnlyBeginsHealsAndEnds) {
  Scenario s = two_clients();
  s.steps.clear();
  const RunResult result = runs(s);
  expect_kept(result);
  for (const auto& verdict : result.verdicts) EXPECT_EQ(verdict.exercised, 0) << models::name_of(verdict.property);
  EXPECT_EQ(count(result, EventType::process_started), 4);
  EXPECT_EQ(count(result, EventType::restarted), 1);
  EXPECT_EQ(count(result, EventType::healed), 1);
  EXPECT_EQ(result.history.events.size(), 6);
  EXPECT_LT(result.virtual_time, s.heal_at.time_since_epoch() + 1s);
}

TEST(ARun, ThatHealsAtOnceStillProbes) {
  Scenario s = two_clients();
  s.heal_at = TrueTime(0s);
  s.steps = {{.at = TrueTime(0s), .ttl = 1s, .hold = 10ms}};
  const RunResult result = runs(s);
  expect_kept(result);
  EXPECT_EQ(count(result, EventType::ok, Op::lock) + count(result, EventType::fail, Op::lock), 3);
}

// What happened in a run, apart from the faults' own entries.
std::vector<sim::TraceRecord> happenings(const Scenario& s, const Subject& subject) {
  auto trace = run(s, subject, {.keep_trace = true}).trace;
  std::erase_if(trace, [](const sim::TraceRecord& record) {
    const auto type = static_cast<EventType>(record.a & 0xff);
    return record.kind == sim::TraceKind::fault || record.kind == sim::TraceKind::clock ||
           (record.kind == sim::TraceKind::history &&
            (type == EventType::fault_began || type == EventType::fault_ended));
  });
  return trace;
}

sim::Fault strike(FaultKind kind) {
  sim::Fault fault{.kind = kind, .at = TrueTime(600ms), .lasts = 900ms};
  if (kind == FaultKind::failing_reads) fault.at = {};  // once it is open, SQLite remembers what it has read
  const auto& facts = sim::facts_of(kind);
  fault.target = facts.subject == sim::FaultSubject::process ? 1 : 0;
  fault.other = 1;
  if (facts.amount == "ns") fault.amount = Duration(700ms).count();
  if (facts.amount == "ppm") fault.amount = 1'000'000;
  if (facts.amount == "ppb") fault.amount = 300'000'000;
  return fault;
}

TEST(AFaultInARun, OfEveryKindReallyStrikes) {
  const Scenario calm = two_clients();
  const auto base = happenings(calm, subject_of(calm));
  for (int k = 0; k < sim::kFaultKinds; ++k) {
    const auto kind = static_cast<FaultKind>(k);
    const auto name = sim::facts_of(kind).name;
    const Scenario struck = with(calm, strike(kind));
    const RunResult result = runs(struck);
    EXPECT_EQ(result.fault_activations[static_cast<std::size_t>(k)], 1) << name;
    EXPECT_EQ(count(result, EventType::fault_began), 1) << name;
    EXPECT_NE(result.trace_hash, runs(calm).trace_hash) << name;
    const bool of_the_wall = kind == FaultKind::step_wall || kind == FaultKind::freeze_wall;
    EXPECT_EQ(happenings(struck, subject_of(struck)) == base, of_the_wall)
        << name << ": an honest lock notices every fault but those of the wall clock";
  }
}

// A lock that believes the wall clock.
Awaitable<Result<OpenedStore>> open_on_wall_clock(StoreParts parts) {
  struct Wall final : Clock {
    explicit Wall(Clock& c) : inner(c) {}
    MonoTime monotonic() const override { return MonoTime(inner.wall().time_since_epoch()); }
    WallTime wall() const override { return inner.wall(); }
    BootId boot() const override { return inner.boot(); }
    void arm(Timer& timer, MonoTime deadline) override { inner.arm(timer, deadline); }
    void expedite(Timer& timer) override { inner.expedite(timer); }
    void disarm(Timer& timer) override { inner.disarm(timer); }
    Clock& inner;
  };
  struct Store {
    Store(Clock& clock, LeaseObserver* observer) : wall(clock), backend(wall, observer) {}
    Wall wall;
    MemoryBackend backend;
  };
  auto store = std::make_shared<Store>(parts.clock, parts.observer);
  co_return OpenedStore(store, &store->backend);
}

TEST(AFaultInARun, OfTheWallClockStrikesALockThatBelievesIt) {
  Subject gullible = memory_subject();
  gullible.open = open_on_wall_clock;
  Scenario calm = two_clients("memory");
  calm.steps[0].renew = false;
  calm.steps[0].ending = Ending::forget;
  const auto base = happenings(calm, gullible);
  for (const FaultKind kind : {FaultKind::step_wall, FaultKind::freeze_wall}) {
    EXPECT_NE(happenings(with(calm, strike(kind)), gullible), base) << sim::facts_of(kind).name;
  }
}

TEST(AFaultInARun, LeavesItsMark) {
  const auto struck = [](FaultKind kind) { return runs(with(two_clients(), strike(kind))); };
  EXPECT_EQ(count(struck(FaultKind::crash_process), EventType::process_crashed), 1);
  EXPECT_EQ(count(struck(FaultKind::pause_process), EventType::process_resumed), 1);
  EXPECT_EQ(count(struck(FaultKind::reboot_host), EventType::restarted), 2);
  EXPECT_GT(count(struck(FaultKind::reboot_host), EventType::recovered), 0);
  for (const FaultKind kind :
       {FaultKind::cut_link, FaultKind::cut_one_way, FaultKind::isolate_host, FaultKind::lossy_link}) {
    EXPECT_GT(struck(kind).messages_lost, 0) << sim::facts_of(kind).name;
  }
  EXPECT_GT(struck(FaultKind::duplicating_link).messages_duplicated, 0);
  EXPECT_EQ(runs(two_clients()).messages_lost + runs(two_clients()).messages_duplicated, 0);
}

TEST(AStep, IsDroppedIfItsClientIsDownAtItsInstant) {
  const Scenario s =
      with(two_clients(), {.kind = FaultKind::crash_process, .at = TrueTime(3900ms), .lasts = 1s, .target = 1});
  EXPECT_EQ(count(runs(two_clients()), EventType::invoke, Op::lock), 5);
  EXPECT_EQ(count(runs(s), EventType::invoke, Op::lock), 4);
}

TEST(AStep, CutOffByACrashStaysOpen) {
  const RunResult result =
      runs(with(two_clients(), {.kind = FaultKind::crash_process, .at = TrueTime(1s), .lasts = 1s, .target = 2}));
  const auto asked = events_of(result, EventType::invoke, Op::lock);
  const auto attempt = std::ranges::find_if(asked, [](const Event& e) { return e.process == 2; })->attempt;
  for (const Event& e : result.history.events) {
    EXPECT_FALSE(e.attempt == attempt && e.op == Op::lock && e.type != EventType::invoke);
  }
  expect_kept(result);
}

// One client uses the lock once, in the way of `step`.
RunResult used(Step step) {
  Scenario s = two_clients();
  step.at = TrueTime(100ms);
  s.steps = {step};
  return runs(s);
}
// Requests of the first client until healing.
std::vector<Event> asked(const RunResult& result, Op op) {
  auto events = events_of(result, EventType::invoke, op);
  std::erase_if(events, [](const Event& e) { return e.attempt != 1; });
  return events;
}
Reason unlock_failure(const RunResult& result) {
  const auto failures = events_of(result, EventType::fail, Op::unlock);
  return failures.empty() ? Reason::none : failures[0].reason;
}

TEST(AnEnding, ByReleaseRenewsAndGivesBackOnce) {
  const RunResult result = used({.ttl = 600ms, .hold = 2s});
  EXPECT_GE(asked(result, Op::renew).size(), 5);
  EXPECT_EQ(asked(result, Op::unlock).size(), 1);
  EXPECT_EQ(unlock_failure(result), Reason::none);
  expect_kept(result);
}

TEST(AnEnding, TwiceIsToldTheSecondTimeThatNothingIsHeld) {
  const RunResult result = used({.ttl = 600ms, .hold = 1s, .ending = Ending::twice});
  EXPECT_EQ(asked(result, Op::unlock).size(), 2);
  EXPECT_EQ(count(result, EventType::fail, Op::unlock), 1);
  EXPECT_EQ(unlock_failure(result), Reason::not_held);
  expect_kept(result);
}

TEST(AnEnding, TooLateGivesBackWhatIsLostAlready) {
  const RunResult result = used({.ttl = 600ms, .hold = 100ms, .ending = Ending::late});
  ASSERT_EQ(count(result, EventType::lost), 1);
  ASSERT_EQ(asked(result, Op::unlock).size(), 1);
  EXPECT_GT(asked(result, Op::unlock)[0].at, events_of(result, EventType::lost)[0].at);
  EXPECT_EQ(unlock_failure(result), Reason::not_held);
  EXPECT_TRUE(asked(result, Op::renew).empty());
  expect_kept(result);
}

TEST(AnEnding, ByForgettingNeitherRenewsNorGivesBack) {
  const RunResult result = used({.ttl = 600ms, .hold = 100ms, .ending = Ending::forget});
  EXPECT_TRUE(asked(result, Op::renew).empty());
  EXPECT_TRUE(asked(result, Op::unlock).empty());
  EXPECT_EQ(count(result, EventType::lost), 1);
  expect_kept(result);
}

TEST(AWaiter, IsGrantedAForgottenLockWhenItsLeaseHasRunOut) {
  Scenario s = two_clients();
  s.steps = {{.at = TrueTime(100ms), .ttl = 2s, .ending = Ending::forget},
             {.at = TrueTime(200ms), .client = 1, .ttl = 1s, .wait = 5s}};
  const RunResult result = runs(s);
  const auto granted = events_of(result, EventType::granted);
  ASSERT_GE(granted.size(), 2);
  EXPECT_GE(granted[1].clock.value - granted[0].clock.value, 2s);
  EXPECT_LT(granted[1].clock.value - granted[0].clock.value, 3s);
  EXPECT_GE(count(result, EventType::expired), 1);
  expect_kept(result);
}

// The first client works on long after its lease, and the second one meanwhile.
Scenario careless_holder() {
  Scenario s = two_clients();
  s.steps = {{.at = TrueTime(100ms), .ttl = 1s, .hold = 4s, .writes = 7, .renew = false, .careless = true},
             {.at = TrueTime(200ms), .client = 1, .ttl = 1s, .wait = 4s, .hold = 600ms, .writes = 2}};
  return s;
}

TEST(ACarelessHolder, IsRefusedByTheResourceOnceSomebodyElseHasWritten) {
  const RunResult result = runs(careless_holder());
  EXPECT_GT(count(result, EventType::write_refused), 0);
  const auto refused = events_of(result, EventType::fail, Op::write);
  ASSERT_FALSE(refused.empty());
  EXPECT_EQ(refused[0].reason, Reason::stale_token);
  expect_kept(result);
}

TEST(TheResource, RemembersItsHighestTokenAcrossACrash) {
  Scenario s = two_clients();
  s.steps = {{.at = TrueTime(100ms), .ttl = 500ms, .hold = 4s, .writes = 3, .renew = false, .careless = true},
             {.at = TrueTime(200ms), .client = 1, .ttl = 1s, .wait = 2s, .hold = 600ms, .writes = 2}};
  for (const auto& crash : {sim::Fault{.kind = FaultKind::crash_process, .target = s.resource_process()},
                            sim::Fault{.kind = FaultKind::reboot_host, .target = s.resource_host()}}) {
    Scenario struck = with(s, crash);
    struck.faults[0].at = TrueTime(1800ms);
    struck.faults[0].lasts = 100ms;
    const RunResult result = runs(struck);
    EXPECT_GT(count(result, EventType::write_refused), 0);
    expect_kept(result);
  }
}

TEST(AWrite, IsNotAnsweredByTheAnswerToOneOfADeadIncarnation) {
  Scenario s = embedded();
  s.clients = {0};
  s.locks = 2;
  s.network.delay_min = s.network.delay_max = 350ms;  // an answer takes 700 ms, longer than anybody waits for it
  s.steps = {{.at = TrueTime(20ms), .lock = 0, .ttl = 5s, .hold = 200ms, .writes = 1},
             {.at = TrueTime(200ms), .lock = 1, .ttl = 5s, .hold = 800ms, .writes = 1}};
  const RunResult result = runs(with(s, {.kind = FaultKind::crash_process, .at = TrueTime(150ms), .target = 0}));
  EXPECT_EQ(count(result, EventType::invoke, Op::write), 4) << "one of each incarnation, and two probes";
  EXPECT_EQ(count(result, EventType::write_accepted), 4);
  EXPECT_EQ(count(result, EventType::ok, Op::write), 0);
}

TEST(EmbeddedClients, ShareTheStoreOfTheirHostWithoutAServer) {
  const RunResult result = runs(embedded());
  expect_kept(result);
  EXPECT_EQ(count(result, EventType::restarted), 2) << "each has opened it";
  EXPECT_EQ(result.messages, 2 * count(result, EventType::invoke, Op::write)) << "only writes travel";
  std::set<std::uint32_t> granting;
  for (const Event& e : events_of(result, EventType::granted)) granting.insert(e.process);
  EXPECT_EQ(granting, (std::set<std::uint32_t>{0, 1}));
}

TEST(EmbeddedClients, SurviveCrashesAndPowerLossInTheMiddleOfEachOthersTransactions) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Scenario s = embedded();
    s.seed = seed;
    for (std::uint32_t i = 0; i < 30; ++i) {
      s.steps.push_back({.at = TrueTime(i * 200ms), .client = i % 2, .ttl = 300ms, .wait = 500ms, .hold = 20ms});
      s.faults.push_back({FaultKind::crash_process, TrueTime(i * 201ms + 1ms), 10ms, i % 2, 0, 0});
    }
    s.faults.push_back({FaultKind::reboot_host, TrueTime(3s), 100ms, 0, 0, 0});
    const RunResult result = runs(s);
    expect_kept(result);
    EXPECT_GT(count(result, EventType::restarted), 30);
  }
}

TEST(TheDead, TellNothing) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (Scenario s : {turmoil(seed), embedded()}) {
      s.seed = seed;
      for (std::uint32_t i = 0; i < 40; ++i) {
        s.faults.push_back({FaultKind::crash_process, TrueTime(i * 150ms), 50ms, i % s.processes(), 0, 0});
      }
      std::set<std::uint32_t> dead;
      for (std::uint32_t p = 0; p < s.processes(); ++p) dead.insert(p);
      for (const Event& e : runs(s).history.events) {
        if (e.type == EventType::healed || e.type == EventType::fault_began || e.type == EventType::fault_ended)
          continue;
        if (e.type == EventType::process_started) dead.erase(e.process);
        ASSERT_FALSE(dead.contains(e.process)) << "at " << e.at.count() << " type " << static_cast<int>(e.type);
        if (e.type == EventType::process_crashed) dead.insert(e.process);
      }
    }
  }
}

TEST(EveryEventType, OccursInSomeRun) {
  std::set<EventType> seen;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (const Event& e : runs(turmoil(seed)).history.events) seen.insert(e.type);
  }
  for (const Event& e : runs(careless_holder()).history.events) seen.insert(e.type);
  for (int type = 0; type <= static_cast<int>(EventType::healed); ++type) {
    // No client asks to break a lock yet, or subscribes.
    const auto event = static_cast<EventType>(type);
    const bool awaited = event != EventType::broken && event != EventType::notified && event != EventType::gap;
    EXPECT_EQ(seen.contains(event), awaited) << type;
  }
}

// Of a lock that lives by the machine's clock: nothing happens before its time has come there, or much after.
TEST(Run, KeepsStepWithWhoeverPacesIt) {
  const Scenario s = two_clients("memory");
  Subject paced = memory_subject();
  std::vector<Duration> waited;
  paced.pacer = [&waited] { return [&waited](Duration since) { waited.push_back(since); }; };
  const RunResult result = run(s, paced);
  ASSERT_GT(waited.size(), 1000u);
  Duration before{};
  for (const Duration since : waited) {
    EXPECT_GE(since, before);
    EXPECT_LE(since - before, 5ms);
    before = since;
  }
  EXPECT_EQ(before, result.virtual_time);
  EXPECT_EQ(result.trace_hash, run(s, memory_subject()).trace_hash);  // it is the same run otherwise
}

}  // namespace
}  // namespace lockstep::scenarios
