// A case of the contract as it is written down: who asks for which lock when, what else happens, and what he must be
// answered. It becomes a scenario, so that it is run, checked and replayed like any other.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::properties::contract {

// What an answer must be, and when it must come, in true time.
struct Wanted {
  enum class Answer : std::uint8_t { any, granted, refused, timed_out, given_up };
  Answer answer = Answer::any;
  Duration from{};
  Duration until = Duration::max();
  std::string because;  // "client 0 holds it"
};

// One use of a lock by a client. Reads as a sentence: plot.use(1, 200ms).waits(3s).granted_between(...).
struct Use {
  scenarios::Step step;
  Wanted wanted{};
  std::optional<std::uint32_t> sees{};  // Act::look: the client that the store must name, or kNobody

  Use& of(std::uint32_t lock) { return step.lock = lock, *this; }
  Use& ttl(Duration d) { return step.ttl = d, *this; }
  Use& waits(Duration d) { return step.wait = d, *this; }
  Use& holds(Duration d) { return step.hold = d, *this; }
  Use& shared() { return step.shared = true, *this; }
  Use& permits(std::uint32_t n) { return step.permits = n, *this; }
  Use& without_renewal() { return step.renew = false, *this; }
  Use& ends(scenarios::Ending how) { return step.ending = how, *this; }
  Use& does(scenarios::Act act) { return step.act = act, *this; }
  Use& gives_up_after(Duration d) { return step.cancel_after = d, *this; }

  Use& granted(Duration until = Duration::max()) { return want(Wanted::Answer::granted, {}, until, ""); }
  Use& granted_between(Duration from, Duration until, std::string because) {
    return want(Wanted::Answer::granted, from, until, std::move(because));
  }
  Use& refused(std::string because) { return want(Wanted::Answer::refused, {}, Duration::max(), std::move(because)); }
  Use& timed_out(Duration from, Duration until) {
    return want(Wanted::Answer::timed_out, from, until, "that is its wait limit");
  }
  Use& given_up() { return want(Wanted::Answer::given_up, {}, Duration::max(), ""); }

 private:
  Use& want(Wanted::Answer answer, Duration from, Duration until, std::string because) {
    wanted = {answer, from, until, std::move(because)};
    return *this;
  }
};
inline constexpr std::uint32_t kNobody = 0xffffffff;

class Plot {
 public:
  // Each client on a host of its own, if the lock's clients may live anywhere.
  explicit Plot(const scenarios::Subject& subject, std::uint32_t clients = 3);

  // Holds for 100 ms, if granted, with a ttl of 2 s.
  Use& use(std::uint32_t client, Duration at);
  // Whoever keeps the store dies, for so long. Requires: servers.
  void stop_store(Duration at, Duration lasts);
  void stop_client(std::uint32_t client, Duration at, Duration lasts);
  void pause_client(std::uint32_t client, Duration at, Duration lasts);
  // Between the store and a client. Require: servers.
  void lose_answers(std::uint32_t client, Duration at, Duration lasts);
  void delay_requests(std::uint32_t client, Duration at, Duration lasts, Duration by);
  // The wall clock of whoever keeps the store.
  void step_wall(Duration at, Duration by);

  // How long an operation may take when nothing is wrong, and a waiter until he has noticed that the lock is free.
  Duration quick() const;
  Duration notice() const;
  // How much earlier than it should something may happen.
  Duration tolerance() const {
    return subject_.claims.on_machine_time ? Duration(std::chrono::milliseconds(150)) : Duration::zero();
  }

  // In the order of their beginnings.
  const std::deque<Use>& uses() const { return uses_; }
  // Everything, with the steps in the order of uses().
  scenarios::Scenario scenario(std::uint64_t seed) const;
  scenarios::Scenario& setting() { return setting_; }

 private:
  std::vector<std::uint32_t> store_hosts() const;
  const scenarios::Subject& subject_;
  scenarios::Scenario setting_;
  std::deque<Use> uses_;
};

// What is wrong with the answers; nothing if they are as wanted.
std::optional<std::string> flaw_of_answers(const Plot& plot, const scenarios::RunResult& result);

// A network that neither loses nor delays, a store on host 0, or on the first hosts, and clients on hosts of their own.
scenarios::Scenario quiet_scenario(const scenarios::Subject& subject, std::uint32_t clients);

}  // namespace lockstep::properties::contract
