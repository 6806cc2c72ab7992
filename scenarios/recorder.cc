// Belief ends by the clock, not by code that runs: a paused client's deadline passes all the same. So the recorder
// watches the deadline on the host's clock itself.
#include "scenarios/recorder.h"

#include "models/facts.h"
#include "scenarios/recorded_words.h"

namespace lockstep::scenarios {

using models::Event;
using models::EventType;

struct Recorder::BeliefWatch final : Timer {
  explicit BeliefWatch(Recorder& r) : recorder(r) {}
  void fire() override {
    Event event{.type = EventType::belief_ended, .process = process, .attempt = attempt};
    event.clock = recorder.reading(*host);
    event.lock = lock;
    recorder.add(event);
  }
  void abandon() override {}
  Recorder& recorder;
  const sim::Host* host = nullptr;
  std::uint32_t process = 0;
  std::uint32_t attempt = 0;
  std::uint32_t lock = 0;
};

class Recorder::StoreListener final : public LeaseObserver {
 public:
  StoreListener(Recorder& recorder, sim::Incarnation& self, std::uint32_t process)
      : recorder_(recorder), self_(self), process_(process) {}
  void on(const LeaseEvent& e) override {
    if (!self_.gate().alive()) return;  // the store's code is only unwinding: this never happened
    Event event = applied(e);
    event.process = process_;
    if (e.name != nullptr) {
      event.lock = recorder_.lock_of(*e.name);
      event.attempt = recorder_.ordinal(e.key.attempt);
    }
    recorder_.set_clocks(event, e, self_);
    recorder_.add(event);
  }

 private:
  Recorder& recorder_;
  sim::Incarnation& self_;
  std::uint32_t process_;
};

class Recorder::BeliefListener final : public BeliefObserver {
 public:
  BeliefListener(Recorder& recorder, sim::Incarnation& self, std::uint32_t process)
      : recorder_(recorder), self_(self), process_(process) {}
  void believes(AttemptId attempt, MonoTime deadline) override {
    recorder_.believes(self_, process_, attempt, deadline);
  }
  void lost(AttemptId attempt, LossReason reason) override {
    Event event{.type = EventType::lost, .attempt = recorder_.ordinal(attempt)};
    event.reason = reason_of(reason);
    if (const auto& watch = recorder_.watches_[event.attempt]) event.lock = watch->lock;
    recorder_.belief_over(attempt);
    recorder_.record(self_, process_, event);
  }

 private:
  Recorder& recorder_;
  sim::Incarnation& self_;
  std::uint32_t process_;
};

class Recorder::RequestListener final : public RequestLog {
 public:
  RequestListener(Recorder& recorder, sim::Incarnation& self, std::uint32_t process)
      : recorder_(recorder), self_(self), process_(process) {}
  std::uint32_t lock_of(const LockName& name) const override { return recorder_.lock_of(name); }
  void write(Event event, AttemptId attempt, AttemptId holder) override {
    if (attempt != AttemptId{}) event.attempt = recorder_.ordinal(attempt);
    if (holder != AttemptId{}) event.holder = recorder_.ordinal(holder);
    if (event.op == models::Op::unlock && event.type == EventType::invoke) recorder_.belief_over(attempt);
    recorder_.record(self_, process_, event);
  }

 private:
  Recorder& recorder_;
  sim::Incarnation& self_;
  std::uint32_t process_;
};

Recorder::Recorder(const Scenario& scenario, std::int64_t max_drift_ppb)
    : many_clocks_(scenario.shared_disk), max_drift_ppb_(max_drift_ppb) {
  using Role = models::Process::Role;
  for (std::uint32_t p = 0; p < scenario.processes(); ++p) {
    const bool resource = p == scenario.resource_process();
    const bool server = p < scenario.servers;
    history_.processes.push_back({process_name(scenario, p),
                                  server     ? Role::server
                                  : resource ? Role::resource
                                             : Role::client,
                                  scenario.host_of(p)});
  }
  for (std::uint32_t l = 0; l < scenario.locks; ++l) history_.locks.push_back(lock_name(scenario, l));
  history_.capacities = scenario.capacities;
  history_.events.reserve(1024);
  watches_.resize(1);
}

Recorder::~Recorder() = default;

// A lease that is timed by several clocks lasts at least as long as the quickest of them makes it, from the moment at
// which it was last extended. Somebody who finds it later may let it live longer, but nobody may count on that.
void Recorder::set_clocks(Event& event, const LeaseEvent& told, const sim::Incarnation& self) {
  const Duration lag = std::max(Duration::zero(), self.monotonic() - told.decided);
  if (!many_clocks_) {
    const std::uint32_t boot = self.host().clock.boots;
    event.clock = {boot, told.decided.time_since_epoch()};
    event.deadline = {boot, told.deadline.time_since_epoch()};
    event.lag = lag;
    return;
  }
  const Duration now = world_->now().time_since_epoch();
  event.lag = models::shrunk(lag, max_drift_ppb_);
  event.clock.value = now - event.lag;  // decided at that instant at the latest
  event.deadline.value =
      now - models::stretched(lag, max_drift_ppb_) + models::shrunk(told.deadline - told.decided, max_drift_ppb_);
  const bool extends = event.type == EventType::granted || event.type == EventType::renewed;
  if (extends) last_deadlines_[event.attempt] = event.deadline;
  if (event.type != EventType::recovered) return;
  const auto last = last_deadlines_.find(event.attempt);
  event.deadline = last == last_deadlines_.end() ? event.clock : last->second;
}

models::ClockReading Recorder::reading(const sim::Host& host) const {
  return {host.clock.boots, host.clock.monotonic.read(world_->now())};
}

std::uint32_t Recorder::lock_of(const LockName& name) const {
  for (std::uint32_t i = 0; i < history_.locks.size(); ++i) {
    if (history_.locks[i] == name.bytes) return i;
  }
  return 0;
}

std::uint32_t Recorder::ordinal(AttemptId attempt) {
  const auto [found, fresh] = ordinals_.try_emplace(attempt, static_cast<std::uint32_t>(watches_.size()));
  if (fresh) watches_.emplace_back();
  return found->second;
}

void Recorder::add(Event event) {
  event.at = world_->now().time_since_epoch();
  const auto word = [](auto value) { return static_cast<std::uint64_t>(value); };
  world_->trace().note(world_->now(), sim::TraceKind::history,
                       word(event.type) | word(event.op) << 8 | word(event.reason) << 16 | word(event.process) << 24 |
                           word(event.lock) << 40 | word(event.request) << 48,
                       (word(event.attempt) | event.token << 20) ^ (word(event.clock.value.count()) << 8));
  history_.events.push_back(event);
}

void Recorder::record(sim::Incarnation& self, std::uint32_t process, Event event) {
  event.process = process;
  event.clock = reading(self.host());
  if (event.deadline != models::ClockReading{}) event.deadline.boot = event.clock.boot;
  add(event);
}

void Recorder::healed() { add({.type = EventType::healed}); }

LeaseObserver& Recorder::store_observer(sim::Incarnation& self, std::uint32_t process) {
  store_listeners_.push_back(std::make_unique<StoreListener>(*this, self, process));
  return *store_listeners_.back();
}

BeliefObserver& Recorder::belief_observer(sim::Incarnation& self, std::uint32_t process) {
  belief_listeners_.push_back(std::make_unique<BeliefListener>(*this, self, process));
  return *belief_listeners_.back();
}

RequestLog& Recorder::request_log(sim::Incarnation& self, std::uint32_t process) {
  request_listeners_.push_back(std::make_unique<RequestListener>(*this, self, process));
  return *request_listeners_.back();
}

void Recorder::believes(sim::Incarnation& self, std::uint32_t process, AttemptId id, MonoTime deadline) {
  const std::uint32_t attempt = ordinal(id);
  auto& watch = watches_[attempt];
  if (!watch) {
    watch = std::make_unique<BeliefWatch>(*this);
    watch->process = process;
    watch->attempt = attempt;
    watch->host = &self.host();
    for (auto event = history_.events.rbegin(); event != history_.events.rend(); ++event) {
      if (event->attempt == attempt) {
        watch->lock = event->lock;
        break;
      }
    }
  }
  Event event{.type = EventType::believes, .lock = watch->lock, .attempt = attempt};
  event.deadline.value = deadline.time_since_epoch();
  record(self, process, event);
  world_->scheduler().remove(*watch);
  world_->watch(self.host().index, *watch, deadline);
}

void Recorder::belief_over(AttemptId attempt) {
  if (auto& watch = watches_[ordinal(attempt)]) world_->scheduler().remove(*watch);
}

void Recorder::process_changed(std::uint32_t process, Change change) {
  static constexpr EventType kTypes[] = {EventType::process_started, EventType::process_crashed,
                                         EventType::process_paused, EventType::process_resumed};
  if (change == Change::crashed) {
    for (auto& watch : watches_) {
      if (watch && watch->process == process) world_->scheduler().remove(*watch);
    }
  }
  add({.type = kTypes[static_cast<std::size_t>(change)], .process = process});
}

void Recorder::fault_changed(std::uint32_t fault, bool began) {
  add({.type = began ? EventType::fault_began : EventType::fault_ended, .fault = fault});
}

}  // namespace lockstep::scenarios
