// The five that every list has, and what an engineer tries next.
#include "properties/contract/contract.h"

namespace lockstep::properties::contract {

using namespace std::chrono_literals;
using scenarios::Act;
using scenarios::Ending;
using scenarios::Subject;

namespace {

Plot acquire_and_release(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).granted(100ms + plot.quick());
  plot.use(0, 2s).granted(2s + plot.quick());
  plot.use(1, 4s).granted(4s + plot.quick());
  return plot;
}

Plot mutual_exclusion(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).holds(1500ms).granted();
  plot.use(1, 1s).refused("client 0 holds it");
  plot.use(1, 4s).granted(4s + plot.quick());
  return plot;
}

Plot expiry_after_ttl(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(2s).without_renewal().ends(Ending::forget).granted();
  plot.use(1, 1500ms).refused("the lease of client 0 lasts until 2.1 s");
  plot.use(1, 1800ms).waits(10s).granted_between(2100ms, 1800ms + 4s + plot.notice(),
                                                 "the lease of client 0 ends at 2.1 s");
  return plot;
}

// Left by its end, and by an exception.
Plot scoped_use(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ends(Ending::scope).granted();
  plot.use(1, 2s).granted(2s + plot.quick());
  plot.use(0, 4s).ends(Ending::thrown).granted(4s + plot.quick());
  plot.use(1, 6s).granted(6s + plot.quick());
  return plot;
}

Plot release_is_idempotent(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ends(Ending::twice).granted();
  plot.use(1, 2s).granted(2s + plot.quick());
  return plot;
}

// Whoever never got it gives it back: his request was heard, and its answer was not.
Plot owner_check_at_release(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(10s).holds(6s).granted();
  plot.lose_answers(1, 900ms, 800ms);
  plot.use(1, 1s).ttl(10s);
  plot.use(2, 3s).refused("client 0 holds it, and client 1 had nothing to give back");
  return plot;
}

Plot late_release(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(2s).without_renewal().ends(Ending::late).granted();
  plot.use(1, 1900ms).ttl(8s).waits(10s).holds(5s).granted();
  plot.use(2, 6500ms).refused("client 1 holds it; client 0 gave back what was no longer its own");
  return plot;
}

Plot double_acquire(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).holds(1500ms).granted();
  plot.use(0, 800ms).refused("it holds the lock already, in another attempt");
  plot.use(1, 1s).refused("client 0 holds it");
  return plot;
}

Plot names_the_holder(const Subject& subject) {
  Plot plot(subject);
  plot.use(1, 100ms).does(Act::look).sees = kNobody;
  plot.use(0, 500ms).holds(1500ms).granted();
  plot.use(1, 1500ms).does(Act::look).sees = 0;
  plot.use(1, 4s).does(Act::look).sees = kNobody;
  return plot;
}

Plot locks_are_apart(const Subject& subject) {
  Plot plot(subject);
  plot.setting().locks = 3;
  plot.use(0, 100ms).holds(1500ms).granted();
  plot.use(1, 700ms).of(1).holds(1s).granted();
  plot.use(2, 900ms).of(2).granted();
  plot.use(2, 1200ms).of(1).refused("client 1 holds it");
  return plot;
}

}  // namespace

std::vector<Case> basic_cases() {
  return {
      {"acquire-and-release", "what was given back can be had again", Aspect::exclusion, nothing, acquire_and_release},
      {"mutual-exclusion", "while somebody holds it nobody else is let in", Aspect::exclusion, nothing,
       mutual_exclusion},
      {"expiry-after-ttl", "a lease that nobody renews ends after its ttl, and not before", Aspect::liveness,
       leases_that_end, expiry_after_ttl},
      {"scoped-use", "whoever leaves its scope gives it back, also by an exception", Aspect::liveness, nothing,
       scoped_use},
      {"release-is-idempotent", "giving back twice is no error, and the second time nothing was held",
       Aspect::exclusion, nothing, release_is_idempotent},
      {"owner-check-at-release", "whoever does not hold it takes it from nobody by giving it back", Aspect::exclusion,
       servers, owner_check_at_release},
      {"late-release", "whose lease has ended takes it from nobody by giving it back late", Aspect::exclusion,
       leases_that_end, late_release},
      {"double-acquire", "who holds it and asks once more is one who wants it like any other", Aspect::exclusion,
       nothing, double_acquire},
      {"names-the-holder", "who asks is told who holds it, and nobody when nobody does", Aspect::exclusion, nothing,
       names_the_holder},
      {"locks-are-apart", "one lock has no part in another", Aspect::exclusion, nothing, locks_are_apart},
  };
}

}  // namespace lockstep::properties::contract
