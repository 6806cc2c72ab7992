// Waiting, giving up, and the line.
#include "properties/contract/contract.h"

namespace lockstep::properties::contract {

using namespace std::chrono_literals;
using scenarios::Ending;
using scenarios::Subject;

namespace {

Plot wait_limit(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(5s).holds(8s).granted();
  plot.use(1, 1s).waits(2s).timed_out(3s, 3s + subject.client.patience + plot.quick());
  plot.use(1, 5s).refused("client 0 holds it");
  plot.use(1, 10s).granted(10s + plot.quick());
  return plot;
}

Plot waiter_at_release(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(5s).holds(2s).granted();
  plot.use(1, 1s).waits(8s).granted_between(2100ms, 2100ms + plot.quick() + plot.notice(),
                                            "client 0 gives it back at 2.1 s");
  return plot;
}

Plot waiter_at_expiry(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(1s).without_renewal().ends(Ending::forget).granted();
  plot.use(1, 500ms).waits(8s).granted_between(1100ms, 2500ms + plot.notice(), "the lease of client 0 ends at 1.1 s");
  return plot;
}

// Who waited has it as well as anybody.
Plot granted_to_a_waiter(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(5s).holds(1900ms).granted();
  plot.use(1, 1s).ttl(8s).waits(8s).holds(4s).granted_between(2s, 2s + plot.quick() + plot.notice(),
                                                              "client 0 gives it back at 2 s");
  plot.use(2, 4s).refused("client 1 holds it since client 0 gave it back");
  plot.use(2, 4500ms).waits(8s).granted(8s + plot.quick() + plot.notice());
  return plot;
}

Plot who_gave_up(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(5s).holds(2s).granted();
  plot.use(1, 1s).waits(8s).gives_up_after(500ms).given_up();
  plot.use(2, 4s).granted(4s + plot.quick());
  plot.use(0, 6s).granted(6s + plot.quick());
  return plot;
}

// He gives up at the very instant at which he may be granted it.
Plot gives_up_at_hand_over(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(5s).holds(1900ms).granted();
  plot.use(1, 1s).waits(8s).ttl(1min).gives_up_after(1003ms);
  plot.use(2, 5s).granted(5s + plot.quick());
  return plot;
}

std::string_view fair(const Subject& s) { return s.claims.fair ? "" : "a line: first come, first served"; }

Plot queue_order(const Subject& subject) {
  Plot plot(subject, 4);
  plot.use(0, 100ms).ttl(5s).holds(2s).granted();
  plot.use(1, 500ms).waits(20s).holds(1s).granted_between(2100ms, 2900ms + plot.notice(),
                                                          "client 1 is the first in line");
  plot.use(2, 800ms).waits(20s).holds(1s).granted_between(3100ms, 4300ms + 2 * plot.notice(),
                                                          "client 2 is the second in line");
  plot.use(3, 1100ms).waits(20s).granted_between(4100ms, 5700ms + 3 * plot.notice(), "client 3 is the third in line");
  return plot;
}

Plot stale_waiter(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(5s).holds(2s).granted();
  plot.use(1, 500ms).waits(20s);
  plot.stop_client(1, 1s, 15s);
  plot.use(2, 1500ms).waits(20s).granted(2100ms + 5s + plot.notice());
  return plot;
}

Plot impatient_waiter(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(5s).holds(3s).granted();
  plot.use(1, 500ms).waits(1s).timed_out(1500ms, 1500ms + subject.client.patience + plot.quick());
  plot.use(2, 1s).waits(20s).granted(3100ms + plot.quick() + plot.notice());
  return plot;
}

std::string_view fair_and_servers(const Subject& s) { return fair(s).empty() ? servers(s) : fair(s); }

}  // namespace

std::vector<Case> waiting_cases() {
  return {
      {"wait-limit", "a wait ends when its limit is over, and leaves nothing behind", Aspect::liveness, nothing,
       wait_limit},
      {"waiter-at-release", "who waits gets it when it is given back", Aspect::liveness, nothing, waiter_at_release},
      {"waiter-at-expiry", "who waits gets it when the lease ends", Aspect::liveness, leases_that_end,
       waiter_at_expiry},
      {"granted-to-a-waiter", "who waited for it has it as well as anybody", Aspect::exclusion, nothing,
       granted_to_a_waiter},
      {"who-gave-up", "who gives up waiting does not hold it afterwards", Aspect::liveness, nothing, who_gave_up},
      {"gives-up-at-hand-over", "neither does who gives up while he is given it", Aspect::liveness, nothing,
       gives_up_at_hand_over},
      {"queue-order", "who came first gets it first", Aspect::fairness, fair, queue_order},
      {"stale-waiter", "a dead waiter does not keep the others from it", Aspect::fairness, fair_and_servers,
       stale_waiter},
      {"impatient-waiter", "neither does one who has left the line", Aspect::fairness, fair, impatient_waiter},
  };
}

}  // namespace lockstep::properties::contract
