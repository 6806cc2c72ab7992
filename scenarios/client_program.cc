// A step whose instant passes while its client is down never happens. A step cut off by a crash stays open.
#include "scenarios/client_program.h"

#include <algorithm>

#include "impl/client/cancelled_by.h"
#include "impl/client/held_locks.h"
#include "impl/client/lock_guard.h"
#include "impl/client/remote_backend.h"
#include "impl/server/lock_server.h"
#include "scenarios/open_store.h"
#include "scenarios/recorded_words.h"
#include "scenarios/recording_backend.h"
#include "scenarios/world_clock.h"
#include "sim/sim_file_system.h"
#include "sim/sqlite_vfs.h"

namespace lockstep::scenarios {
namespace {

using models::Event;
using models::EventType;
using models::Op;
using models::Reason;

constexpr Duration kReopen = std::chrono::milliseconds(50);
constexpr Duration kWatchPatience = std::chrono::seconds(1);

// Everything one client process consists of, shared by the coroutines of its steps.
struct ClientProcess {
  ClientProcess(sim::Incarnation& s, RunContext& c, std::uint32_t n, LockBackend& store)
      : self(s),
        context(c),
        number(n),
        process(c.scenario.client_process(n)),
        world_clock(c.world.scheduler(), s),
        recording(store, c.recorder.request_log(s, process)),
        between(c.subject.between ? c.subject.between(recording, s.executor(), s) : nullptr),
        library(s.executor(), between ? *between : static_cast<LockBackend&>(recording), s, s.random(),
                &c.recorder.belief_observer(s, process), c.subject.client),
        resource(s, c.recorder, process, c.world.process(c.scenario.resource_process()).address()) {}
  sim::Incarnation& self;
  RunContext& context;
  std::uint32_t number;
  std::uint32_t process;
  WorldClock world_clock;
  RecordingBackend recording;
  std::shared_ptr<LockBackend> between;
  LockClient library;
  ResourceClient resource;
  std::uint32_t subscriptions = 0;

  LockBackend& store() { return between ? *between : static_cast<LockBackend&>(recording); }
};
using Client = std::shared_ptr<ClientProcess>;

// As a reader or writer, or, of a semaphore, so many permits.
void take_as(LockClient::Wish& wish, const Scenario& scenario, std::uint32_t lock, bool shared, std::uint32_t permits) {
  wish.capacity = capacity_of(scenario, lock);
  wish.mode = wish.capacity != 0 ? Mode::permits : shared ? Mode::shared : Mode::exclusive;
  wish.permits = wish.capacity != 0 ? permits : 1;
}

// Acquires, and writes down the whole acquisition as the application sees it. `group`: of several locks at once.
Awaitable<Result<Acquisition>> acquire(Client client, LockClient::Wish wish, std::uint32_t group) {
  Recorder& recorder = client->context.recorder;
  const AttemptId attempt = client->library.next_attempt();
  Event event{.type = EventType::invoke, .op = Op::lock};
  event.lock = recorder.lock_of(wish.name);
  event.attempt = recorder.ordinal(attempt);
  event.mode = static_cast<models::Mode>(wish.mode);
  event.permits = wish.permits;
  event.ttl = wish.ttl;
  event.wait = wish.wait_limit;
  event.group = group;
  recorder.record(client->self, client->process, event);
  const auto take = client->context.subject.take;
  auto acquiring = take != nullptr ? take(client->library, client->store(), attempt, std::move(wish))
                                   : client->library.acquire(attempt, std::move(wish));
  auto result = co_await without_throwing(std::move(acquiring));
  recorder.record(client->self, client->process, answered(event, result));
  co_return result;
}

Awaitable<void> stop_after(Client client, Duration time, std::stop_source stop) {
  co_await sleep_for(client->world_clock, time);
  stop.request_stop();
}

// The same, given up after `time` if that is not zero.
template <typename T>
Awaitable<Result<T>> cancelled_after(Client client, Duration time, Awaitable<Result<T>> acquiring) {
  if (time == Duration::zero()) co_return co_await std::move(acquiring);
  const std::stop_source stop;
  spawn(client->self.executor(), stop_after(client, time, stop));
  co_return co_await cancelled_by(stop.get_token(), std::move(acquiring));
}

LockClient::Wish wish_of(const Client& client, const Step& step, std::uint32_t lock) {
  const bool leave_alone = step.ending == Ending::late || step.ending == Ending::forget;
  const Scenario& scenario = client->context.scenario;
  LockClient::Wish wish{.name = {"", lock_name(scenario, lock)}, .owner = process_name(scenario, client->process)};
  take_as(wish, scenario, lock, step.shared, step.permits);
  wish.ttl = step.ttl;
  wish.wait_limit = step.wait;
  wish.renew = step.renew && !leave_alone;
  return wish;
}

Awaitable<void> give_back(Client client, std::shared_ptr<HeldLock> held, Duration ttl) {
  const MonoTime give_up = saturating_add(client->self.monotonic(), ttl);
  const auto otherwise = client->context.subject.give_back;
  if (otherwise != nullptr) co_return co_await otherwise(std::move(held), client->store(), give_up);
  co_await held->release(give_up);
}

// Writes spread over the hold, as long as the handle is valid or its owner does not care.
template <typename Held>
Awaitable<void> work(Client client, const Step& step, const Held& held, const std::vector<HeldLock*>& locks) {
  const MonoTime start = client->world_clock.monotonic();
  // Without tokens the resource could not tell one write from another.
  const std::uint32_t writes = client->context.subject.claims.fencing ? step.writes : 0;
  for (std::uint32_t i = 1; i <= writes; ++i) {
    co_await sleep_until(client->world_clock, start + step.hold * i / (writes + 1));
    for (HeldLock* lock : locks) {
      if (!held.valid() && !step.careless) co_return;
      const std::uint32_t number = client->context.recorder.lock_of(lock->name());
      co_await client->resource.write(lock->attempt(), number, lock->token());
    }
  }
  if (held.valid() || step.careless) co_await sleep_until(client->world_clock, start + step.hold);
}

Awaitable<void> hold(Client client, Step step, std::shared_ptr<HeldLock> held) {
  std::vector<HeldLock*> locks{held.get()};
  if (step.downgrade) {
    step.hold /= 2;
    co_await work(client, step, *held, locks);
    if (held->valid()) co_await held->downgrade(saturating_add(client->self.monotonic(), step.ttl));
  }
  co_await work(client, step, *held, locks);
  if (step.ending == Ending::late) {
    while (held->valid()) co_await held->ended().wait();
    co_await sleep_for(client->self, step.ttl / 4);
  }
}

// What the client asks its store for beside locks: it has as much patience for it as a lease lasts.
MonoTime patience(const Client& client, const Step& step) { return saturating_add(client->self.monotonic(), step.ttl); }

Awaitable<void> look(Client client, Step step) {
  LockName name{"", lock_name(client->context.scenario, step.lock)};
  co_await client->store().inspect(std::move(name), patience(client, step));
  ListRequest all;
  co_await client->store().list(std::move(all), patience(client, step));
}

Awaitable<void> break_lock(Client client, Step step) {
  BreakRequest request{{client->library.next_attempt(), 1},
                       {"", lock_name(client->context.scenario, step.lock)},
                       0,
                       process_name(client->context.scenario, client->process),
                       "the scenario wants it"};
  co_await client->store().break_lock(std::move(request), patience(client, step));
}

void tell(const Client& client, std::uint32_t subscription, const LockEvent& told) {
  static constexpr EventType kTold[] = {EventType::granted, EventType::renewed, EventType::released, EventType::expired,
                                        EventType::broken};
  Recorder& recorder = client->context.recorder;
  Event event{.type = EventType::notified};
  event.lock = recorder.lock_of(told.name);
  event.attempt = recorder.ordinal(told.attempt);
  event.request = subscription;
  event.token = told.token;
  event.mode = static_cast<models::Mode>(told.mode);
  event.told = kTold[static_cast<std::size_t>(told.kind)];
  recorder.record(client->self, client->process, event);
}

Awaitable<void> watch(Client client, Step step) {
  Recorder& recorder = client->context.recorder;
  Event event{.type = EventType::invoke, .op = Op::watch, .lock = step.lock, .request = ++client->subscriptions};
  recorder.record(client->self, client->process, event);
  const MonoTime until = client->world_clock.monotonic() + step.hold;
  WatchRequest request{.bytes = lock_name(client->context.scenario, step.lock)};
  while (client->world_clock.monotonic() < until) {
    WatchRequest asked = request;
    const auto answer = co_await client->store().watch(std::move(asked), client->self.monotonic() + kWatchPatience);
    if (!answer) {
      co_await sleep_for(client->self, kReopen);
      continue;
    }
    if (request.cursor.empty()) {
      event.type = EventType::ok;
      recorder.record(client->self, client->process, event);
      request.wait = kWatchPatience / 2;
    }
    if (answer->missed) {
      recorder.record(client->self, client->process,
                      {.type = EventType::gap, .lock = step.lock, .request = event.request});
    }
    for (const LockEvent& told : answer->events) tell(client, event.request, told);
    request.cursor = answer->cursor;
  }
  event.type = EventType::fail;
  event.reason = Reason::cancelled;
  recorder.record(client->self, client->process, event);
}

Awaitable<void> use_lock(Client client, Step step);
Awaitable<void> use_several(Client client, Step step);

struct WorkFailed {};

// The guard is all that gives the lock back. What was thrown ends here.
Awaitable<void> hold_by_guard(Client client, Step step, std::shared_ptr<HeldLock> held) {
  try {
    const LockGuard guard(held);
    co_await hold(client, step, std::move(held));
    if (step.ending == Ending::thrown) throw WorkFailed();
  } catch (const WorkFailed&) {
  }
}

Awaitable<void> run_step(Client client, Step step) {
  co_await sleep_until(client->world_clock, MonoTime(step.at.time_since_epoch()));
  switch (step.act) {
    case Act::lock: co_return co_await use_lock(client, std::move(step));
    case Act::look: co_return co_await look(client, std::move(step));
    case Act::break_lock: co_return co_await break_lock(client, std::move(step));
    case Act::watch: co_return co_await watch(client, std::move(step));
  }
}

Awaitable<void> use_lock(Client client, Step step) {
  if (!step.also.empty()) co_return co_await use_several(client, std::move(step));
  auto acquiring = acquire(client, wish_of(client, step, step.lock), 0);
  auto result = co_await cancelled_after(client, step.cancel_after, std::move(acquiring));
  auto* granted = result ? std::get_if<std::shared_ptr<HeldLock>>(&*result) : nullptr;
  if (granted == nullptr) co_return;
  const std::shared_ptr<HeldLock> held = std::move(*granted);
  if (step.ending == Ending::scope || step.ending == Ending::thrown) {
    co_return co_await hold_by_guard(client, step, held);
  }
  co_await hold(client, step, held);
  if (step.ending == Ending::forget) {
    while (held->valid()) co_await held->ended().wait();
    co_return;
  }
  co_await give_back(client, held, step.ttl);
  if (step.ending == Ending::twice) co_await give_back(client, held, step.ttl);
}

Awaitable<void> use_several(Client client, Step step) {
  step.ending = Ending::release;
  std::vector<LockClient::Wish> wishes{wish_of(client, step, step.lock)};
  for (const std::uint32_t lock : step.also) wishes.push_back(wish_of(client, step, lock));
  Acquire one = [client, group = ++client->context.groups](LockClient::Wish wish) {
    return acquire(client, std::move(wish), group);
  };
  const AcquireAllOptions options{.wait_limit = step.wait, .order = client->context.subject.order};
  auto acquiring = client->context.subject.take_all(std::move(one), client->self, std::move(wishes), options);
  auto result = co_await cancelled_after(client, step.cancel_after, std::move(acquiring));
  auto* all = result ? std::get_if<HeldLocks>(&*result) : nullptr;
  if (all == nullptr) co_return;
  HeldLocks held = std::move(*all);
  std::vector<HeldLock*> locks;
  for (std::size_t i = 0; i < held.size(); ++i) locks.push_back(&held[i]);
  co_await work(client, step, held, locks);
  co_await held.release(saturating_add(client->self.monotonic(), step.ttl));
}

// After healing: every lock that anybody wanted, one after the other, each client beginning with another one.
Awaitable<void> probe(Client client) {
  RunContext& context = client->context;
  co_await sleep_until(client->world_clock, MonoTime(context.scenario.heal_at.time_since_epoch()) +
                                                std::chrono::milliseconds(1 + client->number));
  std::vector<std::uint32_t> wanted;
  for (const Step& step : context.scenario.steps) {
    wanted.push_back(step.lock);
    wanted.insert(wanted.end(), step.also.begin(), step.also.end());
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::uint32_t lock = wanted[(i + client->number) % wanted.size()];
    LockClient::Wish wish{.name = LockName{"", lock_name(context.scenario, lock)},
                          .owner = process_name(context.scenario, client->process)};
    take_as(wish, context.scenario, lock, false, capacity_of(context.scenario, lock));
    wish.ttl = context.calibration.longest_ttl;
    wish.wait_limit = context.calibration.probe_wait;
    const auto result = co_await acquire(client, std::move(wish), 0);
    const auto* granted = result ? std::get_if<std::shared_ptr<HeldLock>>(&*result) : nullptr;
    if (granted == nullptr) continue;
    const auto held = *granted;
    if (context.subject.claims.fencing) co_await client->resource.write(held->attempt(), lock, held->token());
    co_await give_back(client, held, context.calibration.longest_ttl);
  }
  --context.probes_open;
}

Awaitable<void> live(Client client) {
  const auto now = client->context.world.now();
  spawn(client->self.executor(), client->resource.run());
  for (const Step& step : client->context.scenario.steps) {
    if (step.client == client->number && step.at >= now) spawn(client->self.executor(), run_step(client, step));
  }
  co_await probe(client);
  co_await Signal(client->self).wait();  // the process lives on, whatever its steps still do
}

// What it tells goes into the history.
Awaitable<OpenedStore> open_told(sim::Incarnation& self, RunContext& context, std::uint32_t process) {
  LeaseObserver& observer = context.recorder.store_observer(self, process);
  return open_store(self, context.subject, observer, context.directory);
}

std::vector<Address> server_addresses(const RunContext& context) {
  std::vector<Address> addresses;
  for (std::uint32_t s = 0; s < context.scenario.servers; ++s) {
    addresses.push_back(context.world.process(s).address());
  }
  return addresses;
}

}  // namespace

Calibration calibrate(const Scenario& scenario, const Subject& subject) {
  using std::chrono::milliseconds;
  Calibration c;
  c.longest_ttl = milliseconds(1000);
  for (const Step& step : scenario.steps) c.longest_ttl = std::max(c.longest_ttl, step.ttl);
  // Over a mount each storage call of an operation is a journey of its own.
  constexpr int calls = 16;
  const int journeys = scenario.shared_disk ? 1 + calls : 1;
  const Duration round_trip =
      2 * journeys * scenario.network.delay_max + 40 * scenario.storage.call_max + 4 * scenario.storage.sync_max;
  // A waiter asks at least every back-off; a request may meet a server that is just starting, or other writers.
  c.progress_slack = subject.client.backoff_limit * 2 + round_trip * 8 + milliseconds(4000);
  c.probe_wait = c.longest_ttl + c.longest_ttl / 100 + c.progress_slack + milliseconds(1000);
  c.answer_slack = subject.client.patience + milliseconds(20);
  c.loss_slack = milliseconds(1);
  return c;
}

Awaitable<void> server_program(sim::Incarnation& self, RunContext& context, std::uint32_t server) {
  if (context.subject.serve) {
    auto files = std::make_shared<sim::SimFileSystem>(self.disk(), self.gate(), self.number(), self.mount());
    ServerParts parts{self.executor(), self.endpoint(),  self,   self.random(),
                      self.lane(),     std::move(files), server, server_addresses(context)};
    parts.real_directory = [&context, host = self.host().index] { return context.directory.of_host(host); };
    co_return co_await context.subject.serve(std::move(parts));
  }
  const OpenedStore store = co_await open_told(self, context, server);
  LeaseObserver& observer = context.recorder.store_observer(self, server);
  LockServer lock_server(self.executor(), self.endpoint(), *store, self, &observer, {});
  co_await lock_server.run();
}

Awaitable<void> client_program(sim::Incarnation& self, RunContext& context, std::uint32_t client) {
  const Scenario& scenario = context.scenario;
  if (scenario.servers == 0) {
    const OpenedStore store = co_await open_told(self, context, scenario.client_process(client));
    co_return co_await live(std::make_shared<ClientProcess>(self, context, client, *store));
  }
  if (context.subject.connect) {
    ClientParts parts{self.executor(), self.endpoint(), self, self.random(), client, server_addresses(context)};
    const auto store = context.subject.connect(std::move(parts));
    co_return co_await live(std::make_shared<ClientProcess>(self, context, client, *store));
  }
  RemoteBackend::Options options;
  options.servers = server_addresses(context);
  options.first = client;
  RemoteBackend remote(self.endpoint(), self, self.random(), context.subject.claims, std::move(options));
  spawn(self.executor(), remote.run());
  co_await live(std::make_shared<ClientProcess>(self, context, client, remote));
}

}  // namespace lockstep::scenarios
