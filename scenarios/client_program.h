// What a simulated client does: the steps that the scenario gives it, each as one use of a lock through the real
// client library, and after healing one more acquisition of every wanted lock, by which liveness is judged.
#pragma once

#include "impl/client/lock_client.h"
#include "scenarios/resource.h"
#include "scenarios/run_directory.h"
#include "scenarios/subject.h"

namespace lockstep::scenarios {

// What a run holds its clients to; the checkers get the same figures.
struct Calibration {
  Duration longest_ttl{};
  Duration probe_wait{};  // wait limit of the acquisition after healing
  Duration progress_slack{};
  Duration answer_slack{};
  Duration loss_slack{};
};
Calibration calibrate(const Scenario& scenario, const Subject& subject);

// Shared by the programs of one run.
struct RunContext {
  const Scenario& scenario;
  const Subject& subject;
  Calibration calibration;
  sim::World& world;
  Recorder& recorder;
  std::vector<Fence> fences{};  // what the resource remembers, one for each lock
  RunDirectory directory{};
  std::uint32_t groups = 0;       // acquisitions of several locks so far
  std::uint32_t probes_open = 0;  // clients that have not finished their acquisitions after healing
};

Awaitable<void> client_program(sim::Incarnation& self, RunContext& context, std::uint32_t client);
Awaitable<void> server_program(sim::Incarnation& self, RunContext& context, std::uint32_t server);

}  // namespace lockstep::scenarios
