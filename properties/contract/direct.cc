// A world of one host and one process.
#include "properties/contract/direct.h"

#include "scenarios/open_store.h"
#include "scenarios/run_directory.h"
#include "sim/world.h"

namespace lockstep::properties::contract {
namespace {

using namespace std::chrono_literals;

constexpr sim::StorageTiming kAtOnce{.call_min = 0ns, .call_max = 0ns, .sync_min = 0ns, .sync_max = 0ns};

class Nobody final : public sim::WorldObserver {
 public:
  void process_changed(std::uint32_t, Change) override {}
  void fault_changed(std::uint32_t, bool) override {}
};

class Unheard final : public LeaseObserver {
 public:
  void on(const LeaseEvent&) override {}
};

struct Asked {
  Script script;
  const scenarios::Subject& subject;
  scenarios::RunDirectory directory{};
  Unheard observer{};
  std::string flaw = "it was not asked to the end";
};

Awaitable<void> ask(sim::Incarnation& self, Asked& asked) {
  const auto store = co_await scenarios::open_store(self, asked.subject, asked.observer, asked.directory);
  Direct direct(*store, self);
  co_await asked.script(direct);
  asked.flaw = direct.flaw();
}

}  // namespace

Awaitable<void> Direct::at(Duration since) { co_await sleep_until(self_, began_ + since); }

Awaitable<std::optional<Granted>> Direct::acquire(std::uint64_t attempt, Duration ttl, std::string lock) {
  AcquireRequest request{.key = {id(attempt), 1}, .name = {"", std::move(lock)}, .owner = "direct", .ttl = ttl};
  auto answer = co_await store_.acquire(std::move(request), patience());
  if (!answer) co_return std::nullopt;
  const auto* granted = std::get_if<Granted>(&*answer);
  if (granted == nullptr) co_return std::nullopt;
  tokens_[attempt] = granted->token;
  co_return *granted;
}

Awaitable<bool> Direct::renew(std::uint64_t attempt, Duration ttl) {
  RenewRequest request{
      .key = {id(attempt), 2 + asked_[attempt]++}, .name = {"", "A"}, .token = tokens_[attempt], .ttl = ttl};
  const auto answer = co_await store_.renew(std::move(request), patience());
  co_return answer&&* answer == RenewAnswer::renewed;
}

Awaitable<bool> Direct::release(std::uint64_t attempt) {
  ReleaseRequest request{.key = {id(attempt), 2 + asked_[attempt]++}, .name = {"", "A"}, .token = tokens_[attempt]};
  const auto answer = co_await store_.release(std::move(request), patience());
  co_return answer&&* answer == ReleaseAnswer::released;
}

Awaitable<std::uint64_t> Direct::holder() {
  LockName name{"", "A"};
  const auto answer = co_await store_.inspect(std::move(name), patience());
  co_return answer && !answer->holders.empty() ? answer->holders.front().attempt.number : 0;
}

bool Direct::wants(bool so, std::string flaw) {
  if (!so && flaw_.empty()) flaw_ = std::move(flaw);
  return so;
}

bool can_be_asked(const scenarios::Subject& subject) {
  return subject.open && subject.deployment != scenarios::Deployment::shared_disk;
}

std::string flaw_of(Script script, const scenarios::Subject& subject) {
  sim::prepare_sqlite_for_world(1);
  Asked asked{script, subject};
  Nobody nobody;
  sim::World world({.seed = 1, .noise = {}, .storage = kAtOnce}, nobody);
  world.add_host({});
  world.add_process("direct", 0, [&asked](sim::Incarnation& self) { return ask(self, asked); });
  world.start({});
  const auto pace = subject.pacer ? subject.pacer() : std::function<void(Duration)>();
  for (auto now = sim::TrueTime(0s); now < sim::TrueTime(30min) && asked.flaw.starts_with("it was not"); now += 10ms) {
    if (pace) pace(now.time_since_epoch());
    world.run_until(now);
  }
  world.end();
  return asked.flaw;
}

}  // namespace lockstep::properties::contract
