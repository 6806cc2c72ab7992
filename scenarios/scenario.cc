// The rules a scenario must keep. Bounds are generous: they exclude what cannot be simulated or would not end.
#include "scenarios/scenario.h"

#include <fmt/format.h>

#include <algorithm>

#include "impl/lock/rules.h"

namespace lockstep::scenarios {
namespace {

using sim::FaultSubject;

constexpr Duration kLongestRun = std::chrono::hours(24);
constexpr std::int64_t kBillion = 1'000'000'000;

bool outside(Duration value, Duration low, Duration high) { return value < low || value > high; }
Duration since_start(sim::TrueTime at) { return at.time_since_epoch(); }

std::optional<Flaw> flaw_of_use(const Step& step, const Scenario& s, const std::string& place) {
  const std::uint32_t capacity = capacity_of(s, step.lock);
  if (step.permits < 1 || step.permits > std::max(1u, capacity)) {
    return Flaw{place + ".permits", "must be 1, or up to the capacity of a semaphore"};
  }
  if (capacity != 0 && (step.shared || step.downgrade))
    return Flaw{place, "a semaphore has neither readers nor writers"};
  if (step.shared && step.downgrade) return Flaw{place + ".downgrade", "only a writer can become a reader"};
  for (const std::uint32_t lock : step.also) {
    if (lock >= s.locks) return Flaw{place + ".also", "no such lock"};
    if (lock == step.lock || std::ranges::count(step.also, lock) > 1)
      return Flaw{place + ".also", "names a lock twice"};
    if (capacity_of(s, lock) != 0) return Flaw{place + ".also", "semaphores are not taken along with others"};
  }
  if (!step.also.empty() && (step.act != Act::lock || capacity != 0 || step.shared || step.downgrade)) {
    return Flaw{place + ".also", "several locks are taken by a writer of all of them"};
  }
  if (outside(step.cancel_after, Duration::zero(), kLongestRun)) {
    return Flaw{place + ".cancel_after", "must be 0 to 24 h"};
  }
  return std::nullopt;
}

std::optional<Flaw> flaw_of(const Step& step, const Scenario& s, const std::string& place) {
  if (outside(since_start(step.at), Duration::zero(), since_start(s.heal_at))) {
    return Flaw{place + ".at", "must lie between 0 and heal_at"};
  }
  if (step.client >= s.clients.size()) return Flaw{place + ".client", "no such client"};
  if (step.lock >= s.locks) return Flaw{place + ".lock", "no such lock"};
  if (auto flaw = flaw_of_use(step, s, place)) return flaw;
  if (outside(step.ttl, kMinTtl, std::chrono::hours(1))) return Flaw{place + ".ttl", "must be 1 ms to 1 h"};
  if (outside(step.wait, Duration::zero(), kLongestRun)) return Flaw{place + ".wait", "must be 0 to 24 h"};
  if (outside(step.hold, Duration::zero(), kLongestRun)) return Flaw{place + ".hold", "must be 0 to 24 h"};
  if (step.writes > 1000) return Flaw{place + ".writes", "must be at most 1000"};
  return std::nullopt;
}

std::optional<Flaw> flaw_of(const sim::Fault& fault, const Scenario& s, const std::string& place) {
  if (outside(since_start(fault.at), Duration::zero(), since_start(s.heal_at))) {
    return Flaw{place + ".at", "must lie between 0 and heal_at"};
  }
  if (outside(fault.lasts, Duration::zero(), kLongestRun)) return Flaw{place + ".lasts", "must be 0 to 24 h"};
  const auto& facts = sim::facts_of(fault.kind);
  const auto hosts = static_cast<std::uint32_t>(s.hosts.size());
  const bool process = facts.subject == FaultSubject::process;
  if (fault.target >= (process ? s.processes() : hosts)) return Flaw{place + ".target", "no such process or host"};
  if (facts.subject == FaultSubject::link && (fault.other >= hosts || fault.other == fault.target)) {
    return Flaw{place + ".other", "must be another host"};
  }
  const bool signed_amount = fault.kind == sim::FaultKind::step_wall || fault.kind == sim::FaultKind::drift_monotonic;
  if (fault.amount < 0 && !signed_amount) return Flaw{place + ".amount", "must not be negative"};
  const bool ns = facts.amount == "ns";
  const std::int64_t limit = ns ? Duration(kLongestRun * 400).count() : facts.amount == "ppm" ? 1'000'000 : kBillion;
  if (fault.amount > limit || fault.amount < -limit) return Flaw{place + ".amount", "is out of range"};
  return std::nullopt;
}

std::optional<Flaw> flaw_of_noise(const Scenario& s) {
  const auto& n = s.network;
  constexpr Duration minute = std::chrono::minutes(1);
  if (n.delay_min < Duration::zero() || n.delay_max < n.delay_min || n.delay_max > minute) {
    return Flaw{"network.delay", "must be 0 <= min <= max <= 1 min"};
  }
  if (outside(n.tail_max, Duration::zero(), minute)) return Flaw{"network.tail_max", "must be 0 to 1 min"};
  if (n.tail_ppm > 1'000'000 || n.loss_ppm > 1'000'000 || n.duplicate_ppm > 1'000'000) {
    return Flaw{"network", "shares are parts per million"};
  }
  const auto& d = s.storage;
  if (d.call_min < Duration::zero() || d.call_max < d.call_min || d.call_max > minute ||
      d.sync_min < Duration::zero() || d.sync_max < d.sync_min || d.sync_max > minute) {
    return Flaw{"storage", "must be 0 <= min <= max <= 1 min"};
  }
  return std::nullopt;
}

}  // namespace

std::string process_name(const Scenario& scenario, std::uint32_t process) {
  if (process < scenario.servers) return fmt::format("server {}", process);
  if (process < scenario.resource_process()) return fmt::format("client {}", process - scenario.servers);
  return "resource";
}

std::uint32_t capacity_of(const Scenario& scenario, std::uint32_t lock) {
  return lock < scenario.capacities.size() ? scenario.capacities[lock] : 0;
}

std::string lock_name(const Scenario& scenario, std::uint32_t lock) {
  if (scenario.names == 0) return lock < 26 ? std::string(1, static_cast<char>('A' + lock)) : fmt::format("L{}", lock);
  using namespace std::string_literals;
  static const std::vector<std::pair<std::string, std::string>> alike = {
      {"db", "DB"},
      {"caf\xc3\xa9", "cafe\xcc\x81"},                             // one letter, or a letter and an accent
      {"n", "n\0m"s},                                              // to a string of C the same
      {std::string(300, 'x') + "1", std::string(300, 'x') + "2"},  // longer than a file may be called
      {"end", "end."},                                             // file systems that drop the last point
      {"stop", "stop "},
      {"a/b", "a_b"},
      {"../up", "up"},
      {"%41", "A"},
      {"\xff", "\xfe"},  // no text at all
  };
  const auto& pair = alike[(scenario.names - 1 + lock / 2) % alike.size()];
  const std::string& name = lock % 2 == 0 ? pair.first : pair.second;
  const auto round = lock / 2 / alike.size();
  return round == 0 ? name : fmt::format("{}{}", name, round);
}

std::optional<Flaw> find_flaw(const Scenario& s) {
  if (s.backend.empty()) return Flaw{"backend", "must name a backend"};
  if (s.hosts.size() < 2 || s.hosts.size() > 64)
    return Flaw{"hosts", "must be 2 to 64: the store's and the resource's"};
  if (s.servers > 8) return Flaw{"servers", "must be 0 to 8"};
  if (!s.server_hosts.empty() && s.server_hosts.size() != s.servers) {
    return Flaw{"server_hosts", "must name a host for each server, or none at all"};
  }
  for (std::size_t i = 0; i < s.server_hosts.size(); ++i) {
    if (s.server_hosts[i] >= s.hosts.size()) return Flaw{fmt::format("server_hosts[{}]", i), "no such host"};
  }
  if (s.shared_disk && s.servers != 0) return Flaw{"shared_disk", "needs servers to be 0: clients open the store"};
  if (outside(s.mount_cache, Duration::zero(), std::chrono::minutes(1))) {
    return Flaw{"mount_cache", "must be 0 to 1 min"};
  }
  if (s.mount_cache > Duration::zero() && !s.shared_disk) return Flaw{"mount_cache", "needs shared_disk"};
  if (s.clients.empty() || s.clients.size() > 64) return Flaw{"clients", "must be 1 to 64"};
  if (s.locks < 1 || s.locks > 64) return Flaw{"locks", "must be 1 to 64"};
  if (s.capacities.size() > s.locks) return Flaw{"capacities", "must not be more than locks"};
  if (s.names > 64) return Flaw{"names", "must be 0 to 64"};
  if (s.steps.size() > 100'000) return Flaw{"steps", "must be at most 100000"};
  if (s.faults.size() > 10'000) return Flaw{"faults", "must be at most 10000"};
  if (outside(since_start(s.heal_at), Duration::zero(), kLongestRun)) return Flaw{"heal_at", "must be 0 to 24 h"};
  for (std::size_t i = 0; i < s.hosts.size(); ++i) {
    const HostSpec& host = s.hosts[i];
    const auto place = fmt::format("hosts[{}]", i);
    if (std::abs(host.drift_ppb) >= kBillion || std::abs(host.wall_drift_ppb) >= kBillion) {
      return Flaw{place, "a clock drifts by less than 1000000000 ppb"};
    }
    if (outside(host.uptime, Duration::zero(), kLongestRun * 4000)) return Flaw{place + ".uptime", "is out of range"};
    if (outside(host.wall_offset, -kLongestRun * 4000, kLongestRun * 4000)) {
      return Flaw{place + ".wall_offset", "is out of range"};
    }
  }
  for (std::size_t i = 0; i < s.clients.size(); ++i) {
    const auto place = fmt::format("clients[{}]", i);
    if (s.clients[i] >= s.hosts.size()) return Flaw{place, "no such host"};
    if (s.servers == 0 && !s.shared_disk && s.clients[i] != 0) {
      return Flaw{place, "without servers or a shared disk every client lives on host 0"};
    }
  }
  if (auto flaw = flaw_of_noise(s)) return flaw;
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    if (auto flaw = flaw_of(s.steps[i], s, fmt::format("steps[{}]", i))) return flaw;
  }
  for (std::size_t i = 0; i < s.faults.size(); ++i) {
    if (auto flaw = flaw_of(s.faults[i], s, fmt::format("faults[{}]", i))) return flaw;
  }
  return std::nullopt;
}

}  // namespace lockstep::scenarios
