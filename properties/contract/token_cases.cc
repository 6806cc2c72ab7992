// Fencing tokens rise, whatever ended the lease before; and who asks again because he was not answered is one grant.
#include "properties/contract/contract.h"

namespace lockstep::properties::contract {

using namespace std::chrono_literals;
using scenarios::Act;
using scenarios::Ending;
using scenarios::Subject;

namespace {

Plot over_release(const Subject& subject) {
  Plot plot(subject);
  for (std::uint32_t i = 0; i < 6; ++i) plot.use(i % 3, 100ms + i * 1s).granted();
  return plot;
}

Plot over_expiry(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(500ms).without_renewal().ends(Ending::forget).granted();
  plot.use(1, 300ms).ttl(500ms).waits(10s).without_renewal().ends(Ending::forget).granted();
  plot.use(2, 500ms).ttl(500ms).waits(20s).granted();
  return plot;
}

Plot over_restart(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).granted();
  plot.stop_store(1s, 500ms);
  plot.use(1, 4s).granted();
  plot.stop_store(5s, 500ms);
  plot.use(2, 8s).granted();
  return plot;
}

// Whatever a lock does with its tokens when nobody uses it for long: a record that is deleted begins anew.
Plot over_a_long_time(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(1s).granted();
  plot.use(1, 3h).ttl(1s).granted();
  return plot;
}

Plot over_break(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(10s).holds(5s).granted();
  plot.use(1, 1s).does(Act::break_lock);
  plot.use(2, 2s).granted(2s + plot.quick());
  return plot;
}

// He was granted it and did not hear of it: the same lease, if he asks again.
Plot retried_acquire(const Subject& subject) {
  Plot plot(subject);
  plot.lose_answers(0, 50ms, 700ms);
  plot.use(0, 100ms).ttl(5s).waits(4s).holds(2s).granted(3s);
  plot.use(1, 2s).refused("client 0 holds it");
  plot.use(1, 7s).granted(7s + plot.quick());
  return plot;
}

// It was given back, and he did not hear of it.
Plot retried_release(const Subject& subject) {
  Plot plot(subject);
  plot.use(0, 100ms).ttl(3s).holds(500ms).granted();
  plot.lose_answers(0, 550ms, 700ms);
  plot.use(1, 700ms).ttl(5s).waits(3s).holds(3s).granted(1s + plot.notice());
  plot.use(2, 3s).refused("client 1 holds it; what client 0 asks again was done before");
  return plot;
}

std::string_view administration(const Subject& s) {
  return s.claims.administration ? "" : "to be broken by an administrator";
}

}  // namespace

std::vector<Case> token_cases() {
  return {
      {"tokens-over-release", "each grant has a higher token", Aspect::fencing, tokens, over_release},
      {"tokens-over-expiry", "also after a lease that ran out", Aspect::fencing, tokens_and_ends, over_expiry},
      {"tokens-over-restart", "also after a crash of the store", Aspect::fencing, tokens_and_servers, over_restart},
      {"tokens-over-time", "also after hours in which nobody wanted it", Aspect::fencing, tokens, over_a_long_time},
      {"broken-lock", "what an administrator breaks comes free, and its tokens go on rising", Aspect::exclusion,
       administration, over_break},
      {"retried-acquire", "who asks again because he heard nothing is given it once", Aspect::exclusion, servers,
       retried_acquire},
      {"retried-release", "who gives back again because he heard nothing takes it from nobody", Aspect::exclusion,
       servers, retried_release},
  };
}

}  // namespace lockstep::properties::contract
