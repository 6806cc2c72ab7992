// Magnitudes are put in absolutely: nothing here asks what the lock claims, but `claimed`, which is shown beside.
#include "properties/trouble.h"

#include <algorithm>

#include "impl/env/wide.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Deployment;
using scenarios::EnvelopeUnit;
using scenarios::Scenario;
using scenarios::Subject;
using sim::Fault;
using sim::FaultKind;
using sim::TrueTime;
using Claimed = std::optional<std::int64_t>;

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr Claimed kAny = std::nullopt, kNone = 0;

// --- Who is where ----------------------------------------------------------------------------------------------------

std::vector<std::uint32_t> store_hosts(const Scenario& s) {
  return s.server_hosts.empty() ? std::vector<std::uint32_t>{0} : s.server_hosts;
}

std::uint32_t holders_host(const Scenario& s) { return s.clients[0]; }

// Whose clocks say when the holder's lease ends: the servers', or where there are none those of all others.
std::vector<std::uint32_t> judging_hosts(const Scenario& s) {
  std::vector<std::uint32_t> hosts = store_hosts(s);
  if (s.servers > 0) return hosts;
  for (const std::uint32_t host : s.clients) {
    if (host != holders_host(s)) hosts.push_back(host);
  }
  return hosts;
}

Duration moment(Duel& d, Duration longest) {
  return Duration(d.random.between(Duration(20us).count(), std::max<Duration>(longest, 21us).count()));
}

void strike_process(Duel& d, FaultKind kind, std::uint32_t process, TrueTime at, Duration lasts) {
  d.scenario.faults.push_back({kind, at, lasts, process});
}

// The servers; where there are none, the one who waits in line.
void strike_store(Duel& d, FaultKind kind, TrueTime at, Duration lasts) {
  for (std::uint32_t server = 0; server < d.scenario.servers; ++server) strike_process(d, kind, server, at, lasts);
  if (d.scenario.servers == 0) {
    const TrueTime asking = std::max(at, d.waiting + moment(d, 2ms));
    strike_process(d, kind, d.scenario.client_process(1), asking, lasts);
  }
}

// Of the links between clients and store, and of those to the resource: from before anybody asks to the end.
void strike_links(Duel& d, FaultKind kind, std::int64_t amount, bool only_holder) {
  const Scenario& s = d.scenario;
  const TrueTime from = d.asked - 50ms;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> links;
  for (std::uint32_t client = 0; client < (only_holder ? 1 : s.clients.size()); ++client) {
    for (const std::uint32_t host : store_hosts(s)) links.emplace_back(s.clients[client], host);
    links.emplace_back(s.clients[client], s.resource_host());
  }
  std::ranges::sort(links);
  const auto repeated = std::ranges::unique(links);
  links.erase(repeated.begin(), repeated.end());
  for (const auto& [one, other] : links) {
    if (one != other) d.scenario.faults.push_back({kind, from, s.heal_at - from, one, other, amount});
  }
}

// --- Troubles --------------------------------------------------------------------------------------------------------

// A bad quartz makes both of a host's clocks drift.
void drift(Duel& d, std::int64_t ppb) {
  const std::vector<std::uint32_t> judges = judging_hosts(d.scenario);
  const auto runs_fast = [&](std::uint32_t host) {
    d.scenario.hosts[host].drift_ppb = d.scenario.hosts[host].wall_drift_ppb = ppb;
  };
  if (d.variant == 1) return runs_fast(holders_host(d.scenario));
  std::ranges::for_each(judges, runs_fast);
  const Wide ends_after = static_cast<Wide>(d.ttl.count()) * kBillion / (kBillion + ppb);
  d.openings.push_back(d.asked + Duration(static_cast<std::int64_t>(ends_after)));
}

void step(Duel& d, std::int64_t ns) {
  const bool forward = d.variant % 2 == 0, at_judges = d.variant < 2;
  const TrueTime at = d.asked + d.ttl / 8;
  const auto steps = [&](std::uint32_t host) {
    d.scenario.faults.push_back({FaultKind::step_wall, at, 0ns, host, 0, forward ? ns : -ns});
  };
  if (!at_judges) return steps(holders_host(d.scenario));
  std::ranges::for_each(judging_hosts(d.scenario), steps);
  if (forward) d.openings.push_back(std::max(d.asked + d.ttl - Duration(ns), at + 1ms));
}

void pause(Duel& d, std::int64_t ns) {
  const Duration lasts(ns);
  d.scenario.heal_at += lasts;
  const std::uint32_t holder = d.scenario.client_process(0);
  TrueTime at = d.asked + d.ttl / 4;
  if (d.variant == 1) at = d.asked + moment(d, 300us);
  if (d.variant == 3) at = d.asked + moment(d, d.ttl);
  if (d.variant == 2) {
    strike_store(d, FaultKind::pause_process, at, lasts);
  } else {
    strike_process(d, FaultKind::pause_process, holder, at, lasts);
  }
  d.openings.push_back(at + lasts);
}

void delay(Duel& d, std::int64_t ns) { strike_links(d, FaultKind::slow_link, ns, d.variant == 1); }

void loss(Duel& d, std::int64_t ppm) { strike_links(d, FaultKind::lossy_link, ppm, d.variant == 1); }

// The magnitude is the ttl itself, in an everyday world that is not quite so calm.
void short_leases(Duel& d, std::int64_t) {
  d.scenario.network.delay_max = 5ms;
  d.scenario.network.tail_ppm = 10'000;
  d.scenario.network.tail_max = 20ms;
  d.scenario.storage.sync_max = 2ms;
  strike_process(d, FaultKind::pause_process, d.scenario.client_process(0), d.asked + d.ttl / 2, 10ms);
}

void crash(Duel& d, std::int64_t ns) {
  const Duration lasts(ns);
  d.scenario.heal_at += lasts;
  const TrueTime at = d.asked + (d.variant % 2 == 0 ? d.ttl / 4 : moment(d, 3ms));
  if (d.variant < 2) {
    strike_store(d, FaultKind::crash_process, at, lasts);
  } else {
    strike_process(d, FaultKind::crash_process, d.scenario.client_process(0), at, lasts);
  }
  d.openings.push_back(at + lasts + 2ms);
}

void cut_power(Duel& d, TrueTime at, Duration lasts) {
  for (const std::uint32_t host : store_hosts(d.scenario)) {
    d.scenario.faults.push_back({FaultKind::reboot_host, at, lasts, host});
  }
  d.openings.push_back(at + lasts + 5ms);
}

void power(Duel& d, std::int64_t ns) {
  d.scenario.heal_at += Duration(ns);
  cut_power(d, d.asked + (d.variant == 0 ? d.ttl / 4 : moment(d, 3ms)), Duration(ns));
}

// Until the power fails.
void bad_syncs(Duel& d, FaultKind kind, std::int64_t ppm) {
  const TrueTime cut = d.asked + (d.variant == 0 ? d.ttl / 4 : moment(d, d.ttl / 4));
  for (const std::uint32_t host : store_hosts(d.scenario)) {
    d.scenario.faults.push_back({kind, d.asked - 50ms, cut - d.asked + 50ms, host, 0, ppm});
  }
  cut_power(d, cut, d.ttl / 16);
}

void failed_syncs(Duel& d, std::int64_t ppm) { bad_syncs(d, FaultKind::failing_syncs, ppm); }
void lies(Duel& d, std::int64_t ppm) { bad_syncs(d, FaultKind::lying_syncs, ppm); }

// --- What does not bear on a lock, and what it claims ----------------------------------------------------------------

std::string nothing(const Subject&) { return {}; }

std::string clocks_apart(const Subject& s) {
  if (s.claims.on_machine_time) return "it reads the machine's clocks, which a simulation cannot bend";
  if (s.deployment == Deployment::one_host) return "its clients live on one host and read the same clock";
  return {};
}

std::string wall_clocks(const Subject& s) {
  return s.claims.on_machine_time ? "it reads the machine's clocks, which a simulation cannot bend" : "";
}

std::string messages(const Subject& s) {
  return s.deployment == Deployment::one_host ? "its clients open the store themselves: it sends no messages" : "";
}

std::string simulated_disk(const Subject& s) {
  return s.on_real_files ? "its files are real, and so are their syncs" : "";
}

Claimed any(const Subject&) { return kAny; }

}  // namespace

const std::vector<Trouble>& troubles() {
  using enum EnvelopeUnit;
  static const std::vector<Trouble> all = {
      {"drift", "the clocks that judge the holder's lease run faster by so much, or the holder's own", ppb, 100'000,
       500'000'000, 2, clocks_apart, [](const Subject& s) { return Claimed(s.claims.max_drift_ppb); }, drift},
      {"step", "the wall clocks that judge the holder's lease step by so much, or its own, either way", nanoseconds,
       1'000'000, 100'000'000'000, 4, wall_clocks,
       [](const Subject& s) { return s.claims.wall_clock_immune ? kAny : kNone; }, step},
      {"pause", "the holder stands still for so long, or what keeps the lock", nanoseconds, 1'000'000, 20'000'000'000,
       4, nothing, any, pause},
      {"delay", "messages are late by up to so much, everybody's or the holder's", nanoseconds, 100'000, 10'000'000'000,
       2, messages, any, delay},
      {"loss", "so many messages are lost, everybody's or the holder's", ppm, 1'000, 1'000'000, 2, messages, any, loss},
      {"ttl", "leases are so short, in a network of up to 5 ms and with a pause of 10 ms", nanoseconds, 10'000'000'000,
       1'000'000, 1, nothing, any, short_leases, true},
      {"crash", "what keeps the lock dies, or its holder, and is back after so long", nanoseconds, 1'000'000,
       10'000'000'000, 4, nothing, [](const Subject& s) { return s.claims.durable ? kAny : kNone; }, crash},
      {"power", "the power fails where the lock is kept, and is back after so long", nanoseconds, 1'000'000,
       10'000'000'000, 2, nothing, [](const Subject& s) { return s.claims.survives_power_loss ? kAny : kNone; }, power},
      {"fsync", "so many syncs fail, and then the power does", ppm, 1'000, 1'000'000, 2, simulated_disk,
       [](const Subject& s) { return s.claims.survives_io_errors && s.claims.survives_power_loss ? kAny : kNone; },
       failed_syncs},
      {"lies", "so many syncs are answered but not done, and then the power fails", ppm, 1'000, 1'000'000, 2,
       simulated_disk, [](const Subject&) { return kNone; }, lies},
  };
  return all;
}

const Trouble* trouble_named(std::string_view name) {
  const auto found = std::ranges::find(troubles(), name, &Trouble::name);
  return found == troubles().end() ? nullptr : &*found;
}

}  // namespace lockstep::properties
