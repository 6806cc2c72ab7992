// Readers and writers, and permits of a semaphore.
#include "properties/contract/contract.h"

namespace lockstep::properties::contract {

using namespace std::chrono_literals;
using scenarios::Subject;

namespace {

std::string_view readers(const Subject& s) { return s.claims.shared_mode ? "" : "readers that hold it together"; }
std::string_view permits(const Subject& s) { return s.claims.permits ? "" : "permits of a semaphore"; }

Plot readers_together(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).shared().holds(3s).granted();
  plot.use(1, 1s).shared().holds(1s).granted();
  plot.use(2, 1500ms).refused("two read");
  plot.use(2, 2500ms).refused("client 0 reads still");
  plot.use(2, 5s).granted(5s + plot.quick());
  return plot;
}

Plot writer_alone(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).holds(2s).granted();
  plot.use(1, 1s).shared().refused("client 0 writes");
  plot.use(2, 1400ms).refused("client 0 writes");
  plot.use(1, 4s).shared().granted(4s + plot.quick());
  return plot;
}

Plot writer_becomes_reader(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(10s).holds(6s).granted().step.downgrade = true;
  plot.use(1, 1s).shared().refused("client 0 writes until 3.1 s");
  plot.use(1, 4s).shared().granted(4s + plot.quick());
  plot.use(2, 5s).refused("client 0 reads");
  return plot;
}

Plot permits_are_counted(const Subject& subject) {
  Plot plot(subject);
  plot.setting().capacities = {3};
  plot.use(0, 100ms).permits(2).holds(3s).granted();
  plot.use(1, 1s).permits(1).holds(1s).granted();
  plot.use(2, 1500ms).permits(1).refused("all three are taken");
  plot.use(2, 2500ms).permits(2).refused("one is free");
  plot.use(2, 2800ms).permits(1).granted();
  plot.use(1, 5s).permits(3).granted(5s + plot.quick());
  return plot;
}

std::string_view permits_that_end(const Subject& s) { return permits(s).empty() ? leases_that_end(s) : permits(s); }

Plot permits_expire(const Subject& subject) {
  Plot plot(subject);
  plot.setting().capacities = {2};
  plot.use(0, 100ms).ttl(2s).without_renewal().ends(scenarios::Ending::forget).granted();
  plot.use(1, 500ms).ttl(10s).holds(6s).granted();
  plot.use(2, 1s).refused("both are taken");
  plot.use(2, 1500ms).waits(8s).granted_between(2100ms, 5500ms + plot.notice(), "the lease of client 0 ends at 2.1 s");
  plot.use(0, 6s).permits(2).refused("client 1 has one");
  return plot;
}

}  // namespace

std::vector<Case> mode_cases() {
  return {
      {"readers-together", "readers hold it together, and a writer none the while", Aspect::exclusion, readers,
       readers_together},
      {"writer-alone", "a writer holds it alone", Aspect::exclusion, readers, writer_alone},
      {"writer-becomes-reader", "a writer becomes a reader without a gap", Aspect::exclusion, readers,
       writer_becomes_reader},
      {"permits-are-counted", "of a semaphore's permits no more are out than there are", Aspect::exclusion, permits,
       permits_are_counted},
      {"permits-expire", "permits whose lease ends come back, once", Aspect::liveness, permits_that_end,
       permits_expire},
  };
}

}  // namespace lockstep::properties::contract
