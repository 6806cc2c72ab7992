// Trouble with the program is thrown through the run: it is nothing that a lock may answer.
#include "scenarios/adapter_subject.h"

#include <fmt/format.h>

#include <algorithm>

#include "impl/adapter/machine_time.h"
#include "scenarios/own_subjects.h"
#include "scenarios/program_lines.h"
#include "scenarios/run_directory.h"
#include "virtual_time/program_file.h"

namespace lockstep::scenarios {
namespace {

// For the greeting, before there is a world.
class NoTime final : public Clock {
 public:
  MonoTime monotonic() const override { return MonoTime(); }
  WallTime wall() const override { return WallTime(); }
  BootId boot() const override { return {}; }
  void arm(Timer&, MonoTime) override {}
  void expedite(Timer&) override {}
  void disarm(Timer&) override {}
};

AdapterLock::Options options_of(const AdapterOptions& options, std::string directory, std::uint64_t seed) {
  return {.command = {"sh", "-c", "exec " + options.command},
          .called = options.command,
          .directory = std::move(directory),
          .seed = seed,
          .patience = options.patience};
}

// What a program does by itself, a timer of it, happens when it is due; here it is looked at so often whether one is.
constexpr Duration kLook = std::chrono::milliseconds(20);

Awaitable<void> lets_timers_run(std::weak_ptr<AdapterLock> lock, ProgramLines* program, StoreParts parts) {
  for (;;) {
    if (lock.expired()) co_return;
    const MonoTime until = std::min(program->due(), parts.clock.monotonic() + kLook);
    if (co_await sleep_until(parts.clock, until) == Wake::cancelled) co_return;
    auto alive = lock.lock();
    if (alive == nullptr) co_return;
    if (program->due() > parts.clock.monotonic()) continue;
    const auto work = [alive = std::move(alive), program] {
      try {
        program->catch_up();
      } catch (const ChildTrouble& trouble) {
        throw AdapterTrouble(fmt::format("the adapter `{}` {}, between two requests", alive->called(), trouble.what()));
      }
      return true;
    };
    co_await blocking(parts.lane, parts.clock, work);
  }
}

std::shared_ptr<AdapterLock> on_the_host(AdapterLock::Options options, const StoreParts& parts) {
  ProgramLines* program = nullptr;
  options.start = [&program, &parts, seed = options.seed](ChildProcess::Options child) {
    auto lines = std::make_unique<ProgramLines>(child, parts.clock, seed, parts.rest);
    program = lines.get();
    return lines;
  };
  auto lock = std::make_shared<AdapterLock>(std::move(options), parts.clock);
  spawn(parts.executor, lets_timers_run(lock, program, parts));
  return lock;
}

Deployment deployment_of(AdapterHello::Runs runs) {
  switch (runs) {
    case AdapterHello::Runs::server: return Deployment::servers;
    case AdapterHello::Runs::hosts: return Deployment::spread_servers;
    case AdapterHello::Runs::clients: return Deployment::one_host;
  }
  return Deployment::servers;
}

// A request meets the program a little later than the simulation thinks, and never by the same amount.
constexpr std::int64_t kLate = 100'000'000;  // parts in 10^9 of a lease

void live_by_the_machine(Claims& claims) {
  claims.on_machine_time = true;
  claims.max_drift_ppb = std::max(claims.max_drift_ppb, kLate);
}

// The shell can be controlled; whom it starts perhaps not.
void refuse_what_has_clocks_of_its_own(const AdapterOptions& options) {
  const auto path = virtual_time::found_program(options.command.substr(0, options.command.find(' ')));
  const auto why = path.empty() ? "" : virtual_time::why_not_controlled(path);
  if (why.empty()) return;
  throw AdapterTrouble(
      fmt::format("the adapter `{}` cannot be controlled: {} {}; run it in wall-clock time with --wall-clock",
                  options.command, path, why));
}

}  // namespace

Subject adapter_subject(const AdapterOptions& options) {
  if (options.time == AdapterOptions::Time::host) refuse_what_has_clocks_of_its_own(options);
  RunDirectory directory;
  NoTime clock;
  auto greeted = options_of(options, directory.of_host(0), 0);
  if (options.time == AdapterOptions::Time::host) {
    greeted.start = [&clock](ChildProcess::Options child) {
      return std::make_unique<ProgramLines>(child, clock, 0, nullptr);
    };
  }
  AdapterHello hello = AdapterLock(std::move(greeted), clock).hello();
  if (const auto flaw = flaw_of_name(hello.name)) {
    throw AdapterTrouble(fmt::format("the adapter `{}` has no fit name: {}", options.command, *flaw));
  }
  const bool on_machine_time = options.time == AdapterOptions::Time::machine;
  if (on_machine_time) live_by_the_machine(hello.claims);
  const bool on_host_time = options.time == AdapterOptions::Time::host;
  const bool common = hello.runs != AdapterHello::Runs::server;
  const auto make = [options, common, on_host_time](const StoreParts& parts) {
    std::string its_own = common ? parts.common_directory() : parts.real_directory();
    auto lock = options_of(options, std::move(its_own), parts.random.next() >> 12);
    return on_host_time ? on_the_host(std::move(lock), parts)
                        : std::make_shared<AdapterLock>(std::move(lock), parts.clock);
  };
  const std::string about = hello.about.empty() ? "`" + options.command + "`" : hello.about;
  auto subject = simple_subject<AdapterLock>(hello.name, about, hello.claims, make, deployment_of(hello.runs));
  live_on_real_files(subject);
  if (on_machine_time) subject.pacer = machine_pace;
  return subject;
}

}  // namespace lockstep::scenarios
