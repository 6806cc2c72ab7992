// Trouble with the program is thrown through the run: it is nothing that a lock may answer.
#include "scenarios/adapter_subject.h"

#include <fmt/format.h>

#include <algorithm>

#include "impl/adapter/machine_time.h"
#include "scenarios/own_subjects.h"
#include "scenarios/run_directory.h"

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

}  // namespace

Subject adapter_subject(const AdapterOptions& options) {
  RunDirectory directory;
  NoTime clock;
  AdapterHello hello = AdapterLock(options_of(options, directory.of_host(0), 0), clock).hello();
  if (const auto flaw = flaw_of_name(hello.name)) {
    throw AdapterTrouble(fmt::format("the adapter `{}` has no fit name: {}", options.command, *flaw));
  }
  const bool on_machine_time = options.time == AdapterOptions::Time::machine;
  if (on_machine_time) live_by_the_machine(hello.claims);
  const bool common = hello.runs != AdapterHello::Runs::server;
  const auto make = [options, common](const StoreParts& parts) {
    std::string its_own = common ? parts.common_directory() : parts.real_directory();
    return std::make_shared<AdapterLock>(options_of(options, std::move(its_own), parts.random.next() >> 12),
                                         parts.clock);
  };
  const std::string about = hello.about.empty() ? "`" + options.command + "`" : hello.about;
  auto subject = simple_subject<AdapterLock>(hello.name, about, hello.claims, make, deployment_of(hello.runs));
  if (hello.runs == AdapterHello::Runs::hosts) subject.servers = 3;
  if (!hello.claims.leases_end) subject.untold |= kToldByExpiry;
  if (on_machine_time) subject.pacer = machine_pace;
  return subject;
}

}  // namespace lockstep::scenarios
