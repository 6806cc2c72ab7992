// Rounding goes to whole seconds, then tenths, then hundredths: a report with round figures is read sooner.
#include "properties/shrink_edits.h"

#include <algorithm>

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Scenario;
using scenarios::Step;
using sim::Fault;
using sim::FaultSubject;
using sim::TrueTime;

void drop_process(Scenario& s, std::uint32_t process) {
  const auto subject = [](const Fault& f) { return sim::facts_of(f.kind).subject; };
  std::erase_if(s.faults, [&](const Fault& f) { return subject(f) == FaultSubject::process && f.target == process; });
  for (Fault& fault : s.faults) {
    if (subject(fault) == FaultSubject::process && fault.target > process) --fault.target;
  }
}

template <std::int64_t Milliseconds>
Duration rounded(Duration value) {
  constexpr Duration unit = std::chrono::milliseconds(Milliseconds);
  return (value + unit / 2) / unit * unit;
}
// Never more than it was, so that halving and rounding cannot chase each other.
template <std::int64_t Milliseconds>
Duration floored(Duration value) {
  return value / std::chrono::milliseconds(Milliseconds) * std::chrono::milliseconds(Milliseconds);
}
template <std::int64_t Milliseconds>
TrueTime rounded(TrueTime at) {
  return TrueTime(rounded<Milliseconds>(at.time_since_epoch()));
}

Duration half(Duration value) { return std::chrono::floor<std::chrono::milliseconds>(value / 2); }

}  // namespace

Scenario without_client(Scenario s, std::uint32_t client) {
  drop_process(s, s.client_process(client));
  s.clients.erase(s.clients.begin() + client);
  std::erase_if(s.steps, [client](const Step& step) { return step.client == client; });
  for (Step& step : s.steps) step.client -= step.client > client;
  return s;
}

Scenario without_server(Scenario s, std::uint32_t server) {
  drop_process(s, server);
  --s.servers;
  return s;
}

Scenario without_host(Scenario s, std::uint32_t host) {
  const std::uint32_t heir = host > 1 ? host - 1 : host + 1;
  const bool only_client_host = s.hosts.size() == 3;
  if (only_client_host && s.servers > 0 && std::find(s.clients.begin(), s.clients.end(), host) != s.clients.end()) {
    return s;
  }
  for (std::uint32_t& at : s.clients) {
    if (at == host) at = heir;
    at -= at > host;
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
  for (Step& step : s.steps) step.lock -= step.lock > lock;
  --s.locks;
  return s;
}

Scenario healed_after_last(Scenario s) {
  Duration last = 0s;
  for (const Step& step : s.steps) last = std::max(last, step.at.time_since_epoch());
  for (const Fault& fault : s.faults) last = std::max(last, fault.at.time_since_epoch() + fault.lasts);
  last = std::chrono::ceil<std::chrono::milliseconds>(last + 100ms);
  s.heal_at = std::min(s.heal_at, TrueTime(last));
  return s;
}

Scenario begun_at_first(Scenario s) {
  TrueTime first = s.heal_at;
  for (const Step& step : s.steps) first = std::min(first, step.at);
  for (const Fault& fault : s.faults) first = std::min(first, fault.at);
  const Duration by = std::max<Duration>(first.time_since_epoch() - 100ms, 0s);
  for (Step& step : s.steps) step.at -= by;
  for (Fault& fault : s.faults) fault.at -= by;
  s.heal_at -= by;
  return s;
}

const std::vector<void (*)(Scenario&)>& surroundings() {
  static const std::vector<void (*)(Scenario&)> edits = {
      [](Scenario& s) { s.network = {}; s.storage = {}; for (auto& h : s.hosts) h = {}; },
      [](Scenario& s) { s.network = {}; },
      [](Scenario& s) { s.network.loss_ppm = 0; },
      [](Scenario& s) { s.network.duplicate_ppm = 0; },
      [](Scenario& s) { s.network.tail_ppm = 0; s.network.tail_max = 0s; },
      [](Scenario& s) { s.network.delay_min = 200us; s.network.delay_max = 2ms; },
      [](Scenario& s) { s.storage = {}; },
  };
  return edits;
}

const std::vector<void (*)(Step&)>& step_edits() {
  static const std::vector<void (*)(Step&)> edits = {
      [](Step& step) { step.writes = 0; },
      [](Step& step) { step.writes /= 2; },
      [](Step& step) { step.careless = false; },
      [](Step& step) { step.ending = scenarios::Ending::release; },
      [](Step& step) { step.renew = true; },
      [](Step& step) { step.wait = 0s; },
      [](Step& step) { step.hold = 0s; },
      [](Step& step) { step.hold = half(step.hold); },
      [](Step& step) { step.wait = half(step.wait); },
      [](Step& step) { step.ttl = floored<1000>(step.ttl); },
      [](Step& step) { step.at = rounded<1000>(step.at); },
      [](Step& step) { step.at = rounded<100>(step.at); },
      [](Step& step) { step.hold = floored<1000>(step.hold); },
      [](Step& step) { step.hold = floored<100>(step.hold); },
      [](Step& step) { step.wait = floored<1000>(step.wait); },
      [](Step& step) { step.ttl = floored<100>(step.ttl); },
  };
  return edits;
}

const std::vector<void (*)(Fault&)>& fault_edits() {
  static const std::vector<void (*)(Fault&)> edits = {
      [](Fault& fault) { fault.lasts = half(fault.lasts); },
      [](Fault& fault) { fault.amount /= 2; },
      [](Fault& fault) { fault.lasts = floored<1000>(fault.lasts); },
      [](Fault& fault) { fault.lasts = floored<100>(fault.lasts); },
      [](Fault& fault) { fault.at = rounded<1000>(fault.at); },
      [](Fault& fault) { fault.at = rounded<100>(fault.at); },
      [](Fault& fault) {
        if (sim::facts_of(fault.kind).amount == "ns") fault.amount = floored<1000>(Duration(fault.amount)).count();
      },
  };
  return edits;
}

}  // namespace lockstep::properties
