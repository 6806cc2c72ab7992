// A scope is one request to a worker, so scopes are tried side by side.
#include "properties/exhaust.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <set>

#include "properties/campaign.h"
#include "properties/contract/plot.h"
#include "properties/pct.h"
#include "properties/stopwatch.h"
#include "properties/work_off.h"
#include "scenarios/run.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Act;
using scenarios::Ending;
using scenarios::Scenario;
using scenarios::Step;
using scenarios::Subject;
using sim::Fault;
using sim::FaultKind;
using sim::TrueTime;

constexpr Duration kTtl = 1s;

Step use(Duration at, std::uint32_t client, Duration wait, Duration hold) {
  return {.at = TrueTime(at), .client = client, .ttl = kTtl, .wait = wait, .hold = hold, .writes = 1};
}

// Which instants a fault can be thrown at, and which faults.
std::vector<Fault> faults_at(const Turn& turn, const Scenario& s, const Subject& subject) {
  std::vector<Fault> faults;
  const std::uint32_t host = s.host_of(turn.process);
  const auto add = [&](FaultKind kind, Duration lasts, std::uint32_t target, std::int64_t amount = 0,
                       std::uint32_t other = 0) {
    const Fault fault{kind, turn.at + Duration(1), lasts, target, other, amount};
    if (fault.at < s.heal_at && allowed(fault, s, subject.claims, Profile::within_claims)) faults.push_back(fault);
  };
  add(FaultKind::crash_process, 50ms, turn.process);
  add(FaultKind::pause_process, kTtl * 3 / 2, turn.process);
  add(FaultKind::pause_process, 200ms, turn.process);
  add(FaultKind::reboot_host, 20ms, host);
  if (s.keeps_store(host)) {
    add(FaultKind::step_wall, {}, host, Duration(2 * kTtl).count());
    add(FaultKind::step_wall, {}, host, -Duration(2 * kTtl).count());
    add(FaultKind::slow_disk, 400ms, host, Duration(100ms).count());
  } else {
    add(FaultKind::cut_link, 20ms, host, 0, 0);
    add(FaultKind::cut_one_way, kTtl * 3 / 2, 0, 0, host);
    add(FaultKind::duplicating_link, 5ms, host, 1'000'000, 0);
    add(FaultKind::slow_link, 5ms, host, Duration(2 * kTtl).count(), 0);
  }
  return faults;
}

// What happened, in which order, without when.
std::uint64_t state_of(const models::History& history) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15u, hash ^= hash >> 32; };
  for (const models::Event& e : history.events) {
    if (e.type >= models::EventType::process_started && e.type != models::EventType::process_crashed) continue;
    mix(static_cast<std::uint64_t>(e.type) | static_cast<std::uint64_t>(e.op) << 8 |
        static_cast<std::uint64_t>(e.reason) << 16 | static_cast<std::uint64_t>(e.process) << 24);
    mix(static_cast<std::uint64_t>(e.attempt) << 32 | e.token);
  }
  return hash;
}

// Of servers that tell nothing themselves, what they hear: each of them, also at one instant.
std::vector<Turn> turns_of(const scenarios::RunResult& result, std::uint32_t servers) {
  std::vector<Turn> turns = properties::turns_of(result.history);
  for (const auto& message : result.messages_told) {
    if (message.has_arrived && message.to < servers) turns.push_back({message.arrived, message.to});
  }
  const auto order = [](const Turn& turn) { return std::pair(turn.at, turn.process); };
  std::ranges::stable_sort(turns, {}, order);
  const auto repeated = std::ranges::unique(turns, {}, order);
  turns.erase(repeated.begin(), repeated.end());
  return turns;
}

class Scope {
 public:
  Scope(const ExhaustOptions& options, const Scenario& scenario, const Stopwatch& clock)
      : options_(options),
        scenario_(scenario),
        clock_(clock),
        asserted_(asserted_properties(Profile::within_claims, options.subject)) {}

  void run() { go(scenario_, options_.depth); }

  std::uint64_t runs() const { return runs_; }
  std::uint64_t states() const { return states_.size(); }
  bool exhausted() const { return !cut_off_ && !broken_; }
  models::PropertySet exercised() const { return exercised_; }
  const std::optional<std::pair<Scenario, models::Property>>& broken() const { return broken_; }
  const std::string& sentence() const { return sentence_; }

 private:
  void go(const Scenario& scenario, int more) {
    if (broken_ || cut_off_) return;
    if (clock_.elapsed() > options_.limit) {
      cut_off_ = true;
      return;
    }
    const bool tells_nothing = (options_.subject.untold & models::bit(models::Property::lease_exclusion)) != 0;
    const auto result = scenarios::run(scenario, options_.subject, {.tell_messages = tells_nothing});
    ++runs_;
    for (const models::Verdict& verdict : result.verdicts) {
      if (verdict.exercised > 0) exercised_ |= models::bit(verdict.property);
    }
    const models::PropertySet failing = scenarios::violated(result) & asserted_;
    if (failing != 0) {
      const auto property = static_cast<models::Property>(std::countr_zero(failing));
      broken_.emplace(scenario, property);
      sentence_ = result.verdicts[static_cast<std::size_t>(property)].sentence;
      return;
    }
    if (!states_.insert(state_of(result.history)).second || more == 0) return;
    const TrueTime from = scenario.faults.empty() ? TrueTime() : scenario.faults.back().at;
    TrueTime last = TrueTime::min();
    const auto turns = tells_nothing ? turns_of(result, scenario.servers) : properties::turns_of(result.history);
    for (const Turn& turn : turns) {
      if (turn.at <= from || (turn.at >= scenario.heal_at && tells_nothing)) continue;
      // What follows at the same instant is struck by the same faults.
      if (turn.at == last && !tells_nothing) continue;
      last = turn.at;
      for (const Fault& fault : faults_at(turn, scenario, options_.subject)) {
        Scenario next = scenario;
        next.faults.push_back(fault);
        go(next, more - 1);
      }
    }
  }

  const ExhaustOptions& options_;
  const Scenario& scenario_;
  const Stopwatch& clock_;
  models::PropertySet asserted_, exercised_ = 0;
  std::uint64_t runs_ = 0;
  std::set<std::uint64_t> states_;
  bool cut_off_ = false;
  std::optional<std::pair<Scenario, models::Property>> broken_;
  std::string sentence_;
};

std::string file_of(const ExhaustOptions& options, std::size_t scope) {
  return fmt::format("{}/{}-scope-{}.json", options.directory, options.subject.name, scope);
}

// "runs states exhausted exercised property sentence", property -1: nothing was broken.
std::string exhaust_one(const ExhaustOptions& options, const std::vector<Scenario>& scopes, std::size_t index,
                        const Stopwatch& clock) {
  Scope scope(options, scopes[index], clock);
  scope.run();
  int property = -1;
  if (scope.broken()) {
    Scenario kept = scope.broken()->first;
    property = static_cast<int>(scope.broken()->second);
    kept.expect = scope.broken()->second;
    if (auto saved = scenarios::save(kept, file_of(options, index)); !saved) throw CampaignError(saved.error());
  }
  return fmt::format("{} {} {} {} {} {}", scope.runs(), scope.states(), scope.exhausted() ? 1 : 0, scope.exercised(),
                     property, scope.sentence());
}

void take(scenarios::Exhaustion& all, const Ended& ended, const ExhaustOptions& options) {
  unsigned long long runs = 0, states = 0, exercised = 0;
  int exhausted = 0, property = -1, text = 0;
  std::sscanf(ended.answer.c_str(), "%llu %llu %d %llu %d %n", &runs, &states, &exhausted, &exercised, &property,
              &text);
  auto& scope = all.scopes[ended.request];
  scope.runs = runs;
  scope.states = states;
  scope.exhausted = exhausted != 0;
  all.exercised |= static_cast<models::PropertySet>(exercised);
  if (property < 0) return;
  if (all.violated) {  // one is told of; another worker was just as quick
    std::error_code ignored;
    std::filesystem::remove(file_of(options, ended.request), ignored);
    return;
  }
  all.violated = true;
  all.property = static_cast<models::Property>(property);
  all.sentence = ended.answer.substr(static_cast<std::size_t>(text));
  all.file = file_of(options, ended.request);
}

// The stories of a lock, one after the other.
class Scopes {
 public:
  explicit Scopes(const Subject& subject) : subject_(subject) {}

  Scenario& add(std::string about, std::uint32_t clients, std::vector<Step> steps) {
    Scenario& s = all_.emplace_back(contract::quiet_scenario(subject_, clients));
    // No two hosts have the same idea of time, and a lock that compares them is wrong about every lease.
    for (std::size_t host = 0; host < s.hosts.size(); ++host) {
      s.hosts[host].uptime = static_cast<std::int64_t>(host) * 100s;
      s.hosts[host].wall_offset = static_cast<std::int64_t>(host) * kTtl * 2 / 5;
    }
    s.about = std::move(about);
    s.steps = std::move(steps);
    return s;
  }
  std::vector<Scenario> take() { return std::move(all_); }

 private:
  const Subject& subject_;
  std::vector<Scenario> all_;
};

// Of what not every lock can do.
void add_for_claims(Scopes& scopes, const Claims& claims) {
  if (claims.shared_mode) {
    Step reader = use(100ms, 0, 0s, 500ms), other = use(150ms, 1, 1s, 300ms);
    reader.shared = other.shared = true;
    scopes.add("two read, a third waits to write", 3, {reader, other, use(200ms, 2, 3s, 100ms)});
    Step turns = use(100ms, 0, 0s, 600ms);
    turns.downgrade = true;
    scopes.add("one becomes a reader half-way, the other reads along", 2, {turns, other});
  }
  if (claims.permits) {
    Step dead = use(100ms, 0, 0s, 100ms);
    dead.ending = Ending::late;
    dead.renew = false;
    Scenario& s = scopes.add("of two permits one is given back late", 3,
                             {dead, use(150ms, 1, 1s, 1500ms), use(200ms, 2, 3s, 800ms)});
    s.capacities = {2};
  }
  if (claims.administration) {
    Step breaks = use(400ms, 1, 0s, 0s);
    breaks.act = Act::break_lock;
    scopes.add("an administrator breaks the lock, a third waits", 3,
               {use(100ms, 0, 0s, 1s), breaks, use(200ms, 2, 3s, 100ms)});
  }
  if (claims.events) {
    Step listens = use(50ms, 2, 0s, 1500ms);
    listens.act = Act::watch;
    scopes.add("two hold it one after the other, a third listens to what happens to it", 3,
               {listens, use(200ms, 0, 0s, 300ms), use(250ms, 1, 3s, 300ms)});
  }
}

}  // namespace

std::vector<Scenario> small_scopes(const Subject& subject) {
  Scopes scopes(subject);
  scopes.add("one holds, the other waits", 2, {use(100ms, 0, 0s, 300ms), use(150ms, 1, 3s, 300ms)});
  scopes.add("one holds for longer than a lease, the other waits", 2,
             {use(100ms, 0, 0s, 1500ms), use(200ms, 1, 3s, 100ms)});
  Step careless = use(100ms, 0, 0s, 1500ms);
  careless.careless = true;
  careless.writes = 3;
  scopes.add("one holds and writes without a look at its handle, the other waits", 2,
             {careless, use(200ms, 1, 3s, 500ms)});
  Step forgets = use(100ms, 0, 0s, 100ms);
  forgets.ending = Ending::forget;
  forgets.renew = false;
  if (subject.claims.leases_end) {
    scopes.add("one forgets the lock, the other waits", 2, {forgets, use(200ms, 1, 3s, 100ms)});
    scopes
        .add("one forgets the lock just before nothing goes wrong any more, the other waits for long", 2,
             {forgets, use(200ms, 1, 30s, 100ms)})
        .heal_at = TrueTime(600ms);
  }
  Step late = use(100ms, 0, 0s, 100ms);
  late.ending = Ending::late;
  late.renew = false;
  scopes.add("one gives the lock back when its lease is over, the other has it by then", 2,
             {late, use(200ms, 1, 3s, 2s)});
  Step twice = use(100ms, 0, 0s, 100ms);
  twice.ending = Ending::twice;
  scopes.add("one gives the lock back twice and takes it again", 2,
             {twice, use(250ms, 0, 1s, 300ms), use(260ms, 1, 2s, 100ms)});
  Step cancels = use(150ms, 1, 3s, 100ms);
  cancels.cancel_after = 200ms;
  scopes.add("one waits and gives up, a third waits behind", 3,
             {use(100ms, 0, 0s, 500ms), cancels, use(200ms, 2, 3s, 100ms)});
  scopes.add("two wait in line", 3, {use(100ms, 0, 0s, 300ms), use(150ms, 1, 3s, 100ms), use(160ms, 2, 3s, 100ms)});
  Step first = use(100ms, 0, 2s, 300ms), second = use(120ms, 1, 2s, 300ms);
  first.also = {1};
  second.lock = 1;
  second.also = {0};
  scopes.add("both take the same two locks, each in its own order", 2, {first, second}).locks = 2;
  add_for_claims(scopes, subject.claims);
  Scenario& names =
      scopes.add("two names that resemble each other", 2, {use(100ms, 0, 0s, 300ms), use(150ms, 1, 1s, 300ms)});
  names.locks = 2;
  names.names = 1;
  names.steps[1].lock = 1;
  return scopes.take();
}

scenarios::Exhaustion exhaust(const ExhaustOptions& options, const ExhaustProgress& progress,
                              const std::atomic<bool>& stop) {
  const Stopwatch clock;
  const std::vector<Scenario> scopes = small_scopes(options.subject);
  scenarios::Exhaustion all{.backend = options.subject.name, .depth = options.depth};
  all.asserted = asserted_properties(Profile::within_claims, options.subject);
  for (const Scenario& scope : scopes) all.scopes.push_back({.about = scope.about});
  WorkOrder order{.function =
                      [&](const std::string& request, const auto&) {
                        return exhaust_one(options, scopes, std::strtoull(request.c_str(), nullptr, 10), clock);
                      },
                  .requests = {},
                  .jobs = options.jobs,
                  .hung_after = options.limit + std::chrono::seconds(120)};
  for (std::size_t i = 0; i < scopes.size(); ++i) order.requests.push_back(fmt::format("{}", i));
  std::size_t done = 0;
  work_off(
      order,
      [&](const Ended& ended) {
        ++done;
        if (ended.death.empty()) {
          take(all, ended, options);
        } else {
          all.deaths.push_back(fmt::format("\"{}\": its worker {}", scopes[ended.request].about, ended.death));
        }
      },
      stop,
      [&] {
        progress(done, scopes.size());
        return !all.violated;
      });
  all.took = clock.elapsed();
  return all;
}

}  // namespace lockstep::properties
