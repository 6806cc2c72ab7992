// Numbers stay as round as they were: half of 5 s is 2 s.
#include "properties/shrink_edits.h"

#include <algorithm>

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Scenario;
using scenarios::Step;
using sim::Fault;
using sim::FaultKind;
using sim::FaultSubject;
using sim::TrueTime;

void drop_process(Scenario& s, std::uint32_t process) {
  const auto subject = [](const Fault& f) { return sim::facts_of(f.kind).subject; };
  std::erase_if(s.faults, [&](const Fault& f) { return subject(f) == FaultSubject::process && f.target == process; });
  for (Fault& fault : s.faults) {
    if (subject(fault) == FaultSubject::process && fault.target > process) --fault.target;
  }
}

// Never more, and never less, than it was.
template <std::int64_t Milliseconds>
Duration floored(Duration value) {
  return std::chrono::floor<std::chrono::milliseconds>(value) / Milliseconds * Milliseconds;
}
template <std::int64_t Milliseconds>
Duration raised(Duration value) {
  return floored<Milliseconds>(value + std::chrono::milliseconds(Milliseconds) - Duration(1));
}

// The largest multiple of the unit that the number is a multiple of.
Duration as_even(Duration wanted, Duration number) {
  for (const Duration unit : {Duration(1s), Duration(100ms), Duration(10ms), Duration(1ms)}) {
    if (number % unit == 0s) return wanted / unit * unit;
  }
  return wanted;
}

}  // namespace

Scenario without_client(Scenario s, std::uint32_t client) {
  drop_process(s, s.client_process(client));
  s.clients.erase(s.clients.begin() + client);
  std::erase_if(s.steps, [client](const Step& step) { return step.client == client; });
  for (Step& step : s.steps) step.client -= step.client > client;
  return s;
}

Scenario taken_over(Scenario s, std::uint32_t client, std::uint32_t heir) {
  for (Step& step : s.steps) {
    if (step.client == client) step.client = heir;
  }
  return without_client(std::move(s), client);
}

Scenario without_server(Scenario s, std::uint32_t server) {
  drop_process(s, server);
  if (!s.server_hosts.empty()) s.server_hosts.erase(s.server_hosts.begin() + server);
  --s.servers;
  return s;
}

Scenario without_host(Scenario s, std::uint32_t host) {
  const std::uint32_t heir = host > 1 ? host - 1 : host + 1;
  const bool only_client_host = s.hosts.size() == 3;
  if (only_client_host && s.servers > 0 && std::find(s.clients.begin(), s.clients.end(), host) != s.clients.end()) {
    return s;
  }
  for (auto* of : {&s.clients, &s.server_hosts}) {
    for (std::uint32_t& at : *of) {
      if (at == host) at = heir;
      at -= at > host;
    }
  }
  std::erase_if(s.faults, [host](const Fault& f) {
    const auto subject = sim::facts_of(f.kind).subject;
    return (subject != FaultSubject::process && f.target == host) || (subject == FaultSubject::link && f.other == host);
  });
  for (Fault& fault : s.faults) {
    if (sim::facts_of(fault.kind).subject != FaultSubject::process) fault.target -= fault.target > host;
    fault.other -= fault.other > host;
  }
  s.hosts.erase(s.hosts.begin() + host);
  return s;
}

Scenario without_lock(Scenario s, std::uint32_t lock) {
  std::erase_if(s.steps, [lock](const Step& step) { return step.lock == lock; });
  for (Step& step : s.steps) {
    step.lock -= step.lock > lock;
    std::erase(step.also, lock);
    for (std::uint32_t& other : step.also) other -= other > lock;
  }
  if (lock < s.capacities.size()) s.capacities.erase(s.capacities.begin() + lock);
  --s.locks;
  return s;
}

Scenario healed_after_last(Scenario s) {
  Duration last = 0s;
  for (const Step& step : s.steps) last = std::max(last, step.at.time_since_epoch());
  for (const Fault& fault : s.faults) last = std::max(last, fault.at.time_since_epoch() + fault.lasts);
  s.heal_at = std::min(s.heal_at, TrueTime(raised<1000>(last + 100ms)));
  return s;
}

Scenario begun_at_first(Scenario s, Duration unit) {
  TrueTime first = s.heal_at;
  for (const Step& step : s.steps) first = std::min(first, step.at);
  for (const Fault& fault : s.faults) first = std::min(first, fault.at);
  const Duration by = first.time_since_epoch() / unit * unit;
  for (Step& step : s.steps) step.at -= by;
  for (Fault& fault : s.faults) fault.at -= by;
  s.heal_at -= by;
  return s;
}

std::optional<Fault> merged(const Fault& a, const Fault& b) {
  if (a.kind != b.kind || a.target != b.target || a.other != b.other) return std::nullopt;
  Fault both = a.at <= b.at ? a : b;
  both.lasts = std::max(a.at + a.lasts, b.at + b.lasts) - both.at;
  if (both.lasts > 24h) return std::nullopt;  // longer than a scenario may be
  both.amount = std::max(a.amount, b.amount);
  return both;
}

std::vector<Fault> simpler_kinds(const Scenario& s, const Fault& fault) {
  std::vector<Fault> all;
  const auto instead = [&](FaultKind kind, std::uint32_t target, std::uint32_t other, std::int64_t amount = 0) {
    all.push_back({kind, fault.at, fault.lasts, target, other, amount});
  };
  switch (fault.kind) {
    case FaultKind::lossy_link:
    case FaultKind::slow_link:
      instead(FaultKind::cut_link, fault.target, fault.other);
      instead(FaultKind::cut_one_way, fault.target, fault.other);
      instead(FaultKind::cut_one_way, fault.other, fault.target);
      break;
    case FaultKind::cut_one_way: instead(FaultKind::cut_link, fault.target, fault.other); break;
    case FaultKind::duplicating_link:
    case FaultKind::failing_writes:
    case FaultKind::failing_syncs:
    case FaultKind::failing_reads:
    case FaultKind::lying_syncs: instead(fault.kind, fault.target, fault.other, 1'000'000); break;
    case FaultKind::isolate_host:
      for (std::uint32_t host = 0; host < s.hosts.size(); ++host) {
        if (host != fault.target) instead(FaultKind::cut_link, fault.target, host);
      }
      break;
    case FaultKind::reboot_host:
      for (std::uint32_t p = 0; p < s.resource_process(); ++p) {
        if (fault.target == s.host_of(p)) instead(FaultKind::crash_process, p, 0);
      }
      break;
    default: break;
  }
  return all;
}

const std::vector<void (*)(Scenario&)>& surroundings() {
  static const std::vector<void (*)(Scenario&)> edits = {
      [](Scenario& s) { s.network = {}, s.storage = {}, s.hosts.assign(s.hosts.size(), {}); },
      [](Scenario& s) { s.network = {}; },
      [](Scenario& s) { s.network.loss_ppm = 0; },
      [](Scenario& s) { s.network.duplicate_ppm = 0; },
      [](Scenario& s) { s.network.tail_ppm = 0, s.network.tail_max = 0s; },
      [](Scenario& s) {
        s.network.delay_min = sim::LinkNoise().delay_min, s.network.delay_max = sim::LinkNoise().delay_max;
      },
      [](Scenario& s) { s.storage = {}; },
      [](Scenario& s) { s.mount_cache = {}; },
      [](Scenario& s) {
        if (!s.shared_disk) return;
        s.shared_disk = false, s.mount_cache = {};
        s.clients.assign(s.clients.size(), 0);
      },
      [](Scenario& s) { s.names = 0; },
      [](Scenario& s) {
        s.capacities.clear();
        for (Step& step : s.steps) step.permits = 1;
      },
  };
  return edits;
}

const std::vector<void (*)(scenarios::HostSpec&)>& host_edits() {
  static const std::vector<void (*)(scenarios::HostSpec&)> edits = {
      [](scenarios::HostSpec& host) { host = {}; },          [](scenarios::HostSpec& host) { host.wall_offset = 0s; },
      [](scenarios::HostSpec& host) { host.drift_ppb = 0; }, [](scenarios::HostSpec& host) { host.wall_drift_ppb = 0; },
      [](scenarios::HostSpec& host) { host.uptime = 0s; },
  };
  return edits;
}

const std::vector<void (*)(Step&)>& step_edits() {
  static const std::vector<void (*)(Step&)> edits = {
      [](Step& step) {
        step = {.at = step.at, .client = step.client, .lock = step.lock, .permits = 1, .ttl = step.ttl};
      },
      [](Step& step) { step.writes = 0; },
      [](Step& step) { step.writes /= 2; },
      [](Step& step) { step.careless = false; },
      [](Step& step) { step.ending = scenarios::Ending::release; },
      [](Step& step) { step.renew = true; },
      [](Step& step) { step.shared = false; },
      [](Step& step) { step.permits = 1; },
      [](Step& step) { step.also.clear(); },
      [](Step& step) { step.downgrade = false; },
      [](Step& step) { step.cancel_after = 0s; },
  };
  return edits;
}

const std::vector<Duration (*)(Duration)>& number_edits() {
  static const std::vector<Duration (*)(Duration)> edits = {
      [](Duration) { return Duration(0); },
      floored<1000>,
      raised<1000>,
      [](Duration number) { return as_even(number / 2, number); },
      [](Duration number) { return as_even(number / 4 * 3, number); },
      floored<100>,
      raised<100>,
      floored<10>,
      raised<10>,
      floored<1>,
  };
  return edits;
}

}  // namespace lockstep::properties
