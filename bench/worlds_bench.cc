// What a run costs: one event of the scheduler, one world of 60 virtual seconds with 5 clients on each backend
// (recording and checking included), one generated scenario, one shrunk failure. Printed, never asserted; `ratio` is
// the time against that of a fixed loop in the same process, so that figures of two machines can be compared.
#include <benchmark/benchmark.h>

#include <bit>
#include <chrono>

#include "bench/ratio.h"
#include "properties/generate.h"
#include "properties/shrink.h"
#include "properties/zoo/planted.h"
#include "scenarios/run.h"
#include "sim/scheduler.h"

namespace {

using namespace std::chrono_literals;
using namespace lockstep;

using bench::Ratio;

struct Again final : Timer {
  void fire() override { scheduler->at(*this, scheduler->now() + Duration(1 + (++fired * 7919) % 1000), nullptr); }
  void abandon() override {}
  sim::Scheduler* scheduler = nullptr;
  std::uint64_t fired = 0;
};

void scheduler_event(benchmark::State& state) {
  sim::Scheduler scheduler;
  std::vector<Again> timers(100);
  for (Again& timer : timers) {
    timer.scheduler = &scheduler;
    timer.fire();
  }
  const Ratio ratio(state);
  for (auto _ : state) scheduler.run_until(scheduler.now() + 10us);
  state.counters["ns_per_event"] = benchmark::Counter(static_cast<double>(scheduler.steps()) * 1e-9,
                                                      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(scheduler_event);

// Five clients on five hosts, two locks, a use every second and a half by each, some pauses, a partition and a crash.
scenarios::Scenario everyday(const std::string& backend) {
  scenarios::Scenario s;
  s.backend = backend;
  s.hosts.resize(7);
  s.clients = {1, 2, 3, 4, 5};
  s.locks = 2;
  s.heal_at = sim::TrueTime(60s);
  for (std::uint32_t i = 0; i < 200; ++i) {
    scenarios::Step step;
    step.at = sim::TrueTime(i * 300ms);
    step.client = i % 5;
    step.lock = i % 2;
    step.ttl = 2s;
    step.wait = 1s;
    step.hold = 250ms;
    step.writes = 1;
    s.steps.push_back(step);
  }
  s.faults = {{sim::FaultKind::pause_process, sim::TrueTime(10s), 3s, 2, 0, 0},
              {sim::FaultKind::isolate_host, sim::TrueTime(25s), 3s, 2, 0, 0},
              {sim::FaultKind::crash_process, sim::TrueTime(40s), 1s, 3, 0, 0}};
  return s;
}

void world(benchmark::State& state, const char* backend) {
  const auto subject = *zoo::subject_named(backend);
  scenarios::Scenario scenario = everyday(backend);
  std::uint64_t steps = 0;
  std::int64_t simulated = 0;
  const Ratio ratio(state);
  for (auto _ : state) {
    ++scenario.seed;
    const auto result = scenarios::run(scenario, subject);
    steps += result.steps;
    simulated += result.virtual_time.count();
    if (scenarios::violated(result) != 0) state.SkipWithError("an honest lock broke a promise");
  }
  using benchmark::Counter;
  state.counters["worlds/s"] = Counter(static_cast<double>(state.iterations()), Counter::kIsRate);
  state.counters["ns_per_event"] = Counter(static_cast<double>(steps) * 1e-9, Counter::kIsRate | Counter::kInvert);
  state.counters["x_real_time"] = Counter(static_cast<double>(simulated) * 1e-9, Counter::kIsRate);
}
BENCHMARK_CAPTURE(world, memory, "memory")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(world, sqlite, "sqlite")->Unit(benchmark::kMillisecond);

void campaign_run(benchmark::State& state, const char* backend) {
  const auto subject = *zoo::subject_named(backend);
  std::uint64_t seed = 0;
  const Ratio ratio(state);
  for (auto _ : state) {
    const auto scenario = properties::generate(++seed, properties::Profile::within_claims, subject);
    benchmark::DoNotOptimize(scenarios::run(scenario, subject).trace_hash);
  }
  state.counters["runs/s"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(campaign_run, memory, "memory")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(campaign_run, sqlite, "sqlite")->Unit(benchmark::kMillisecond);

void generate(benchmark::State& state) {
  const auto subject = scenarios::sqlite_subject();
  std::uint64_t seed = 0;
  const Ratio ratio(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(properties::generate(++seed, properties::Profile::within_claims, subject));
  }
}
BENCHMARK(generate)->Unit(benchmark::kMicrosecond);

void shrink(benchmark::State& state, const char* backend) {
  const auto subject = *zoo::subject_named(backend);
  std::uint64_t seed = 0;
  models::PropertySet broken = 0;
  scenarios::Scenario scenario;
  while (broken == 0) {
    scenario = properties::generate(++seed, properties::Profile::within_claims, subject);
    broken = scenarios::violated(scenarios::run(scenario, subject));
  }
  const Ratio ratio(state);
  properties::Shrunk shrunk;
  for (auto _ : state) {
    shrunk = properties::shrink(scenario, subject, static_cast<models::Property>(std::countr_zero(broken)));
  }
  state.counters["operations"] = static_cast<double>(shrunk.scenario.steps.size());
  state.counters["faults"] = static_cast<double>(shrunk.scenario.faults.size());
}
BENCHMARK_CAPTURE(shrink, wal_normal, "sqlite+wal-normal")->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK_CAPTURE(shrink, stale_release, "memory+stale-release")->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
