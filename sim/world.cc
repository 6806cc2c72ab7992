// Faults hold things down, paused, cut or slow by counting, so that overlapping faults end one by one and healing is
// the end of them all.
#include "sim/world.h"

#include "impl/env/check.h"

namespace lockstep::sim {
namespace {
// 2023-11-14T22:13:20Z: where the true date stands when a world begins.
constexpr Duration kTrueDate = std::chrono::seconds(1'700'000'000);
constexpr std::int64_t kStandstill = -1'000'000'000;
}  // namespace

// One end of a fault's life.
struct World::Strike final : Timer {
  Strike(World& w, std::uint32_t f, bool b) : world(w), fault(f), begins(b) {}
  void fire() override { begins ? world.begin(fault) : world.end(fault); }
  void abandon() override {}
  World& world;
  std::uint32_t fault;
  bool begins;
};

World::World(const Options& options, WorldObserver& observer)
    : random_(options.seed),
      observer_(observer),
      options_(options),
      network_(scheduler_, trace_, options.noise, random_.fork("network")) {
  scheduler_.fork_noise(options.fork);
}

void World::run_until(TrueTime limit) {
  const FrameCache::Scope frames(frames_);
  scheduler_.run_until(limit);
}

void World::end() {
  const FrameCache::Scope frames(frames_);
  for (auto& process : processes_) process->running.reset();
}

World::~World() {
  end();
  for (auto& strike : strikes_) scheduler_.remove(*strike);
  for (auto& host : hosts_) {
    for (Timer* timer : scheduler_.take_all(host->watchers)) timer->abandon();
  }
}

std::uint32_t World::add_host(const HostOptions& options) {
  auto host = std::make_unique<Host>();
  host->index = static_cast<std::uint32_t>(hosts_.size());
  host->clock.monotonic = LinearClock(options.uptime);
  host->clock.monotonic.set_rate(now(), options.drift_ppb);
  host->clock.wall = LinearClock(kTrueDate + options.wall_offset);
  host->clock.wall.set_rate(now(), options.wall_drift_ppb);
  host->clock.boot_id = {random_.fork("boot", host->index).next(), 0};
  host->drift_ppb = options.drift_ppb;
  host->wall_drift_ppb = options.wall_drift_ppb;
  host->storage.timing = options_.storage;
  host->disk = std::make_unique<Disk>(options_.disk);
  if (options_.shared_disk && host->index != 0 && options_.mount_caching.any()) {
    host->cache = std::make_unique<MountCache>(*hosts_[0]->disk, options_.mount_caching);
  }
  host->watchers.host = host->index;
  hosts_.push_back(std::move(host));
  return hosts_.back()->index;
}

std::uint32_t World::add_process(std::string name, std::uint32_t host, Process::Program program) {
  CHECK(host < hosts_.size());
  auto process = std::make_unique<Process>();
  process->index = processes();
  process->name = std::move(name);
  process->host = host;
  process->program = std::move(program);
  processes_.push_back(std::move(process));
  return processes_.back()->index;
}

void World::start(const std::vector<Fault>& faults) {
  network_.set_hosts(static_cast<std::uint32_t>(hosts_.size()));
  faults_ = faults;
  active_.assign(faults.size(), 0);
  for (std::uint32_t i = 0; i < faults.size(); ++i) {
    strikes_.push_back(std::make_unique<Strike>(*this, i, true));
    scheduler_.at(*strikes_.back(), faults[i].at, nullptr);
  }
  for (auto& process : processes_) start_process(*process);
}

void World::begin(std::uint32_t index) {
  const Fault& fault = faults_[index];
  trace_.note(now(), TraceKind::fault, index, 1);
  ++activations_[static_cast<std::size_t>(fault.kind)];
  observer_.fault_changed(index, true);
  active_[index] = 1;
  apply(fault, +1);
  if (fault.kind == FaultKind::step_wall) {
    active_[index] = 0;
    return;
  }
  strikes_.push_back(std::make_unique<Strike>(*this, index, false));
  scheduler_.at(*strikes_.back(), now() + fault.lasts, nullptr);
}

void World::end(std::uint32_t index) {
  if (active_[index] == 0) return;
  active_[index] = 0;
  trace_.note(now(), TraceKind::fault, index, 0);
  observer_.fault_changed(index, false);
  apply(faults_[index], -1);
  routes_changed();
}

void World::routes_changed() {
  if (!options_.shared_disk) return;
  for (auto& process : processes_) {
    if (process->running) process->running->route_changed();
  }
}

void World::heal() {
  const FrameCache::Scope frames(frames_);
  for (auto& strike : strikes_) scheduler_.remove(*strike);
  for (std::uint32_t i = 0; i < faults_.size(); ++i) end(i);
  network_.heal();
  for (auto& host : hosts_) {
    host->drift_ppb = host->wall_drift_ppb = 0;
    host->clock.wall.set_rate(now(), 0);
    set_clocks(*host);
  }
  for (auto& process : processes_) {
    if (process->running) process->running->heal_storage();
  }
}

void World::apply(const Fault& fault, int sign) {
  switch (fault.kind) {
    case FaultKind::crash_process: return hold_down(*processes_[fault.target], sign);
    case FaultKind::pause_process: return hold_paused(*processes_[fault.target], sign);
    case FaultKind::reboot_host: return hold_host_down(*hosts_[fault.target], sign);
    case FaultKind::slow_disk: hosts_[fault.target]->storage.slower += Duration(sign * fault.amount); return;
    case FaultKind::full_disk: return hosts_[fault.target]->disk->hold_full(sign);
    case FaultKind::failing_writes: hosts_[fault.target]->storage.failing_writes_ppm += sign * fault.amount; return;
    case FaultKind::failing_syncs: hosts_[fault.target]->storage.failing_syncs_ppm += sign * fault.amount; return;
    case FaultKind::failing_reads: hosts_[fault.target]->storage.failing_reads_ppm += sign * fault.amount; return;
    case FaultKind::lying_syncs: hosts_[fault.target]->storage.lying_syncs_ppm += sign * fault.amount; return;
    case FaultKind::step_wall: hosts_[fault.target]->clock.wall.step(now(), Duration(fault.amount)); return;
    case FaultKind::freeze_wall:
      hosts_[fault.target]->wall_freezes += sign;
      hosts_[fault.target]->clock.wall.set_rate(
          now(), hosts_[fault.target]->wall_freezes > 0 ? kStandstill : hosts_[fault.target]->wall_drift_ppb);
      return;
    case FaultKind::drift_monotonic:
      hosts_[fault.target]->drift_ppb += sign * fault.amount;
      return set_clocks(*hosts_[fault.target]);
    case FaultKind::freeze_monotonic:
      hosts_[fault.target]->monotonic_freezes += sign;
      return set_clocks(*hosts_[fault.target]);
    default: return apply_to_links(fault, sign);
  }
}

void World::apply_to_links(const Fault& fault, int sign) {
  if (fault.kind == FaultKind::isolate_host) {
    for (std::uint32_t other = 0; other < hosts_.size(); ++other) {
      if (other == fault.target) continue;
      network_.trouble(fault.target, other).cuts += sign;
      network_.trouble(other, fault.target).cuts += sign;
    }
    return;
  }
  trouble(fault.target, fault.other, fault, sign);
  if (fault.kind != FaultKind::cut_one_way) trouble(fault.other, fault.target, fault, sign);
}

void World::trouble(std::uint32_t from, std::uint32_t to, const Fault& fault, int sign) {
  auto& trouble = network_.trouble(from, to);
  switch (fault.kind) {
    case FaultKind::lossy_link: trouble.loss_ppm += sign * fault.amount; break;
    case FaultKind::duplicating_link: trouble.duplicate_ppm += sign * fault.amount; break;
    case FaultKind::slow_link: trouble.late += Duration(sign * fault.amount); break;
    default: trouble.cuts += sign;
  }
}

void World::hold_down(Process& process, int sign) {
  process.down += sign;
  if (sign > 0 && process.down == 1) crash_process(process);
  if (sign < 0 && process.down == 0) start_process(process);
}

void World::hold_paused(Process& process, int sign) {
  process.paused += sign;
  if (!process.running) return;
  if (sign > 0 && process.paused == 1) {
    trace_.note(now(), TraceKind::pause, process.index, 0);
    observer_.process_changed(process.index, WorldObserver::Change::paused);
    scheduler_.pause(*process.running);
  }
  if (sign < 0 && process.paused == 0) {
    trace_.note(now(), TraceKind::resume, process.index, 0);
    observer_.process_changed(process.index, WorldObserver::Change::resumed);
    scheduler_.resume(*process.running);
  }
}

void World::hold_host_down(Host& host, int sign) {
  host.down += sign;
  if (sign > 0 && host.down == 1) {
    for (auto& process : processes_) {
      if (process->host == host.index) hold_down(*process, +1);
    }
    auto stream = random_.fork("power loss", (std::uint64_t{host.index} << 32) | host.clock.boots);
    host.disk->power_loss(stream);
    if (host.cache) host.cache->forget();
    for (Timer* timer : scheduler_.take_all(host.watchers)) timer->abandon();
  }
  if (sign < 0 && host.down == 0) {
    ++host.clock.boots;
    host.clock.boot_id = {random_.fork("boot", host.index).next(), host.clock.boots};
    host.clock.monotonic.restart(now(), Duration::zero());
    for (auto& process : processes_) {
      if (process->host == host.index) hold_down(*process, -1);
    }
  }
}

void World::start_process(Process& process) {
  CHECK(!process.running);
  trace_.note(now(), TraceKind::start, process.index, process.starts);
  observer_.process_changed(process.index, WorldObserver::Change::started);
  const std::uint64_t stream = (std::uint64_t{process.index} << 32) | process.starts++;
  process.running = std::make_unique<Incarnation>(
      Incarnation::Parts{context_, scheduler_, trace_, network_, *hosts_[process.host],
                         *hosts_[options_.shared_disk ? 0 : process.host], process.index, ++incarnations_,
                         process.address(), process.second_address(), random_.fork("incarnation", stream)});
  spawn(process.running->executor(), process.program(*process.running));
  if (process.paused > 0) {
    observer_.process_changed(process.index, WorldObserver::Change::paused);
    scheduler_.pause(*process.running);
  }
}

void World::crash_process(Process& process) {
  trace_.note(now(), TraceKind::crash, process.index, 0);
  observer_.process_changed(process.index, WorldObserver::Change::crashed);
  process.running.reset();
}

void World::set_clocks(Host& host) {
  const auto rate = host.monotonic_freezes > 0 ? kStandstill : host.drift_ppb;
  host.clock.monotonic.set_rate(now(), rate);
  trace_.note(now(), TraceKind::clock, host.index, static_cast<std::uint64_t>(rate));
  // Whoever waits on this clock now waits for another true instant.
  std::vector<Timer*> moved;
  for (Timer* timer : scheduler_.monotonic_timers()) {
    if (static_cast<Owner*>(timer->hook.owner)->host == host.index) moved.push_back(timer);
  }
  const auto frozen_of = [&moved](const Owner& owner) {
    for (Timer* t = owner.waiting.front(); t != nullptr; t = t->hook.next) {
      if (t->hook.monotonic) moved.push_back(t);
    }
  };
  for (auto& process : processes_) {
    if (process->host == host.index && process->running) frozen_of(*process->running);
  }
  frozen_of(host.watchers);
  for (Timer* timer : moved) {
    auto& owner = *static_cast<Owner*>(timer->hook.owner);
    const MonoTime deadline = timer->hook.deadline;
    scheduler_.remove(*timer);
    arm_on_host(scheduler_, host, owner, *timer, deadline);
  }
}

void World::watch(std::uint32_t host, Timer& timer, MonoTime deadline) {
  arm_on_host(scheduler_, *hosts_[host], hosts_[host]->watchers, timer, deadline);
}

}  // namespace lockstep::sim
