// The vocabulary in which the tests of a run's reports make a run: a few events and messages, by hand. For tests
// only. The server is process 0, the clients follow, the resource comes last; all live on hosts of their own.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "models/checkers.h"
#include "scenarios/run.h"

namespace lockstep::reports {

using namespace std::chrono_literals;
using models::Event;
using models::EventType;
using models::Op;
using models::Reason;

class RunStory {
 public:
  explicit RunStory(std::uint32_t clients = 2) {
    scenario.about = "A story for a test.";
    scenario.backend = "sqlite";
    scenario.seed = 17;
    scenario.hosts.resize(clients + 2);
    scenario.heal_at = sim::TrueTime(10s);
    for (std::uint32_t c = 0; c < clients; ++c) scenario.clients.push_back(c + 1);
    using Role = models::Process::Role;
    result.history.processes.push_back({"server 0", Role::server, 0});
    for (std::uint32_t c = 0; c < clients; ++c) {
      result.history.processes.push_back({process_name(scenario, c + 1), Role::client, c + 1});
    }
    result.history.processes.push_back({"resource", Role::resource, clients + 1});
    result.history.locks = {"A", "B"};
    result.virtual_time = 12s;
    result.fault_activations.resize(sim::kFaultKinds);
  }
  static constexpr std::uint32_t kServer = 0;
  static std::uint32_t client(std::uint32_t number) { return number + 1; }
  std::uint32_t resource() const { return scenario.resource_process(); }

  RunStory& at(Duration instant) { return now_ = instant, *this; }

  // Of an attempt on lock A. The fields that matter are set on what `add` returns.
  Event& add(EventType type, std::uint32_t process, std::uint32_t attempt = 0, Op op = Op::none) {
    Event event{.at = now_, .type = type, .op = op, .process = process, .attempt = attempt};
    event.token = attempt;
    event.ttl = 1s;
    event.clock.value = now_;
    event.deadline.value = now_ + 990ms;
    result.history.events.push_back(event);
    return result.history.events.back();
  }
  std::uint32_t last() const { return static_cast<std::uint32_t>(result.history.events.size()) - 1; }

  RunStory& wants(std::uint32_t c, std::uint32_t attempt, Duration wait = 3s) {
    add(EventType::invoke, client(c), attempt, Op::lock).wait = wait;
    return *this;
  }
  RunStory& asks(std::uint32_t c, std::uint32_t attempt, Op op, std::string words, std::uint32_t request = 1) {
    add(EventType::invoke, client(c), attempt, op).request = request;
    return sends(client(c), op == Op::write ? resource() : kServer, std::move(words));
  }
  RunStory& answered(std::uint32_t c, std::uint32_t attempt, Op op, EventType type, std::uint32_t request = 1) {
    return add(type, client(c), attempt, op).request = request, *this;
  }
  RunStory& store(EventType type, std::uint32_t attempt, std::uint32_t request = 1) {
    return add(type, kServer, attempt).request = request, *this;
  }
  RunStory& believes(std::uint32_t c, std::uint32_t attempt) {
    return add(EventType::believes, client(c), attempt), *this;
  }

  // Messages: arrive after 1 ms unless something else is said.
  RunStory& sends(std::uint32_t from, std::uint32_t to, std::string words, Duration takes = 1ms) {
    result.messages_told.push_back(
        {sim::TrueTime(now_), sim::TrueTime(now_ + takes), {}, from, to, false, true, false, std::move(words)});
    return *this;
  }
  RunStory& loses(std::uint32_t from, std::uint32_t to, std::string words) {
    sends(from, to, std::move(words));
    result.messages_told.back().lost = true;
    result.messages_told.back().has_arrived = false;
    return *this;
  }

  RunStory& fault(sim::Fault fault) {
    scenario.faults.push_back(fault);
    return begins(static_cast<std::uint32_t>(scenario.faults.size()) - 1);
  }
  RunStory& begins(std::uint32_t fault) { return add(EventType::fault_began, 0).fault = fault, *this; }
  RunStory& ends(std::uint32_t fault) { return add(EventType::fault_ended, 0).fault = fault, *this; }

  RunStory& verdict(models::Property property, std::string shape, std::vector<std::uint32_t> evidence,
                    std::string sentence) {
    result.verdicts.push_back(
        {property, models::Outcome::violation, 1, std::move(evidence), std::move(sentence), std::move(shape)});
    return *this;
  }

  // Client 0 acquires A and is paused; A expires and goes to client 1, while client 0's belief still lasts.
  static RunStory two_holders() {
    RunStory s;
    s.at(1s).wants(0, 1).asks(0, 1, Op::try_lock, "acquire A");
    s.at(1003ms).store(EventType::granted, 1).sends(kServer, client(0), "granted #1");
    s.at(1004ms).believes(0, 1);
    const auto first = s.last();
    s.answered(0, 1, Op::try_lock, EventType::ok).answered(0, 1, Op::lock, EventType::ok);
    s.at(1100ms).fault({sim::FaultKind::pause_process, sim::TrueTime(1100ms), 5s, client(0)});
    s.add(EventType::process_paused, client(0));
    s.at(2010ms).wants(1, 2).asks(1, 2, Op::try_lock, "acquire A");
    s.at(2012ms).store(EventType::expired, 1).store(EventType::granted, 2).sends(kServer, client(1), "granted #2");
    s.at(2013ms).believes(1, 2);
    const auto second = s.last();
    s.verdict(models::Property::belief_exclusion, "two holders", {first, second},
              "client 0 held A from 1.004 s, client 1 was granted A at 2.013 s: two holders for 9 ms");
    return s;
  }

  scenarios::Scenario scenario;
  scenarios::RunResult result;

 private:
  Duration now_{};
};

}  // namespace lockstep::reports
