// Of the network and the disk there is only as much as lets two things happen in some order.
#include "properties/contract/plot.h"

#include <algorithm>

#include "impl/env/check.h"

namespace lockstep::properties::contract {

using namespace std::chrono_literals;
using scenarios::Deployment;
using scenarios::Scenario;
using scenarios::Subject;
using sim::FaultKind;
using sim::TrueTime;

namespace {

// After the last use has begun; what is left of it is ended by then.
constexpr Duration kLast = 5s;

}  // namespace

Scenario quiet_scenario(const Subject& subject, std::uint32_t clients) {
  Scenario s;
  s.backend = subject.name;
  s.seed = 1;
  s.shared_disk = subject.deployment == Deployment::shared_disk;
  const bool spread = subject.deployment == Deployment::spread_servers;
  const bool serves = spread || subject.deployment == Deployment::servers;
  s.servers = !serves ? 0 : spread ? subject.servers : subject.claims.shared_store ? 2 : 1;
  const std::uint32_t store_hosts = spread ? s.servers : 1;
  for (std::uint32_t host = 0; spread && host < store_hosts; ++host) s.server_hosts.push_back(host);
  const bool at_home = subject.deployment == Deployment::one_host;
  s.hosts.resize(at_home ? 2 : std::size_t{clients} + store_hosts + 1);
  for (std::uint32_t c = 0; c < clients; ++c) s.clients.push_back(at_home ? 0 : c + store_hosts);
  // Over a mount each call to the disk is a journey, and the store is to be open before anybody asks.
  s.network.delay_min = s.network.delay_max = s.shared_disk ? 100us : Duration(1ms);
  s.storage.call_min = s.storage.call_max = 1us;
  s.storage.sync_min = s.storage.sync_max = 500us;
  s.heal_at = TrueTime(5s);
  return s;
}

Plot::Plot(const Subject& subject, std::uint32_t clients)
    : subject_(subject), setting_(quiet_scenario(subject, clients)) {
  setting_.network.delay_min = setting_.network.delay_max / (setting_.shared_disk ? 2 : 10);
}

Use& Plot::use(std::uint32_t client, Duration at) {
  CHECK(client < setting_.clients.size() && (uses_.empty() || uses_.back().step.at <= TrueTime(at)));
  return uses_.emplace_back(Use{.step = {.at = TrueTime(at), .client = client, .ttl = 2s, .hold = 100ms}});
}

std::vector<std::uint32_t> Plot::store_hosts() const {
  return setting_.server_hosts.empty() ? std::vector<std::uint32_t>{0} : setting_.server_hosts;
}

void Plot::stop_store(Duration at, Duration lasts) {
  CHECK(setting_.servers > 0);
  for (std::uint32_t server = 0; server < setting_.servers; ++server) {
    setting_.faults.push_back({FaultKind::crash_process, TrueTime(at), lasts, server});
  }
}

void Plot::stop_client(std::uint32_t client, Duration at, Duration lasts) {
  setting_.faults.push_back({FaultKind::crash_process, TrueTime(at), lasts, setting_.client_process(client)});
}

void Plot::pause_client(std::uint32_t client, Duration at, Duration lasts) {
  setting_.faults.push_back({FaultKind::pause_process, TrueTime(at), lasts, setting_.client_process(client)});
}

void Plot::lose_answers(std::uint32_t client, Duration at, Duration lasts) {
  for (const std::uint32_t host : store_hosts()) {
    setting_.faults.push_back({FaultKind::cut_one_way, TrueTime(at), lasts, host, setting_.clients[client]});
  }
}

void Plot::delay_requests(std::uint32_t client, Duration at, Duration lasts, Duration by) {
  for (const std::uint32_t host : store_hosts()) {
    setting_.faults.push_back({FaultKind::slow_link, TrueTime(at), lasts, setting_.clients[client], host, by.count()});
  }
}

void Plot::step_wall(Duration at, Duration by) {
  for (const std::uint32_t host : store_hosts()) {
    setting_.faults.push_back({FaultKind::step_wall, TrueTime(at), {}, host, 0, by.count()});
  }
}

// Over a mount each call to the disk is a journey.
Duration Plot::quick() const { return setting_.shared_disk ? Duration(500ms) : Duration(100ms); }
Duration Plot::notice() const { return quick() + subject_.client.backoff_limit; }

Scenario Plot::scenario(std::uint64_t seed) const {
  Scenario s = setting_;
  s.seed = seed;
  for (const Use& use : uses_) s.steps.push_back(use.step);
  s.heal_at = uses_.back().step.at + kLast;
  for (const auto& step : s.steps) s.heal_at = std::max(s.heal_at, step.at + step.wait + step.hold + 100ms);
  for (const auto& fault : s.faults) s.heal_at = std::max(s.heal_at, fault.at + fault.lasts + 100ms);
  std::ranges::stable_sort(s.faults, {}, [](const sim::Fault& fault) { return fault.at; });
  return s;
}

}  // namespace lockstep::properties::contract
