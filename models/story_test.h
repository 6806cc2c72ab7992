// The vocabulary in which the tests of the checkers tell a history: who asks, what the store does, what the
// client comes to believe. For tests only. Every event is stamped with the instant of the last `at`; the
// store's clock is true time since its last reboot, and a client's clock is true time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkers.h"
#include "models/dice_test.h"
#include "models/history.h"

namespace lockstep::models {

// An attempt in a story, and the client that makes it.
struct Try {
  std::uint32_t attempt = 0;
  std::uint32_t client = 0;
  std::uint32_t lock = 0;
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;
  std::uint32_t group = 0;
};

class Story {
 public:
  static constexpr std::uint32_t kServer = 4, kOtherServer = 5, kResource = 6;

  Story() {
    for (int i = 1; i <= 4; ++i) add_process("client " + std::to_string(i), Process::Role::client);
    add_process("server 1", Process::Role::server);
    add_process("server 2", Process::Role::server);
    add_process("resource", Process::Role::resource);
    history_.locks = {"L", "M"};
  }

  // Clients are counted from 1, as in their names.
  Try attempt(std::uint32_t client, std::uint32_t lock = 0, Mode mode = Mode::exclusive) {
    tokens_.push_back(0);
    requests_.push_back(0);
    return {.attempt = static_cast<std::uint32_t>(tokens_.size()), .client = client - 1, .lock = lock, .mode = mode};
  }
  Try reader(std::uint32_t client, std::uint32_t lock = 0) { return attempt(client, lock, Mode::shared); }
  Try wants(std::uint32_t client, std::uint32_t permits) {
    Try t = attempt(client, 0, Mode::permits);
    t.permits = permits;
    return t;
  }
  Try member(std::uint32_t group, std::uint32_t client, std::uint32_t lock, Mode mode = Mode::exclusive) {
    Try t = attempt(client, lock, mode);
    t.group = group;
    return t;
  }
  Story& with_capacity(std::uint32_t permits) { return history_.capacities = {permits}, *this; }
  Story& with_names(std::vector<std::string> names) { return history_.locks = std::move(names), *this; }
  static std::uint32_t client(std::uint32_t number) { return number - 1; }

  Story& at(Duration instant) { return now_ = instant, *this; }
  Story& with_ttl(Duration ttl) { return ttl_ = ttl, *this; }

  // The acquisition as the application sees it.
  Story& asks(const Try& t, Duration wait = std::chrono::minutes(1)) {
    Event& e = of(t, EventType::invoke, Op::lock);
    e.wait = wait;
    e.ttl = ttl_;
    return *this;
  }
  Story& gets(const Try& t) {
    of(t, EventType::ok, Op::lock).token = token(t);
    return believes(t);
  }
  Story& fails(const Try& t, Reason reason) { return of(t, EventType::fail, Op::lock).reason = reason, *this; }

  // One request of it.
  Story& sends(const Try& t) { return ++requests_[t.attempt - 1], sends_again(t); }
  Story& sends_again(const Try& t) { return of(t, EventType::invoke, Op::try_lock), *this; }
  Story& told(const Try& t) { return told(t, token(t)); }
  Story& told(const Try& t, std::uint64_t token) {
    if (this->token(t) == 0) tokens_[t.attempt - 1] = token;
    return of(t, EventType::ok, Op::try_lock).token = token, *this;
  }
  Story& refused(const Try& t) { return of(t, EventType::fail, Op::try_lock).reason = Reason::refused, *this; }
  Story& refused(const Try& t, const Try& holder) { return refused(t).last_event().holder = holder.attempt, *this; }
  Story& gets_no_answer(const Try& t) {
    return of(t, EventType::info, Op::try_lock).reason = Reason::unreachable, *this;
  }

  // The store.
  Story& store_grants(const Try& t, std::uint64_t token) {
    tokens_[t.attempt - 1] = token;
    Event& e = of_store(t, EventType::granted);
    e.token = token;
    e.ttl = ttl_;
    e.deadline = store_clock_plus(ttl_);
    return *this;
  }
  Story& store_renews(const Try& t) {
    Event& e = of_store(t, EventType::renewed);
    e.ttl = ttl_;
    e.deadline = store_clock_plus(ttl_);
    return *this;
  }
  Story& store_releases(const Try& t) { return of_store(t, EventType::released), *this; }
  Story& store_breaks(const Try& t) { return of_store(t, EventType::broken), *this; }
  Story& store_expires(const Try& t) { return of_store(t, EventType::expired), *this; }
  Story& store_downgrades(const Try& t) { return store_renews(t).last_event().mode = Mode::shared, *this; }
  // Takes a place in the line, or keeps it.
  Story& queues(const Try& t, Duration kept = std::chrono::seconds(2)) {
    return of_store(t, EventType::queued).deadline = store_clock_plus(kept), *this;
  }
  Story& leaves(const Try& t) { return of_store(t, EventType::left), *this; }
  Story& store_repeats(const Try& t) { return of_store(t, EventType::repeated), *this; }
  Story& opens(std::uint32_t server, std::uint64_t token) {
    Event& e = add(EventType::restarted, server);
    e.token = token;
    e.clock = store_clock_plus({});
    return *this;
  }
  Story& finds(const Try& t, Duration deadline) { return finds(t, deadline, token(t)); }
  Story& finds(const Try& t, Duration deadline, std::uint64_t token) {
    Event& e = of_store(t, EventType::recovered);
    e.process = history_.events[history_.events.size() - 2].process;
    e.token = token;
    e.ttl = ttl_;
    e.deadline = {boot_, deadline};
    return *this;
  }
  // Both servers die, and the store's clock starts anew now.
  Story& host_reboots() {
    crashes(kServer).crashes(kOtherServer);
    ++boot_;
    booted_ = now_;
    return *this;
  }

  // A client's belief and its end.
  Story& believes(const Try& t) { return of(t, EventType::believes).deadline = {0, now_ + ttl_}, *this; }
  Story& belief_ends(const Try& t) { return of(t, EventType::belief_ended), *this; }
  Story& loses(const Try& t, Reason reason = Reason::expired) { return of(t, EventType::lost).reason = reason, *this; }
  Story& asks_renewal(const Try& t) {
    ++requests_[t.attempt - 1];
    return of(t, EventType::invoke, Op::renew), *this;
  }
  Story& told_renewed(const Try& t) { return of(t, EventType::ok, Op::renew), believes(t); }
  Story& asks_downgrade(const Try& t) { return asks_renewal(t).last_event().mode = Mode::shared, *this; }
  Story& told_downgraded(const Try& t) { return of(t, EventType::ok, Op::renew).mode = Mode::shared, *this; }
  Story& told_lost(const Try& t) { return of(t, EventType::fail, Op::renew).reason = Reason::lost, *this; }
  Story& told_broken(const Try& t) { return of(t, EventType::fail, Op::renew).reason = Reason::broken, *this; }
  Story& asks_unlock(const Try& t) { return of(t, EventType::invoke, Op::unlock), *this; }
  Story& told_released(const Try& t) { return of(t, EventType::ok, Op::unlock), *this; }
  Story& told_not_held(const Try& t) { return of(t, EventType::fail, Op::unlock).reason = Reason::not_held, *this; }

  // Whole chapters in which nothing goes wrong.
  Story& acquires(const Try& t, std::uint64_t token) { return asks(t).sends(t).store_grants(t, token).told(t).gets(t); }
  Story& renews(const Try& t) { return asks_renewal(t).store_renews(t).told_renewed(t); }
  Story& unlocks(const Try& t) { return asks_unlock(t).store_releases(t).told_released(t); }

  // An administrator, and subscribers, told apart by a number of theirs.
  Story& asks_break(std::uint32_t client) { return other(EventType::invoke, Op::break_lock, client); }
  Story& told_broken(std::uint32_t client) { return other(EventType::ok, Op::break_lock, client); }
  Story& watches(std::uint32_t client) { return other(EventType::invoke, Op::watch, client); }
  Story& connects(std::uint32_t client) { return other(EventType::ok, Op::watch, client); }
  Story& hears(std::uint32_t client, const Try& t, EventType told) {
    other(EventType::notified, Op::none, client);
    last_event().attempt = t.attempt;
    last_event().token = token(t);
    return last_event().told = told, *this;
  }
  Story& hears_of_a_gap(std::uint32_t client) { return other(EventType::gap, Op::none, client); }

  // The resource.
  Story& accepts(const Try& t, std::uint64_t token) { return write(t, EventType::write_accepted, token); }
  Story& refuses(const Try& t, std::uint64_t token) { return write(t, EventType::write_refused, token); }

  // The world.
  Story& starts(std::uint32_t process) { return add(EventType::process_started, process), *this; }
  Story& crashes(std::uint32_t process) { return add(EventType::process_crashed, process), *this; }
  Story& pauses(std::uint32_t process) { return add(EventType::process_paused, process), *this; }
  Story& resumes(std::uint32_t process) { return add(EventType::process_resumed, process), *this; }
  Story& heals() { return add(EventType::healed, 0), *this; }

  const History& history() const { return history_; }
  operator const History&() const { return history_; }
  std::uint32_t last() const { return static_cast<std::uint32_t>(history_.events.size() - 1); }
  Event& last_event() { return history_.events.back(); }

  // No drift, an end one minute after the last event, and slacks small against the ttl of ten seconds.
  Bounds bounds() const {
    using namespace std::chrono_literals;
    return {.answer_slack = 100ms, .loss_slack = 50ms, .progress_slack = 2s, .end = now_ + 1min};
  }

 private:
  void add_process(std::string name, Process::Role role) {
    history_.processes.push_back({.name = std::move(name), .role = role});
  }
  std::uint64_t token(const Try& t) const { return tokens_[t.attempt - 1]; }
  ClockReading store_clock_plus(Duration d) const { return {boot_, now_ - booted_ + d}; }

  Event& add(EventType type, std::uint32_t process) {
    Event& e = history_.events.emplace_back();
    e.at = now_;
    e.type = type;
    e.process = process;
    e.clock = {0, now_};
    return e;
  }
  Event& of(const Try& t, EventType type, Op op = Op::none) {
    Event& e = add(type, t.client);
    e.op = op;
    e.lock = t.lock;
    e.mode = t.mode;
    e.permits = t.permits;
    e.group = t.group;
    e.attempt = t.attempt;
    e.request = op == Op::try_lock || op == Op::renew ? requests_[t.attempt - 1] : 0;
    return e;
  }
  Event& of_store(const Try& t, EventType type) {
    Event& e = of(t, type);
    e.process = kServer;
    e.request = requests_[t.attempt - 1];
    e.clock = store_clock_plus({});
    return e;
  }
  Story& other(EventType type, Op op, std::uint32_t client) {
    Event& e = add(type, client - 1);
    e.op = op;
    return e.request = 1, *this;
  }
  Story& write(const Try& t, EventType type, std::uint64_t token) {
    Event& e = of(t, type);
    e.process = kResource;
    e.token = token;
    return *this;
  }

  History history_;
  std::vector<std::uint64_t> tokens_;    // by attempt, from 1
  std::vector<std::uint32_t> requests_;  // by attempt, from 1: the last one sent
  Duration now_{};
  Duration ttl_ = std::chrono::seconds(10);
  Duration booted_{};
  std::uint32_t boot_ = 0;
};

}  // namespace lockstep::models
