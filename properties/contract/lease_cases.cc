// When leases end, and when they do not.
#include "properties/contract/contract.h"

namespace lockstep::properties::contract {

using namespace std::chrono_literals;
using scenarios::Ending;
using scenarios::Subject;

namespace {

Use& forgets(Plot& plot, Duration at, Duration ttl) {
  return plot.use(0, at).ttl(ttl).without_renewal().ends(Ending::forget).granted();
}

// Whoever counts in whole seconds makes either nothing of it or a whole one.
Plot sub_second_ttl(const Subject& subject) {
  Plot plot(subject);
  const Duration ttl = plot.setting().shared_disk ? 600ms : 200ms;
  forgets(plot, 100ms, ttl);
  plot.use(1, 100ms + ttl / 2)
      .waits(10s)
      .granted_between(100ms + ttl, 100ms + 2 * ttl + plot.notice(), "the ttl is shorter than a second");
  return plot;
}

Plot fractional_ttl(const Subject& subject) {
  Plot plot(subject);
  forgets(plot, 100ms, 1900ms);
  plot.use(1, 1700ms).refused("the lease of client 0 lasts until 2 s");
  plot.use(1, 1950ms).waits(10s).granted_between(2s, 5800ms + plot.notice(), "the lease of client 0 ends at 2 s");
  return plot;
}

Plot shortest_ttl(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(1ms).without_renewal().ends(Ending::forget);
  plot.use(1, 1s).waits(10s).granted(2s + plot.notice());
  return plot;
}

Plot longest_ttl(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(1h).holds(90s).granted();
  plot.use(1, 80s).refused("client 0 holds it for an hour");
  plot.use(1, 95s).granted(95s + plot.quick());
  return plot;
}

Plot renewal_extends(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(1500ms).holds(6s).granted();
  plot.use(1, 2s).refused("client 0 renews");
  plot.use(1, 4s).refused("client 0 renews");
  plot.use(1, 5800ms).refused("client 0 renews");
  plot.use(1, 8s).granted(8s + plot.quick());
  return plot;
}

// The holder is away for longer than its lease, and somebody else has it when he comes back.
Plot renewal_after_expiry(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(1500ms).holds(10s).granted();
  plot.pause_client(0, 200ms, 5s);
  plot.use(1, 1s).ttl(8s).waits(4s).holds(6s).granted_between(1600ms, 5s, "client 0 cannot have renewed");
  plot.use(2, 6500ms).refused("client 1 holds it; the lease of client 0 cannot come back");
  return plot;
}

// A renewal comes to a store that has given the lock to somebody else by then.
Plot late_renewal(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(1500ms).holds(8s).granted();
  plot.delay_requests(0, 400ms, 600ms, 2s);
  plot.use(1, 1s).ttl(8s).waits(4s).holds(6s);
  plot.use(2, 6s);
  return plot;
}

Plot dead_holder(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(2s).holds(1min).granted();
  plot.stop_client(0, 1s, 8s);
  plot.use(1, 1500ms).waits(10s).granted(1500ms + 6s + plot.notice());
  return plot;
}

Plot holder_after_restart(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(6s).holds(1min).granted();
  plot.stop_client(0, 1s, 500ms);
  plot.use(0, 3s).refused("its own lease of before the crash is another attempt's");
  return plot;
}

// Whoever keeps the leases is away for a moment.
Plot lease_survives_restart(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(8s).without_renewal().ends(Ending::forget).granted();
  plot.stop_store(1s, 500ms);
  plot.use(1, 4s).refused("client 0 holds it until 8.1 s, and the store has come back");
  plot.use(1, 7s).waits(20s).granted_between(8100ms, 24s, "the lease of client 0 ends at 8.1 s");
  return plot;
}

Plot release_survives_restart(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(1min).granted();
  plot.stop_store(2s, 500ms);
  plot.use(1, 5s).granted(5s + plot.quick());
  return plot;
}

// Where clients keep the store themselves it dies with them.
std::string_view clients_that_die(const Subject& s) {
  return servers(s).empty() || s.claims.durable || !s.claims.leases_end ? "" : "to survive a crash";
}
std::string_view clients_that_die_and_ends(const Subject& s) {
  return clients_that_die(s).empty() ? leases_that_end(s) : clients_that_die(s);
}

std::string_view wall_immune(const Subject& s) {
  if (s.claims.on_machine_time) return "simulated dates";
  return s.claims.wall_clock_immune ? leases_that_end(s) : "that dates may step";
}

Plot wall_goes_forward(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(6s).without_renewal().ends(Ending::forget).granted();
  plot.step_wall(1s, 1h);
  plot.use(1, 3s).refused("the lease of client 0 lasts until 6.1 s, whatever the date is");
  return plot;
}

Plot wall_goes_back(const Subject& subject) {
  Plot plot(subject);
  forgets(plot, 100ms, 2s);
  plot.step_wall(1s, -1h);
  plot.use(1, 1500ms).waits(20s).granted_between(2100ms, 1500ms + 4s + plot.notice(),
                                                 "the lease of client 0 ends at 2.1 s, whatever the date is");
  return plot;
}

}  // namespace

std::vector<Case> lease_cases() {
  return {
      {"sub-second-ttl", "a ttl below a second is neither nothing nor a second", Aspect::liveness, leases_that_end,
       sub_second_ttl},
      {"fractional-ttl", "a ttl of 1.9 s is neither 1 s nor for ever", Aspect::liveness, leases_that_end,
       fractional_ttl},
      {"shortest-ttl", "a lease of 1 ms is given, and ends", Aspect::liveness, leases_that_end, shortest_ttl},
      {"longest-ttl", "a lease of an hour lasts, and can be given back", Aspect::exclusion, nothing, longest_ttl},
      {"renewal-extends", "who renews keeps it", Aspect::exclusion, nothing, renewal_extends},
      {"renewal-after-expiry", "what has ended is not renewed, and whoever has it now keeps it", Aspect::exclusion,
       leases_that_end, renewal_after_expiry},
      {"late-renewal", "a renewal that comes late takes it from nobody", Aspect::exclusion, servers_and_ends,
       late_renewal},
      {"dead-holder", "a dead holder's lock comes free", Aspect::liveness, clients_that_die, dead_holder},
      {"holder-after-restart", "who dies and comes back does not hold what he held", Aspect::exclusion,
       clients_that_die_and_ends, holder_after_restart},
      {"lease-survives-restart", "the store comes back from a crash with the leases that it gave", Aspect::crashes,
       durable_servers, lease_survives_restart},
      {"release-survives-restart", "and without those that were given back", Aspect::crashes, durable_servers,
       release_survives_restart},
      {"wall-goes-forward", "no lease ends early because somebody sets the date", Aspect::exclusion, wall_immune,
       wall_goes_forward},
      {"wall-goes-back", "no lease lasts longer because somebody sets the date", Aspect::liveness, wall_immune,
       wall_goes_back},
  };
}

}  // namespace lockstep::properties::contract
