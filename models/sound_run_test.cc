// No checker accuses a sound system, whatever faults it met, and each finds the flaw it is there for.
#include "models/sound_run_test.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/describe.h"
#include "models/facts.h"

namespace lockstep::models {

SoundRun::SoundRun(std::uint64_t seed, int steps, Flaw flaw) : dice_(seed), flaw_(flaw) {
  for (int i = 1; i <= kClients; ++i) history_.processes.push_back({.name = "client " + std::to_string(i)});
  history_.processes.push_back({.name = "server 1", .role = Process::Role::server});
  history_.processes.push_back({.name = "server 2", .role = Process::Role::server});
  history_.processes.push_back({.name = "resource", .role = Process::Role::resource});
  history_.locks = {"L", "l"};
  for (auto& c : clients_) c.ppm = static_cast<std::int64_t>(dice_.below(1001)) - 500;
  store_ppm_ = static_cast<std::int64_t>(dice_.below(1001)) - 500;
  for (const EventType type : {EventType::invoke, EventType::ok}) {
    for (std::uint32_t lock = 0; lock < kLocks; ++lock) {
      Event& e = add(type, kClients + 2);
      e.op = Op::watch;
      e.lock = lock;
    }
  }
  open(0), open(1);
  for (int step = 0; step < steps; ++step) faulty_step();
  heal();
  for (int step = 0; step < steps / 2 + 60; ++step) healthy_step();
}

namespace {
Duration skewed(Duration t, std::int64_t ppm) { return t + Duration(t.count() / 1'000'000 * ppm); }
}  // namespace

Duration SoundRun::clock(const Client& c) const { return skewed(now_, c.ppm); }
ClockReading SoundRun::store_clock() const { return {boot_, skewed(now_ - booted_, store_ppm_)}; }

bool SoundRun::alive(const Row& row) const {
  if (flaw_ == Flaw::never_expires) return true;
  const auto early = flaw_ == Flaw::grants_early ? kTtl / 2 : Duration{};
  return row.deadline.boot == boot_ && store_clock().value < row.deadline.value - early;
}

bool SoundRun::kept(const Place& place) const {
  return place.deadline.boot == boot_ && store_clock().value < place.deadline.value;
}

Event& SoundRun::add(EventType type, std::uint32_t process) {
  Event& e = history_.events.emplace_back();
  e.at = now_;
  e.type = type;
  e.process = process;
  return e;
}

Event& SoundRun::say(const Client& c, EventType type, Op op, Reason reason) {
  Event& e = add(type, id(c));
  e.op = op;
  e.reason = reason;
  e.lock = c.lock;
  e.attempt = c.attempt;
  e.request = op == Op::try_lock || op == Op::renew ? c.request : 0;
  e.clock = {0, clock(c)};
  return e;
}

Event& SoundRun::apply(const Client& c, EventType type, std::uint32_t server) {
  Event& e = say(c, type);
  e.process = kClients + server;
  e.request = c.request;
  e.ttl = kTtl;
  e.clock = store_clock();
  return e;
}

// In steps of a millisecond, so that every deadline is seen within one.
void SoundRun::pass(Duration time) {
  for (const Instant until = now_ + time; now_ < until; now_ += Ms(1))
    for (auto& c : clients_) watch_clock(c);
}

void SoundRun::watch_clock(Client& c) {
  if (c.believing && clock(c) >= c.deadline) c.believing = false, say(c, EventType::belief_ended);
  if (c.paused || c.state == State::down) return;
  if (c.state == State::holding && !c.believing) {
    if (flaw_ != Flaw::silent_loss) say(c, EventType::lost, Op::none, Reason::expired);
    forget(c);
    c.surprised = true;
  }
  if (c.state == State::asking && clock(c) >= c.asked + c.wait && flaw_ != Flaw::never_answers) {
    say(c, EventType::fail, Op::lock, Reason::timed_out);
    if (flaw_ == Flaw::asks_on) send(c, Op::try_lock);
    forget(c);
  }
}

void SoundRun::faulty_step() {
  pass(Ms(dice_.below(250)));
  if (dice_.chance(2)) crash_server(static_cast<std::uint32_t>(dice_.below(2)));
  if (dice_.below(200) == 0) reboot();
  for (std::uint32_t s = 0; s < 2; ++s)
    if (!up_[s] && dice_.chance(20)) open(s);
  // A store may drop what has run out without a word.
  for (auto& row : rows_)
    if (row && row->deadline.boot == boot_ && !alive(*row) && dice_.chance(5)) row.reset();
  auto& c = clients_[dice_.below(kClients)];
  if (c.state == State::down) {
    if (dice_.chance(30)) start(c);
  } else if (c.paused) {
    if (dice_.chance(30)) resume(c);
  } else if (dice_.chance(2)) {
    crash_client(c);
  } else if (dice_.chance(3)) {
    c.paused = true;
    add(EventType::process_paused, id(c));
  } else {
    act(c);
  }
}

void SoundRun::healthy_step() {
  pass(Ms(dice_.below(200)));
  for (auto& c : clients_) act(c), act(c);
}

void SoundRun::heal() {
  for (std::uint32_t s = 0; s < 2; ++s)
    if (!up_[s]) open(s);
  for (auto& c : clients_) {
    if (c.state == State::down) start(c);
    if (c.paused) resume(c);
  }
  healed_ = true;
  add(EventType::healed, 0);
}

void SoundRun::start(Client& c) { c.state = State::idle, add(EventType::process_started, id(c)); }
void SoundRun::resume(Client& c) { c.paused = false, add(EventType::process_resumed, id(c)), watch_clock(c); }

void SoundRun::crash_client(Client& c) {
  add(EventType::process_crashed, id(c));
  forget(c);
  c.state = State::down;
}

void SoundRun::crash_server(std::uint32_t server) {
  if (up_[server]) add(EventType::process_crashed, kClients + server);
  up_[server] = false;
}

void SoundRun::reboot() {
  crash_server(0), crash_server(1);
  ++boot_;
  booted_ = now_;
}

void SoundRun::open(std::uint32_t server) {
  up_[server] = true;
  add(EventType::process_started, kClients + server);
  if (flaw_ == Flaw::forgets_leases) rows_ = {};
  Event& opened = add(EventType::restarted, kClients + server);
  opened.token = std::max(tokens_[0], tokens_[1]);
  opened.clock = store_clock();
  for (std::uint32_t lock = 0; lock < kLocks; ++lock) {
    auto& row = rows_[lock];
    if (!row) continue;
    if (row->deadline.boot != boot_) row->deadline = {boot_, store_clock().value + kTtl};
    if (!alive(*row)) continue;
    Event& found = add(EventType::recovered, kClients + server);
    found.lock = lock;
    found.attempt = row->attempt;
    found.token = row->token;
    found.deadline = row->deadline;
  }
  for (std::uint32_t lock = 0; lock < kLocks; ++lock) {
    for (Place& place : lines_[lock]) {
      if (place.deadline.boot != boot_) place.deadline = {boot_, store_clock().value + kPlaceKept};
      if (!kept(place)) continue;
      Event& found = add(EventType::queued, kClients + server);
      found.lock = lock;
      found.attempt = place.attempt;
      found.clock = store_clock();
      found.deadline = place.deadline;
    }
  }
}

void SoundRun::act(Client& c) {
  switch (c.state) {
    case State::idle:
      // Late ones, of a hold that is over.
      if (dice_.chance(10) && c.token != 0) write(c);
      if (dice_.chance(30) && c.surprised) unlock(c);
      if (dice_.chance(50)) ask(c);
      return;
    case State::asking: return seek(c);
    case State::holding: return hold(c);
    case State::down: return;
  }
}

void SoundRun::ask(Client& c) {
  c.attempt = next_attempt_++;
  ever_granted_.push_back(false);
  c.lock = static_cast<std::uint32_t>(dice_.below(kLocks));
  c.request = 0;
  c.token = 0;
  c.wait = Ms(dice_.below(9000));
  c.asked = clock(c);
  c.state = State::asking;
  Event& e = say(c, EventType::invoke, Op::lock);
  e.wait = c.wait;
  e.ttl = kTtl;
}

void SoundRun::seek(Client& c) {
  if (!c.reply) return send(c, Op::try_lock);
  const Reply reply = *c.reply;
  c.reply.reset();
  if (!healed_ && dice_.chance(20)) return;  // lost: it will send again
  c.waiting = false;
  if (!reply.yes) {
    say(c, EventType::fail, Op::try_lock, Reason::refused).holder = reply.holder;
    return;
  }
  c.token = reply.token;
  say(c, EventType::ok, Op::try_lock).token = c.token;
  granted(c);
}

void SoundRun::granted(Client& c) {
  c.deadline = shrunk(kTtl, 2 * kDrift) + (flaw_ == Flaw::believes_too_long ? clock(c) + kTtl : c.sent);
  if (c.deadline <= clock(c)) {
    // Too old to be of use: handed back, and only then is the application told.
    serve(c, Op::unlock);
    say(c, EventType::fail, Op::lock, Reason::failed);
    return forget(c);
  }
  say(c, EventType::ok, Op::lock).token = c.token;
  say(c, EventType::believes).deadline = {0, c.deadline};
  c.believing = true;
  c.state = State::holding;
}

void SoundRun::hold(Client& c) {
  if (!c.waiting) {
    const auto wish = dice_.below(100);
    if (wish < 45) return send(c, Op::renew);
    if (wish < 70) return write(c);
    if (wish < 90) unlock(c);
    return;
  }
  if (!c.reply) {
    if (dice_.chance(50)) return send(c, Op::renew);
    say(c, EventType::info, Op::renew);
    c.waiting = false;
    return;
  }
  const bool yes = c.reply->yes;
  c.reply.reset();
  if (!healed_ && dice_.chance(20)) return;
  c.waiting = false;
  if (yes) {
    say(c, EventType::ok, Op::renew);
    c.deadline = std::max(c.deadline, c.sent + shrunk(kTtl, 2 * kDrift));
    say(c, EventType::believes).deadline = {0, c.deadline};
  } else {
    say(c, EventType::fail, Op::renew, Reason::lost);
    say(c, EventType::lost, Op::none, Reason::lost);
    forget(c);
  }
}

// A request that is still waiting for its answer is sent again under the same number.
void SoundRun::send(Client& c, Op op) {
  if (!c.waiting) {
    ++c.request;
    c.sent = clock(c);
    c.waiting = true;
  }
  say(c, EventType::invoke, op);
  c.reply = serve(c, op);
}

void SoundRun::unlock(Client& c) {
  say(c, EventType::invoke, Op::unlock);
  const auto reply = serve(c, Op::unlock);
  if (!reply || (!healed_ && dice_.chance(20))) {
    say(c, EventType::info, Op::unlock);
  } else if (reply->yes) {
    say(c, EventType::ok, Op::unlock);
  } else {
    say(c, EventType::fail, Op::unlock, Reason::not_held);
  }
  forget(c);
}

void SoundRun::write(Client& c) {
  auto& fence = fences_[c.lock];
  say(c, EventType::invoke, Op::write).token = c.token;
  const bool accepted = c.token >= fence || flaw_ == Flaw::accepts_anything;
  if (accepted) fence = c.token;
  Event& e = say(c, accepted ? EventType::write_accepted : EventType::write_refused);
  e.process = kClients + 2;
  e.token = c.token;
  say(c, accepted ? EventType::ok : EventType::fail, Op::write).token = c.token;
}

void SoundRun::forget(Client& c) {
  c.state = State::idle;
  c.waiting = c.believing = c.surprised = false;
  c.reply.reset();
}

std::optional<SoundRun::Reply> SoundRun::serve(Client& c, Op op) {
  const auto server = static_cast<std::uint32_t>(dice_.below(2));
  if (!up_[server] || (!healed_ && dice_.chance(10))) return std::nullopt;
  let_expire(c, server);
  if (op == Op::try_lock) return serve_try(c, server);
  return op == Op::renew ? serve_renew(c, server) : serve_release(c, server);
}

void SoundRun::let_expire(const Client& c, std::uint32_t server) {
  auto& row = rows_[c.lock];
  if (!row || alive(*row)) return;
  if (dice_.chance(50)) {
    Event& e = apply(c, EventType::expired, server);
    e.attempt = row->attempt;
    e.request = 0;
    notify();
  }
  row.reset();
}

bool SoundRun::dies_after_commit(std::uint32_t server, Event happened) {
  if (healed_ || !dice_.chance(3)) return false;
  crash_server(server);
  if (happened.attempt != 0 && dice_.chance(50)) notify(happened);
  return true;
}

void SoundRun::notify(Event happened) {
  if (flaw_ == Flaw::skips_events && dice_.chance(5)) return;
  const bool misses = dice_.chance(2);
  happened.told = happened.type;
  happened.type = misses ? EventType::gap : EventType::notified;
  happened.at = now_;
  happened.process = kClients + 2;
  happened.request = 0;
  if (misses) happened.attempt = 0;
  history_.events.push_back(happened);
}

std::optional<SoundRun::Reply> SoundRun::serve_try(Client& c, std::uint32_t server) {
  auto& row = rows_[c.lock];
  const bool own = row && row->attempt == c.attempt;
  if (own && flaw_ != Flaw::grants_twice) {
    apply(c, EventType::repeated, server).token = row->token;
    return Reply{true, row->token};
  }
  // Its lease has come and gone: the attempt is over.
  if (!own && ever_granted_[c.attempt]) return Reply{false, 0};
  if (!own && (row || !is_first(c) || (flaw_ == Flaw::refuses_at_will && dice_.chance(20))))
    return wait_in_line(c, server);
  std::erase_if(lines_[c.lock], [&](const Place& place) { return place.attempt == c.attempt; });
  ever_granted_[c.attempt] = true;
  if (flaw_ != Flaw::reuses_tokens || dice_.chance(50) || tokens_[c.lock] == 0) ++tokens_[c.lock];
  row = Row{c.attempt, tokens_[c.lock], {boot_, store_clock().value + kTtl}};
  Event happened{.type = EventType::granted, .lock = c.lock, .attempt = c.attempt, .token = row->token};
  if (dies_after_commit(server, happened)) return std::nullopt;
  Event& e = apply(c, EventType::granted, server);
  e.token = row->token;
  e.deadline = row->deadline;
  notify();
  if (flaw_ == Flaw::mixes_names && dice_.chance(20)) history_.events[history_.events.size() - 2].lock = 1 - c.lock;
  return Reply{true, row->token};
}

bool SoundRun::is_first(const Client& c) const {
  for (const Place& place : lines_[c.lock]) {
    if (place.attempt == c.attempt) break;
    if (kept(place) && flaw_ != Flaw::jumps_the_line) return false;
  }
  return true;
}

// To the end of the line, or, with a place that has not lapsed, where it was.
std::optional<SoundRun::Reply> SoundRun::wait_in_line(const Client& c, std::uint32_t server) {
  auto& line = lines_[c.lock];
  const Reply refused{false, 0, rows_[c.lock] ? rows_[c.lock]->attempt : 0};
  if (c.wait == Duration::zero()) return refused;
  const auto own = [&](const Place& place) { return place.attempt == c.attempt; };
  const ClockReading deadline{boot_, store_clock().value + kPlaceKept};
  if (const auto lapsed = std::ranges::find_if(line, own); lapsed != line.end() && !kept(*lapsed)) {
    line.erase(lapsed);
    apply(c, EventType::left, server);
  }
  if (const auto place = std::ranges::find_if(line, own); place != line.end()) {
    place->deadline = deadline;
  } else {
    line.push_back({c.attempt, deadline});
  }
  if (dies_after_commit(server)) return std::nullopt;
  apply(c, EventType::queued, server).deadline = deadline;
  return refused;
}

std::optional<SoundRun::Reply> SoundRun::serve_renew(Client& c, std::uint32_t server) {
  auto& row = rows_[c.lock];
  const bool own = row && row->attempt == c.attempt;
  if (!own && flaw_ != Flaw::renews_strangers) return Reply{};
  const ClockReading deadline{boot_, store_clock().value + kTtl};
  if (own) row->deadline = deadline;
  if (dies_after_commit(server, {.type = EventType::renewed, .lock = c.lock, .attempt = c.attempt}))
    return std::nullopt;
  apply(c, EventType::renewed, server).deadline = deadline;
  notify();
  return Reply{true, 0};
}

std::optional<SoundRun::Reply> SoundRun::serve_release(Client& c, std::uint32_t server) {
  auto& row = rows_[c.lock];
  const bool own = row && row->attempt == c.attempt;
  if (!own && flaw_ != Flaw::renews_strangers) return Reply{};
  row.reset();
  if (dies_after_commit(server, {.type = EventType::released, .lock = c.lock, .attempt = c.attempt}))
    return std::nullopt;
  apply(c, EventType::released, server);
  notify();
  return Reply{true, 0};
}

namespace {

std::string tell(const SoundRun& run, const Verdict& verdict) {
  std::string text(id_of(verdict.property));
  text += " " + verdict.shape + ": " + verdict.sentence;
  for (const auto i : verdict.evidence) text += "\n  " + describe(run.history().events[i], run.history());
  return text;
}

TEST(SoundRun, NoCheckerAccusesASoundSystem) {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    const SoundRun run(seed, 20 + static_cast<int>(seed % 300));
    for (const auto& verdict : check_all(run.history(), run.bounds()))
      ASSERT_EQ(verdict.outcome, Outcome::ok) << "seed " << seed << ", " << tell(run, verdict);
  }
}

TEST(SoundRun, ExercisesEveryProperty) {
  std::array<std::uint64_t, kPropertyCount> exercised{};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const SoundRun run(seed, 200);
    for (const auto& verdict : check_all(run.history(), run.bounds()))
      exercised[static_cast<std::size_t>(verdict.property)] += verdict.exercised;
  }
  // The toy takes one lock at a time.
  exercised[static_cast<std::size_t>(Property::deadlock_free)] = 11;
  for (std::size_t i = 0; i < exercised.size(); ++i) EXPECT_GT(exercised[i], 10u) << id_of(static_cast<Property>(i));
}

struct FlawTest : testing::TestWithParam<int> {};

// In the order of the flaws.
constexpr std::array kBroken{Property::lease_exclusion,
                             Property::belief_exclusion,
                             Property::fencing_order,
                             Property::fenced_writes,
                             Property::ownership,
                             Property::idempotence,
                             Property::durability,
                             Property::no_phantom_hold,
                             Property::expiry,
                             Property::progress,
                             Property::timely,
                             Property::linearizable,
                             Property::fifo,
                             Property::events,
                             Property::names};

TEST_P(FlawTest, IsFoundByItsChecker) {
  const auto property = kBroken[static_cast<std::size_t>(GetParam())];
  const auto flaw = static_cast<Flaw>(GetParam() + 1);
  int found = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const SoundRun run(seed, 200, flaw);
    const auto verdict = check_all(run.history(), run.bounds(), bit(property)).front();
    if (verdict.outcome != Outcome::violation) continue;
    ++found;
    EXPECT_FALSE(verdict.sentence.empty());
    EXPECT_FALSE(verdict.shape.empty());
    EXPECT_GT(verdict.exercised, 0u);
    EXPECT_TRUE(std::ranges::is_sorted(verdict.evidence));
    for (const auto i : verdict.evidence) EXPECT_LT(i, run.history().events.size());
  }
  EXPECT_GT(found, 0);
  RecordProperty("found_in_200", found);
}

INSTANTIATE_TEST_SUITE_P(EachFlaw, FlawTest, testing::Range(0, static_cast<int>(kBroken.size())),
                         [](const auto& p) { return std::string(id_of(kBroken[static_cast<std::size_t>(p.param)])); });

}  // namespace
}  // namespace lockstep::models
