// The weights are a matter of taste; that they are whole numbers and compared in a fixed order is not.
#include "properties/complexity.h"

#include <array>

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Scenario;
using sim::FaultKind;

// Dropping everything is easier to tell than dropping in one direction, and that than dropping by chance.
std::uint64_t oddity_of(const sim::Fault& fault) {
  constexpr std::int64_t always = 1'000'000;
  switch (fault.kind) {
    case FaultKind::lossy_link:
    case FaultKind::duplicating_link:
    case FaultKind::failing_writes:
    case FaultKind::failing_syncs:
    case FaultKind::failing_reads:
    case FaultKind::lying_syncs: return fault.amount == always ? 3 : 4;
    case FaultKind::slow_link: return 4;
    case FaultKind::cut_one_way:
    case FaultKind::isolate_host:
    case FaultKind::reboot_host: return 2;
    default: return 1;
  }
}

std::uint64_t oddity_of(const scenarios::Step& step) {
  return std::uint64_t{!step.renew} + step.careless + (step.ending != scenarios::Ending::release) + (step.wait != 0s) +
         (step.hold != 0s) + step.writes + (step.act != scenarios::Act::lock) + step.shared + (step.permits - 1) +
         step.also.size() + step.downgrade + (step.cancel_after != 0s);
}

std::uint64_t oddity_of(const scenarios::HostSpec& host) {
  return std::uint64_t{host.wall_offset != 0s} + (host.drift_ppb != 0) + (host.wall_drift_ppb != 0) +
         (host.uptime != 0s);
}

std::uint64_t oddities_of(const Scenario& s) {
  const sim::LinkNoise quiet;
  const sim::StorageTiming quick;
  std::uint64_t sum = std::uint64_t{s.network.loss_ppm != 0} + (s.network.duplicate_ppm != 0) +
                      (s.network.tail_ppm != 0) + (s.network.tail_max != 0s) +
                      (s.network.delay_min != quiet.delay_min || s.network.delay_max != quiet.delay_max) +
                      (s.storage != quick) + s.shared_disk + (s.mount_cache != 0s) + (s.names != 0);
  for (const std::uint32_t capacity : s.capacities) sum += capacity != 0;
  for (const auto& host : s.hosts) sum += oddity_of(host);
  for (const auto& step : s.steps) sum += oddity_of(step);
  for (const auto& fault : s.faults) sum += oddity_of(fault);
  return sum;
}

constexpr std::int64_t kPpmOfSecond = 1000;  // a million parts are a second

void change_amount(sim::Fault& fault, const std::function<Duration(Duration)>& change) {
  const std::int64_t sign = fault.amount < 0 ? -1 : 1;
  const std::int64_t scale = sim::facts_of(fault.kind).amount == "ppm" ? kPpmOfSecond : 1;
  fault.amount = sign * change(Duration(fault.amount * sign * scale)).count() / scale;
}

void change_share(std::uint32_t& ppm, const std::function<Duration(Duration)>& change) {
  ppm = static_cast<std::uint32_t>(change(Duration(ppm * kPpmOfSecond)).count() / kPpmOfSecond);
}

}  // namespace

std::uint64_t unevenness_of(Duration number) {
  constexpr std::array<Duration, 5> units{1s, 100ms, 10ms, 1ms, 1us};
  std::uint64_t finer = 0;
  while (finer < units.size() && number % units[finer] != 0s) ++finer;
  return finer;
}

void each_number(Scenario& s, const std::function<Duration(Duration)>& change) {
  const auto change_time = [&change](sim::TrueTime& at) { at = sim::TrueTime(change(at.time_since_epoch())); };
  for (sim::Fault& fault : s.faults) {
    change_time(fault.at);
    fault.lasts = change(fault.lasts);
    change_amount(fault, change);
  }
  for (scenarios::Step& step : s.steps) {
    change_time(step.at);
    for (Duration* time : {&step.hold, &step.wait, &step.ttl, &step.cancel_after}) *time = change(*time);
  }
  for (Duration* time : {&s.network.delay_min, &s.network.delay_max, &s.network.tail_max, &s.storage.call_min,
                         &s.storage.call_max, &s.storage.sync_min, &s.storage.sync_max, &s.mount_cache}) {
    *time = change(*time);
  }
  for (std::uint32_t* ppm : {&s.network.tail_ppm, &s.network.loss_ppm, &s.network.duplicate_ppm}) {
    change_share(*ppm, change);
  }
  change_time(s.heal_at);
}

Complexity complexity_of(const Scenario& scenario) {
  Complexity sum;
  sum.events = scenario.steps.size() + scenario.faults.size();
  sum.cast = scenario.clients.size() + scenario.servers + scenario.locks + scenario.hosts.size();
  sum.oddities = oddities_of(scenario);
  Scenario read = scenario;
  each_number(read, [&sum](Duration number) {
    sum.uneven += unevenness_of(number);
    sum.extent += static_cast<UnsignedWide>(number.count());
    return number;
  });
  return sum;
}

}  // namespace lockstep::properties
