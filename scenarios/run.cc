// The only place that knows implementation, simulator and models at once.
#include "scenarios/run.h"

#include "impl/env/check.h"
#include "impl/lock/wire.h"
#include "scenarios/client_program.h"
#include "sim/sqlite_vfs.h"

namespace lockstep::scenarios {
namespace {

using models::Instant;

// Once nothing is left to be answered, this much more: for losses that must still be signalled.
constexpr Duration kAftermath = std::chrono::milliseconds(50);
constexpr Duration kSlice = std::chrono::milliseconds(250);

class MessageTeller final : public sim::NetworkObserver {
 public:
  MessageTeller(sim::World& world, std::string (*describe)(std::string_view)) : world_(world), describe_(describe) {
    world.network().observe(this);
  }
  void sent(std::uint64_t message, Address from, Address to, const Bytes& payload) override {
    CHECK(message == told_.size() + 1);
    MessageStory story{.sent = world_.now(), .arrived = {}, .arrived_again = {}, .words = {}};
    story.from = static_cast<std::uint32_t>((from.port - 1) / 2);
    story.to = static_cast<std::uint32_t>((to.port - 1) / 2);
    story.words = from.port % 2 == 1 && to.port % 2 == 1 ? describe_(payload) : "write";
    told_.push_back(std::move(story));
  }
  void delivered(std::uint64_t message) override {
    MessageStory& story = told_[message - 1];
    (story.has_arrived ? story.arrived_again : story.arrived) = world_.now();
    story.has_arrived_again = story.has_arrived;
    story.has_arrived = true;
  }
  void lost(std::uint64_t message) override { told_[message - 1].lost = true; }
  std::vector<MessageStory> take() { return std::move(told_); }

 private:
  sim::World& world_;
  std::string (*describe_)(std::string_view);
  std::vector<MessageStory> told_;
};

void populate(sim::World& world, RunContext& context) {
  const Scenario& scenario = context.scenario;
  for (const HostSpec& host : scenario.hosts) {
    world.add_host({host.wall_offset, host.drift_ppb, host.wall_drift_ppb, host.uptime});
  }
  for (std::uint32_t s = 0; s < scenario.servers; ++s) {
    world.add_process(process_name(scenario, s), scenario.host_of(s),
                      [&context, s](sim::Incarnation& self) { return server_program(self, context, s); });
  }
  for (std::uint32_t c = 0; c < scenario.clients.size(); ++c) {
    world.add_process(process_name(scenario, scenario.client_process(c)), scenario.clients[c],
                      [&context, c](sim::Incarnation& self) { return client_program(self, context, c); });
  }
  context.fences.resize(scenario.locks);
  world.add_process("resource", scenario.resource_host(), [&context](sim::Incarnation& self) {
    return resource_program(self, context.recorder, context.scenario.resource_process(), context.fences,
                            context.subject.resource_compares_tokens);
  });
}

// A lock operation makes several calls to its disk, and each may be late.
constexpr int kDiskJourneys = 16;

bool cuts_off_a_disk(sim::FaultKind kind) {
  using enum sim::FaultKind;
  return kind == cut_link || kind == cut_one_way || kind == isolate_host || kind == reboot_host;
}

Duration lateness(const Scenario& scenario) {
  Duration late = scenario.network.tail_max;
  for (const sim::Fault& fault : scenario.faults) {
    if (fault.kind == sim::FaultKind::slow_link) late += Duration(fault.amount);
    // What came meanwhile is taken in afterwards, as if it had just come.
    if (fault.kind == sim::FaultKind::pause_process || fault.kind == sim::FaultKind::slow_disk) late += fault.lasts;
    // Whoever needs a disk that cannot be reached waits.
    if (scenario.shared_disk && cuts_off_a_disk(fault.kind)) late += fault.lasts;
  }
  return scenario.shared_disk ? kDiskJourneys * late : late;
}

// The slack after healing has room for a dead waiter, who is in the way for four seconds, and here there is none. Where
// messages are lost or late a server may take a living one for dead: then he has to be heard anew, and that takes as
// long. Zero: the store does not tell when it is free.
Duration hand_over_slack(const RunContext& context) {
  if ((context.subject.untold & models::bit(models::Property::lease_exclusion)) != 0) return Duration::zero();
  const sim::LinkNoise& noise = context.scenario.network;
  const bool sure = noise.loss_ppm == 0 && noise.tail_ppm == 0;
  return context.calibration.progress_slack - std::chrono::seconds(sure ? 3 : 0);
}

// Whether it may hold up who hands a lock over, or who waits for it. Of pauses and crashes the history tells.
bool holds_up(const sim::Fault& fault, const RunContext& context) {
  using enum sim::FaultKind;
  switch (fault.kind) {
    case crash_process:
    case pause_process:
    case reboot_host:
    case duplicating_link:
    case step_wall:
    case freeze_wall:
    case drift_monotonic:
    case lying_syncs: return false;
    case cut_link:
    case cut_one_way:
    case lossy_link:
    case slow_link: return context.scenario.keeps_store(fault.target) || context.scenario.keeps_store(fault.other);
    case isolate_host: return fault.target != context.scenario.resource_host();
    case slow_disk:
    case full_disk:
    case failing_writes:
    case failing_syncs:
    case failing_reads: return context.scenario.keeps_store(fault.target) && context.subject.claims.durable;
    case freeze_monotonic: return true;
  }
  return true;
}

void see_hold_ups(models::Bounds& bounds, const RunContext& context) {
  for (const sim::Fault& fault : context.scenario.faults) {
    if (!holds_up(fault, context)) continue;
    sim::TrueTime over = std::min(fault.at + fault.lasts, context.scenario.heal_at);
    if (fault.kind == sim::FaultKind::slow_disk) over += Duration(fault.amount);  // a sync may have begun just before
    bounds.hold_ups.emplace_back(fault.at.time_since_epoch(), over.time_since_epoch());
  }
}

models::Bounds bounds_of(const RunContext& context) {
  models::Bounds bounds;
  bounds.max_drift_ppb = context.subject.claims.max_drift_ppb;
  bounds.answer_slack = context.calibration.answer_slack;
  bounds.loss_slack = context.calibration.loss_slack;
  bounds.progress_slack = context.calibration.progress_slack;
  bounds.each_client_asks = !context.scenario.steps.empty() && !context.subject.claims.on_machine_time;
  bounds.hand_over_slack = hand_over_slack(context);
  see_hold_ups(bounds, context);
  bounds.lateness = lateness(context.scenario);
  bounds.one_store_clock = !context.scenario.shared_disk;
  return bounds;
}

// How far a run whose store has the machine's clock may be behind it.
constexpr Duration kPaced = std::chrono::milliseconds(5);

class Stage {
 public:
  Stage(sim::World& world, const Subject& subject)
      : world_(world), pace_(subject.pacer ? subject.pacer() : std::function<void(Duration)>()) {}
  void run_until(sim::TrueTime limit) {
    while (pace_ && world_.now() + kPaced < limit) {
      pace_((world_.now() + kPaced).time_since_epoch());
      world_.run_until(world_.now() + kPaced);
    }
    if (pace_) pace_(limit.time_since_epoch());
    world_.run_until(limit);
  }

 private:
  sim::World& world_;
  std::function<void(Duration)> pace_;
};

// Phase one: faults. Phase two: everything is healed for good, and progress must come.
void play(sim::World& world, RunContext& context) {
  Stage stage(world, context.subject);
  world.start(context.scenario.faults);
  stage.run_until(context.scenario.heal_at);
  context.probes_open = static_cast<std::uint32_t>(context.scenario.clients.size());
  world.heal();
  context.recorder.healed();
  const auto locks = static_cast<std::int64_t>(context.scenario.locks);
  const auto longest = context.scenario.heal_at +
                       locks * (context.calibration.probe_wait + context.calibration.answer_slack) +
                       context.calibration.progress_slack;
  while (context.probes_open > 0 && world.now() < longest) stage.run_until(world.now() + kSlice);
  stage.run_until(world.now() + kAftermath);
}

}  // namespace

RunResult run(const Scenario& scenario, const Subject& subject, const RunOptions& options) {
  CHECK(!find_flaw(scenario));
  sim::prepare_sqlite_for_world(scenario.seed);
  RunResult result;
  Recorder recorder(scenario, subject.claims.max_drift_ppb);
  {
    sim::World world({.seed = scenario.seed,
                      .noise = scenario.network,
                      .storage = scenario.storage,
                      .disk = {},
                      .shared_disk = scenario.shared_disk,
                      .mount_caching = {.names = scenario.mount_cache, .data = scenario.mount_cache},
                      .fork = options.fork},
                     recorder);
    recorder.observe(world);
    if (options.keep_trace) world.trace().keep();
    std::optional<MessageTeller> teller;
    if (options.tell_messages) teller.emplace(world, subject.describe);
    RunContext context{scenario, subject, calibrate(scenario, subject), world, recorder};
    populate(world, context);
    play(world, context);
    result.bounds = bounds_of(context);
    result.bounds.end = world.now().time_since_epoch();
    result.trace_hash = world.trace().hash();
    result.trace_events = world.trace().count();
    result.steps = world.scheduler().steps();
    result.virtual_time = world.now().time_since_epoch();
    result.fault_activations = world.activations();
    result.messages = world.network().sent();
    result.messages_lost = world.network().lost();
    result.messages_duplicated = world.network().duplicated();
    if (options.keep_trace) result.trace = world.trace().records();
    if (teller) result.messages_told = teller->take();
    world.end();
    result.history = recorder.take();
  }
  result.verdicts = models::check_all(result.history, result.bounds, options.properties);
  for (models::Verdict& verdict : result.verdicts) {
    if ((subject.untold & models::bit(verdict.property)) != 0) verdict = {.property = verdict.property};
  }
  return result;
}

models::PropertySet violated(const RunResult& result) {
  models::PropertySet set = 0;
  for (const auto& verdict : result.verdicts) {
    if (verdict.outcome == models::Outcome::violation) set |= models::bit(verdict.property);
  }
  return set;
}

}  // namespace lockstep::scenarios
