// Small races: what happens at one instant, in each order that the noise makes of it. What is right is left to the
// properties.
#include "properties/contract/contract.h"

namespace lockstep::properties::contract {

using namespace std::chrono_literals;
using scenarios::Ending;
using scenarios::Subject;

namespace {

Plot all_at_once(const Subject& subject) {
  Plot plot(subject, 5);
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint32_t client = 0; client < 5; ++client) plot.use(client, 100ms + round * 2s).holds(300ms);
  }
  plot.use(0, 8s).granted(8s + plot.quick());
  return plot;
}

Plot hand_over(const Subject& subject) {
  Plot plot(subject, 5);
  for (std::uint32_t round = 0; round < 3; ++round) {
    const Duration start = 100ms + round * 2s;
    plot.use(0, start).holds(500ms).granted();
    for (std::uint32_t client = 1; client < 5; ++client) plot.use(client, start + 499ms + client * 500us).holds(100ms);
  }
  plot.use(0, 9s).granted(9s + plot.quick());
  return plot;
}

// Renewed, given back and wanted, all about when the lease ends.
Plot about_the_end(const Subject& subject) {
  Plot plot(subject, 5);
  plot.use(0, 100ms).ttl(1s).without_renewal().holds(998ms).granted();
  for (std::uint32_t client = 1; client < 5; ++client) plot.use(client, 1098ms + client * 1ms).holds(300ms);
  plot.use(0, 3s).ttl(1s).without_renewal().ends(Ending::forget).granted(3s + plot.quick());
  for (std::uint32_t client = 1; client < 5; ++client) plot.use(client, 3999ms + client * 1ms).ttl(1s).holds(300ms);
  plot.use(0, 12s).granted(12s + plot.quick());
  return plot;
}

Plot everybody_waits(const Subject& subject) {
  Plot plot(subject, 5);
  plot.use(0, 100ms).holds(500ms).granted();
  for (std::uint32_t client = 1; client < 5; ++client) plot.use(client, 300ms).waits(30s).holds(200ms).granted();
  return plot;
}

}  // namespace

std::vector<Case> race_cases() {
  return {
      {"all-at-once", "of five who ask at once, one at most gets it", Aspect::exclusion, nothing, all_at_once},
      {"hand-over", "of four who ask while it is given back, one at most gets it", Aspect::exclusion, nothing,
       hand_over},
      {"about-the-end", "of five about the end of a lease, one at a time has it", Aspect::exclusion, leases_that_end,
       about_the_end},
      {"everybody-waits", "of four who wait, each gets it in the end", Aspect::liveness, nothing, everybody_waits},
  };
}

}  // namespace lockstep::properties::contract
