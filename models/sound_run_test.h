// A toy of the whole system, for the tests of the checkers: clients with drifting clocks, two servers on one
// store, lost answers, pauses, crashes between commit and event, reboots, and at last healing. Without a flaw
// it keeps every promise, so no checker may accuse it; each flaw breaks one. For tests only.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include "models/story_test.h"

namespace lockstep::models {

enum class Flaw : std::uint8_t {
  none,
  grants_early,       // S1: the store forgets a lease half a ttl too early
  believes_too_long,  // S2: the client counts its lease from the answer, not from the request
  reuses_tokens,      // S4: a token is given again when its holder releases
  accepts_anything,   // S5: the resource does not look at tokens
  renews_strangers,   // S6: the store renews and releases for whoever asks
  grants_twice,       // S7: a request that comes again is granted again
  forgets_leases,     // S8: a reopened store is empty
  asks_on,            // S9: a client goes on asking after it timed out
  never_expires,      // L1: the store waits for a release
  never_answers,      // L2: a client forgets its wait limit
  silent_loss,        // L4: a handle does not report the loss
  refuses_at_will,    // S3: the store refuses although nobody holds the lock
  jumps_the_line,     // L3: the store does not look at the line
  skips_events,       // E1: a subscriber is not told of everything
  mixes_names,        // N1: the store grants the other lock
};

class SoundRun {
 public:
  static constexpr std::int64_t kDrift = 1'000'000;  // parts per billion, between any two clocks
  static constexpr int kClients = 4, kLocks = 2;

  SoundRun(std::uint64_t seed, int steps, Flaw flaw = Flaw::none);

  const History& history() const { return history_; }
  Bounds bounds() const {
    using namespace std::chrono_literals;
    return {.max_drift_ppb = kDrift, .answer_slack = 50ms, .loss_slack = 50ms, .progress_slack = 5s, .end = now_};
  }

 private:
  using Ms = std::chrono::milliseconds;
  static constexpr Duration kTtl = Ms(3000), kPlaceKept = Ms(2000);
  enum class State : std::uint8_t { idle, asking, holding, down };
  struct Reply {
    bool yes = false;
    std::uint64_t token = 0;
    std::uint32_t holder = 0;
  };
  struct Client {
    State state = State::idle;
    bool paused = false, believing = false;
    bool waiting = false;    // for the answer of `request`
    bool surprised = false;  // its lease ran out
    std::uint32_t attempt = 0, lock = 0, request = 0;
    std::uint64_t token = 0;
    Duration wait{}, asked{}, sent{}, deadline{};  // on its own clock
    std::optional<Reply> reply;
    std::int64_t ppm = 0;
  };
  struct Row {
    std::uint32_t attempt = 0;
    std::uint64_t token = 0;
    ClockReading deadline{};
  };
  struct Place {
    std::uint32_t attempt = 0;
    ClockReading deadline{};
  };

  Duration clock(const Client& c) const;
  ClockReading store_clock() const;
  std::uint32_t id(const Client& c) const { return static_cast<std::uint32_t>(&c - clients_.data()); }
  bool alive(const Row& row) const;
  bool kept(const Place& place) const;
  bool is_first(const Client& c) const;
  Event& add(EventType type, std::uint32_t process);
  Event& say(const Client& c, EventType type, Op op = Op::none, Reason reason = Reason::none);
  Event& apply(const Client& c, EventType type, std::uint32_t server);

  // Time and faults.
  void pass(Duration time);
  void watch_clock(Client& c);
  void faulty_step();
  void healthy_step();
  void heal();
  void start(Client& c);
  void resume(Client& c);
  void crash_client(Client& c);
  void crash_server(std::uint32_t server);
  void reboot();
  void open(std::uint32_t server);

  // Clients.
  void act(Client& c);
  void ask(Client& c);
  void seek(Client& c);
  void hold(Client& c);
  void send(Client& c, Op op);
  void granted(Client& c);
  void unlock(Client& c);
  void write(Client& c);
  void forget(Client& c);

  // The store: what a server does with a request. No answer when it is down, or dies, or the answer is lost.
  std::optional<Reply> serve(Client& c, Op op);
  std::optional<Reply> serve_try(Client& c, std::uint32_t server);
  std::optional<Reply> wait_in_line(const Client& c, std::uint32_t server);
  std::optional<Reply> serve_renew(Client& c, std::uint32_t server);
  std::optional<Reply> serve_release(Client& c, std::uint32_t server);
  void let_expire(const Client& c, std::uint32_t server);
  bool dies_after_commit(std::uint32_t server, Event happened = {});
  // Tells the subscriber of the last event, or of one that nobody else will tell of.
  void notify() { notify(history_.events.back()); }
  void notify(Event happened);

  Dice dice_;
  Flaw flaw_;
  History history_;
  Instant now_{}, booted_{};
  std::uint32_t boot_ = 0, next_attempt_ = 1;
  std::int64_t store_ppm_ = 0;
  bool healed_ = false;
  std::array<Client, kClients> clients_;
  std::array<bool, 2> up_{};
  std::array<std::optional<Row>, kLocks> rows_;
  std::array<std::vector<Place>, kLocks> lines_;
  std::array<std::uint64_t, kLocks> tokens_{}, fences_{};
  std::vector<bool> ever_granted_ = std::vector<bool>(1);  // by attempt
};

}  // namespace lockstep::models
