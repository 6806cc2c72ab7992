// Every part draws from a stream of its own, forked by name, so that a change in how one part is drawn leaves the
// others as they were.
#include "properties/generate.h"

#include <algorithm>
#include <bit>

#include "properties/shrink.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Ending;
using scenarios::Scenario;
using scenarios::Step;
using sim::Fault;
using sim::FaultKind;
using sim::TrueTime;

Duration milliseconds_between(RandomStream& random, std::int64_t low, std::int64_t high) {
  return std::chrono::milliseconds(random.between(low, high));
}

// How far one cause (a clock's own drift, a fault) may make a clock drift. Two causes on one clock and two on another
// in the opposite direction are within the claim: (1 + 2x) / (1 - 2x) <= 1 + claimed.
std::int64_t drift_limit(const Claims& claims) {
  constexpr std::int64_t billion = 1'000'000'000;
  const auto claimed = static_cast<Wide>(claims.max_drift_ppb);
  return static_cast<std::int64_t>(claimed * billion / (2 * billion + claimed) / 2);
}

struct Drawing {
  const scenarios::Subject& subject;
  Profile profile;
  RandomStream root;
  Scenario s;
  Duration ttl{};  // about as long as the leases of this run

  bool beyond() const { return profile == Profile::beyond_claims; }
};

// Semaphores, and names that are easily taken for one another.
void draw_locks(Drawing& d) {
  RandomStream random = d.root.fork("locks");
  if (d.s.locks > 1 && random.chance(1, 2)) d.s.names = static_cast<std::uint32_t>(random.between(1, 10));
  if (!d.subject.claims.permits || !random.chance(1, 3)) return;
  d.s.capacities.resize(d.s.locks);
  for (std::uint32_t& capacity : d.s.capacities) {
    const auto drawn = static_cast<std::uint32_t>(random.between(1, 5));
    capacity = random.chance(2, 3) ? drawn : 0;
  }
}

void draw_topology(Drawing& d) {
  RandomStream random = d.root.fork("topology");
  const bool embedded = d.subject.deployment == scenarios::Deployment::one_host;
  const bool spread = d.subject.deployment == scenarios::Deployment::spread_servers;
  const std::uint32_t store_hosts = spread ? d.subject.servers : 1;
  d.s.shared_disk = d.subject.deployment == scenarios::Deployment::shared_disk;
  const auto clients = embedded ? 4 : random.between(2, 6);
  const auto client_hosts = embedded ? 0 : random.between(1, clients);
  d.s.servers = embedded || d.s.shared_disk     ? 0
                : spread                        ? store_hosts
                : d.subject.claims.shared_store ? static_cast<std::uint32_t>(random.between(1, 3))
                                                : 1;
  for (std::uint32_t host = 0; spread && host < store_hosts; ++host) d.s.server_hosts.push_back(host);
  d.s.hosts.resize(static_cast<std::size_t>(client_hosts) + store_hosts + 1);
  for (std::int64_t c = 0; c < clients; ++c) {
    d.s.clients.push_back(
        embedded ? 0
                 : store_hosts + static_cast<std::uint32_t>(random.below(static_cast<std::uint64_t>(client_hosts))));
  }
  if (d.s.shared_disk && random.chance(1, 2)) {
    d.s.mount_cache = std::chrono::milliseconds(log_between(random, 100, 10'000));
  }
  d.s.locks = random.chance(2, 3) ? 1 : static_cast<std::uint32_t>(random.between(2, 3));
  draw_locks(d);
  d.ttl = std::chrono::milliseconds(log_between(random, 400, 4000));
  d.s.heal_at = TrueTime(std::clamp<Duration>(d.ttl * random.between(6, 20), 5s, 40s));
}

void draw_clocks(Drawing& d) {
  if (d.subject.claims.on_machine_time) return;
  RandomStream random = d.root.fork("clocks");
  const std::int64_t limit = d.beyond() ? 200'000'000 : drift_limit(d.subject.claims);
  const bool drifting = random.chance(2, 3);
  const bool wrong_dates = random.chance(1, 2);
  for (scenarios::HostSpec& host : d.s.hosts) {
    const std::int64_t drift = random.between(-limit, limit);
    const Duration offset = milliseconds_between(random, -86'400'000, 86'400'000);
    const std::int64_t wall_drift = random.between(-100'000, 100'000);
    host.uptime = std::chrono::seconds(random.below(1000));
    if (drifting) host.drift_ppb = drift;
    if (wrong_dates) {
      host.wall_offset = offset;
      host.wall_drift_ppb = wall_drift;
    }
  }
}

void draw_noise(Drawing& d) {
  RandomStream random = d.root.fork("noise");
  const std::int64_t slow = log_between(random, 1, 32);
  d.s.network.delay_min = 100us;
  d.s.network.delay_max = slow * 500us;
  if (random.chance(1, 2)) d.s.network.loss_ppm = static_cast<std::uint32_t>(log_between(random, 1'000, 100'000));
  if (random.chance(1, 2)) d.s.network.duplicate_ppm = static_cast<std::uint32_t>(log_between(random, 1'000, 100'000));
  if (random.chance(1, 3)) {
    d.s.network.tail_ppm = static_cast<std::uint32_t>(log_between(random, 1'000, 100'000));
    d.s.network.tail_max = d.ttl * random.between(1, 8) / 4;
  }
  d.s.storage.sync_max = random.between(1, 16) * 500us;
  d.s.storage.call_max = random.between(1, 20) * 1us;
}

Ending draw_ending(RandomStream& random) {
  const auto dice = random.below(20);
  if (dice < 11) return Ending::release;
  if (dice < 13) return Ending::twice;
  return dice < 17 ? Ending::late : Ending::forget;
}

// What a run has beside plain writers: each class is on or off for the whole of it.
struct Manners {
  bool readers, several, cancels, breaks, watches, looks, crumbs;
  explicit Manners(const Drawing& d) {
    RandomStream random = d.root.fork("manners");
    readers = random.chance(1, 2) && d.subject.claims.shared_mode;
    several = random.chance(1, 3) && d.s.locks > 1;
    cancels = random.chance(1, 3);
    breaks = random.chance(1, 4) && d.subject.claims.administration;
    watches = random.chance(1, 4) && d.subject.claims.events;
    looks = random.chance(1, 4);
    crumbs = random.chance(1, 2);
  }
};

void draw_use(Drawing& d, Step& step, const Manners& manners, RandomStream random) {
  const std::uint32_t capacity = capacity_of(d.s, step.lock);
  const auto dice = random.below(16);
  if (manners.breaks && dice == 0) step.act = scenarios::Act::break_lock;
  if (manners.watches && dice <= 2 && dice > 0) {
    step.act = scenarios::Act::watch;
    step.hold = std::max<Duration>(step.hold, std::chrono::floor<std::chrono::milliseconds>(d.ttl * 2));
  }
  if (manners.looks && dice == 3) step.act = scenarios::Act::look;
  if (capacity != 0) step.permits = static_cast<std::uint32_t>(random.between(1, capacity));
  if (manners.crumbs) step.permits = 1;
  if (manners.readers && capacity == 0) {
    step.shared = random.chance(1, 2);
    step.downgrade = !step.shared && random.chance(1, 4);
  }
  if (manners.cancels && random.chance(1, 4)) {
    step.cancel_after = std::chrono::floor<std::chrono::milliseconds>(step.ttl * random.between(1, 32) / 16);
  }
  if (!manners.several || capacity != 0 || step.shared || step.downgrade || step.act != scenarios::Act::lock) return;
  for (std::uint32_t lock = 0; lock < d.s.locks; ++lock) {
    if (lock != step.lock && capacity_of(d.s, lock) == 0 && random.chance(1, 2)) step.also.push_back(lock);
  }
}

void draw_steps(Drawing& d) {
  RandomStream random = d.root.fork("steps");
  const Manners manners(d);
  const std::int64_t count = log_between(random, 8, 80);
  d.s.steps.reserve(static_cast<std::size_t>(count) + 1);
  const std::int64_t span =
      std::chrono::duration_cast<std::chrono::milliseconds>(d.s.heal_at.time_since_epoch()).count();
  for (std::int64_t i = 0; i < count; ++i) {
    RandomStream own = random.at(static_cast<std::uint64_t>(i));
    Step& step = d.s.steps.emplace_back();
    step.at = TrueTime(milliseconds_between(own, 0, span - 1));
    step.client = static_cast<std::uint32_t>(own.below(d.s.clients.size()));
    step.lock = static_cast<std::uint32_t>(own.below(d.s.locks));
    step.ttl = std::chrono::floor<std::chrono::milliseconds>(d.ttl * own.between(2, 8) / 4);
    step.wait =
        own.chance(1, 3) ? 0ms : std::chrono::floor<std::chrono::milliseconds>(step.ttl * own.between(1, 12) / 4);
    step.hold = std::chrono::floor<std::chrono::milliseconds>(step.ttl * log_between(own, 1, 128) / 64);
    step.renew = own.chance(3, 4);
    // Now and then the end of the hold and of the lease fall together: the moment at which a release is most delicate.
    if (own.chance(1, 6)) {
      step.hold = std::max<Duration>(0ms, step.ttl - milliseconds_between(own, 0, 20));
      step.renew = false;
    }
    step.writes = static_cast<std::uint32_t>(own.below(4));
    step.careless = own.chance(1, 3);
    step.ending = draw_ending(own);
    // What is never given back stays for ever there.
    if (step.ending == Ending::forget && !d.subject.claims.leases_end) step.ending = Ending::release;
    draw_use(d, step, manners, own.fork("use"));
  }
}

std::int64_t draw_amount(Drawing& d, RandomStream& random, FaultKind kind) {
  switch (kind) {
    case FaultKind::lossy_link:
    case FaultKind::duplicating_link: return log_between(random, 50'000, 900'000);
    case FaultKind::slow_link: return (d.ttl * log_between(random, 1, 64) / 32).count();
    case FaultKind::step_wall: {
      const Duration step = std::chrono::floor<std::chrono::milliseconds>(d.ttl * log_between(random, 1, 4096) / 4);
      return random.chance(1, 2) ? step.count() : -step.count();
    }
    case FaultKind::drift_monotonic: {
      const std::int64_t limit = d.beyond() ? 500'000'000 : drift_limit(d.subject.claims);
      return random.between(-limit, limit);
    }
    case FaultKind::slow_disk: return (d.ttl * log_between(random, 1, 32) / 64).count();
    case FaultKind::failing_writes:
    case FaultKind::failing_syncs:
    case FaultKind::failing_reads: return log_between(random, 10'000, 900'000);
    default: return 0;
  }
}

// Only hosts that keep the store have a disk that anybody uses.
bool only_for_the_store(FaultKind kind) {
  return kind == FaultKind::full_disk || kind == FaultKind::failing_writes || kind == FaultKind::failing_syncs ||
         kind == FaultKind::failing_reads;
}

void draw_faults_of(Drawing& d, FaultKind kind, RandomStream random) {
  const auto& facts = sim::facts_of(kind);
  const std::int64_t count = log_between(random, 1, 8);
  const std::int64_t span =
      std::chrono::duration_cast<std::chrono::milliseconds>(d.s.heal_at.time_since_epoch()).count();
  std::vector<bool> drifting(d.s.hosts.size());
  for (std::int64_t i = 0; i < count; ++i) {
    Fault fault{.kind = kind, .at = TrueTime(milliseconds_between(random, 0, span - 1))};
    fault.lasts = std::chrono::floor<std::chrono::milliseconds>(d.ttl * log_between(random, 1, 64) / 16);
    const std::uint64_t hosts = d.s.hosts.size();
    const bool process = facts.subject == sim::FaultSubject::process;
    fault.target = static_cast<std::uint32_t>(random.below(process ? d.s.processes() : hosts));
    if (only_for_the_store(kind)) fault.target = d.s.server_hosts.empty() ? 0 : fault.target % d.s.servers;
    if (facts.subject == sim::FaultSubject::link) {
      fault.other = static_cast<std::uint32_t>((fault.target + 1 + random.below(hosts - 1)) % hosts);
    }
    fault.amount = draw_amount(d, random, kind);
    if (!allowed(fault, d.s, d.subject.claims, d.profile)) continue;
    // Two drifts at once could add up to more than is claimed.
    if (kind == FaultKind::drift_monotonic && !d.beyond() && drifting[fault.target]) continue;
    drifting[fault.target % hosts] = true;
    d.s.faults.push_back(fault);
  }
}

// Now and then a client dies as a holder shortly before everything heals, so that the expiry of its lease is put to
// the test.
void draw_last_will(Drawing& d) {
  RandomStream random = d.root.fork("last will");
  if (!random.chance(1, 4)) return;
  const Step& like = d.s.steps[random.below(d.s.steps.size())];
  Step step{.client = like.client, .lock = like.lock, .shared = like.shared, .permits = like.permits};
  step.writes = like.writes;
  step.at = d.s.heal_at - d.ttl;
  step.ttl = step.hold = std::chrono::floor<std::chrono::milliseconds>(d.ttl * 2);
  step.wait = std::chrono::floor<std::chrono::milliseconds>(d.ttl / 2);
  step.ending = Ending::release;
  Fault death{.kind = FaultKind::crash_process, .at = d.s.heal_at - d.ttl / 4};
  death.lasts = std::chrono::floor<std::chrono::milliseconds>(d.ttl * random.between(1, 8) / 8);
  death.target = d.s.client_process(step.client);
  if (!allowed(death, d.s, d.subject.claims, d.profile)) return;
  d.s.steps.push_back(step);
  d.s.faults.push_back(death);
}

void draw_faults(Drawing& d) {
  RandomStream swarm = d.root.fork("swarm");
  d.s.faults.reserve(64);
  const auto quiet = swarm.below(16) == 0;  // some runs without any fault
  for (int k = 0; k < sim::kFaultKinds; ++k) {
    const bool on = swarm.chance(1, 2);
    if (on && !quiet) draw_faults_of(d, static_cast<FaultKind>(k), d.root.fork("fault", static_cast<std::uint64_t>(k)));
  }
}

}  // namespace

std::int64_t log_between(RandomStream& random, std::int64_t low, std::int64_t high) {
  const auto ratio = static_cast<std::uint64_t>((high + low - 1) / low);
  const int doublings = std::bit_width(ratio - 1);  // until low reaches high
  const std::int64_t top = low << random.below(static_cast<std::uint64_t>(doublings) + 1);
  return std::min(high, random.between(top, top * 2));
}

bool allowed(const Fault& fault, const Scenario& scenario, const Claims& claims, Profile profile) {
  const bool beyond = profile == Profile::beyond_claims;
  const bool store_process = fault.target < scenario.servers || scenario.servers == 0;
  const std::uint32_t resource_host = scenario.resource_host();
  switch (fault.kind) {
    case FaultKind::crash_process:
      // The resource's memory stands for a disk that is not simulated.
      return fault.target != scenario.resource_process() &&
             (beyond || !store_process || claims.durable || !claims.leases_end);
    case FaultKind::reboot_host:
      return fault.target != resource_host &&
             (beyond || !scenario.keeps_store(fault.target) || claims.survives_power_loss);
    case FaultKind::full_disk: return beyond || claims.survives_full_disk;
    case FaultKind::failing_writes:
    case FaultKind::failing_reads: return beyond || claims.survives_io_errors;
    // Not beyond claims either: a store whose disk loses what it was told to keep gives tokens out twice, and S5 is
    // what nothing may break. The corpus tells of it: failed-sync-takes-the-token-with-it.json.
    case FaultKind::failing_syncs: return claims.survives_io_errors;
    // Nothing survives a disk that lies; `lockstep envelope` tells how soon a lock shows it.
    case FaultKind::lying_syncs: return false;
    case FaultKind::freeze_monotonic: return beyond && !claims.on_machine_time;
    case FaultKind::drift_monotonic: return !claims.on_machine_time;
    case FaultKind::step_wall:
    case FaultKind::freeze_wall: return (beyond || claims.wall_clock_immune) && !claims.on_machine_time;
    default: return true;
  }
}

void put_in_order(Scenario& s) {
  std::stable_sort(s.steps.begin(), s.steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  std::stable_sort(s.faults.begin(), s.faults.end(), [](const Fault& a, const Fault& b) { return a.at < b.at; });
}

std::string_view name_of(Profile profile) {
  return profile == Profile::within_claims ? "within-claims" : "beyond-claims";
}

std::optional<Profile> profile_named(std::string_view name) {
  for (const Profile profile : {Profile::within_claims, Profile::beyond_claims}) {
    if (name_of(profile) == name) return profile;
  }
  return std::nullopt;
}

Scenario generate(std::uint64_t seed, Profile profile, const scenarios::Subject& subject) {
  Drawing d{subject, profile, RandomStream(seed).fork("generate"), {}, {}};
  d.s.backend = subject.name;
  d.s.seed = seed;
  draw_topology(d);
  draw_clocks(d);
  draw_noise(d);
  draw_steps(d);
  draw_faults(d);
  draw_last_will(d);
  put_in_order(d.s);
  return std::move(d.s);
}

rc::Gen<Scenario> scenarios_of(Profile profile, scenarios::Subject subject) {
  return rc::Gen<Scenario>([profile, subject = std::move(subject)](const rc::Random& random, int) {
    rc::Random own = random;
    return shrinkable(generate(own.next(), profile, subject));
  });
}

}  // namespace lockstep::properties
