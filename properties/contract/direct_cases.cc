// What simulated clients hardly get to see: what is asked twice, what is renewed often or too late, and the ends of
// leases to a nanosecond.
#include <fmt/format.h>

#include "properties/contract/contract.h"

namespace lockstep::properties::contract {
namespace {

using namespace std::chrono_literals;
using scenarios::Subject;

Awaitable<void> asked_again(Direct& direct) {
  const auto first = co_await direct.acquire(1, 1s);
  co_await direct.at(500ms);
  const auto second = co_await direct.acquire(1, 1s);
  if (!direct.wants(first && second, "who holds it and asks again with the same key is refused")) co_return;
  direct.wants(
      first->token == second->token,
      fmt::format("who asks again with the same key is given token {} and then {}", first->token, second->token));
  co_await direct.at(500ms + second->valid_for - 1ns);
  direct.wants(!co_await direct.acquire(2, 1s),
               "who asked again is told how long he has it, and somebody else gets it before");
}

constexpr Duration kRounded = 2ms;

Awaitable<void> end_of_lease(Direct& direct) {
  co_await direct.acquire(1, 1s);
  co_await direct.at(1s - 1ns);
  direct.wants(!co_await direct.acquire(2, 1s), "somebody else gets it a nanosecond before the lease ends");
  direct.wants(co_await direct.holder() == 1, "nobody is named as its holder a nanosecond before the lease ends");
  // Many count in whole milliseconds, and a lease that lasts for one more harms nobody.
  co_await direct.at(1s + kRounded);
  direct.wants(co_await direct.holder() == 0, "it is held two milliseconds after the end of its lease still");
  direct.wants(!co_await direct.renew(1, 1s), "it is renewed two milliseconds after the end of its lease");
}

Awaitable<void> looked_at_when_over(Direct& direct) {
  co_await direct.acquire(1, 1s);
  co_await direct.at(2s);
  direct.wants(co_await direct.holder() == 0, "the store names a holder whose lease has ended");
}

Awaitable<void> renewed_too_late(Direct& direct) {
  co_await direct.acquire(1, 1s);
  co_await direct.at(2s);
  direct.wants(!co_await direct.renew(1, 1s), "a lease that has ended is renewed, since nobody came meanwhile");
  direct.wants(co_await direct.holder() == 0, "a renewal that came too late has made a holder");
  const auto other = co_await direct.acquire(2, 1s);
  direct.wants(other.has_value(), "a renewal that came too late keeps others from it");
  direct.wants(!co_await direct.renew(1, 1s), "a former holder renews what another holds");
}

Awaitable<void> renewed_by_nobody(Direct& direct) {
  direct.wants(!co_await direct.renew(1, 1s), "who has never held it renews it");
  direct.wants(!co_await direct.release(1), "who has never held it gives it back");
  co_await direct.acquire(2, 1s);
  direct.wants(!co_await direct.renew(1, 1s), "who has never held it renews what another holds");
  direct.wants(!co_await direct.release(1), "who has never held it gives back what another holds");
  direct.wants(co_await direct.holder() == 2, "somebody else's renewal or release has ended the lease");
}

// Each renewal is a full ttl from then on, and no more.
Awaitable<void> renewed_often(Direct& direct) {
  co_await direct.acquire(1, 1s);
  for (int i = 1; i <= 30; ++i) {
    co_await direct.at(i * 500ms);
    if (!direct.wants(co_await direct.renew(1, 1s), fmt::format("renewal {} of a living lease is refused", i)))
      co_return;
  }
  co_await direct.at(16s - 1ms);
  direct.wants(!co_await direct.acquire(2, 1s), "a lease that was renewed at 15 s for 1 s ends before 16 s");
  co_await direct.at(16s + kRounded);
  direct.wants((co_await direct.acquire(3, 1s)).has_value(),
               "a lease that was renewed thirty times, last at 15 s for 1 s, lasts longer than 16 s");
}

Awaitable<void> released_too_late(Direct& direct) {
  co_await direct.acquire(1, 1s);
  co_await direct.at(2s);
  direct.wants(!co_await direct.release(1), "a lease that has ended is given back as if it had been held");
  co_await direct.acquire(2, 1s);
  direct.wants(!co_await direct.release(1), "a former holder gives back what another holds");
  direct.wants(co_await direct.holder() == 2, "a former holder's release has ended the lease of another");
}

Awaitable<void> many_grants(Direct& direct) {
  Token last = 0;
  for (std::uint64_t i = 1; i <= 600; ++i) {
    const auto granted = co_await direct.acquire(i, 1s);
    if (!direct.wants(granted.has_value(), fmt::format("grant {} in a row is refused", i))) co_return;
    const bool rises = granted->token > last;
    if (!direct.wants(rises, fmt::format("after {} grants token {} comes after token {}", i, granted->token, last)))
      co_return;
    last = granted->token;
    if (i % 2 == 0) {
      co_await direct.release(i);
    } else {
      co_await direct.at(i * (1s + kRounded));
    }
  }
}

Awaitable<void> bytes_and_digits(Direct& direct) {
  co_await direct.acquire(1, 1s, "\xff");
  direct.wants((co_await direct.acquire(2, 1s, "ff")).has_value(), "the byte ff and the text \"ff\" are one lock");
}

std::string_view asked(const Subject& s) {
  return can_be_asked(s) ? "" : "to be asked without its clients' library and a network";
}
std::string_view asked_and_ends(const Subject& s) {
  if (s.claims.on_machine_time) return "simulated time, to which a nanosecond is one";
  return asked(s).empty() ? leases_that_end(s) : asked(s);
}
std::string_view asked_and_tokens(const Subject& s) {
  return asked_and_ends(s).empty() ? tokens(s) : asked_and_ends(s);
}

}  // namespace

std::vector<Case> direct_cases() {
  return {
      {"asked-again", "who asks again for what he holds is given the same once more", Aspect::exclusion, asked_and_ends,
       nullptr, asked_again},
      {"end-of-lease", "a lease lives until its end, and soon after no more", Aspect::exclusion, asked_and_ends,
       nullptr, end_of_lease},
      {"looked-at-when-over", "nobody is named when the lease is over", Aspect::exclusion, asked_and_ends, nullptr,
       looked_at_when_over},
      {"renewed-too-late", "what is over is not renewed, also if nobody came", Aspect::exclusion, asked_and_ends,
       nullptr, renewed_too_late},
      {"renewed-by-nobody", "who never held it neither renews it nor gives it back", Aspect::exclusion, asked, nullptr,
       renewed_by_nobody},
      {"renewed-often", "however often it was renewed, it ends a ttl after the last time", Aspect::exclusion,
       asked_and_ends, nullptr, renewed_often},
      {"released-too-late", "what is over is not given back", Aspect::exclusion, asked_and_ends, nullptr,
       released_too_late},
      {"many-grants", "tokens rise in hundreds of grants", Aspect::fencing, asked_and_tokens, nullptr, many_grants},
      {"names-bytes", "a byte and its digits are two locks", Aspect::exclusion, asked, nullptr, bytes_and_digits},
  };
}

}  // namespace lockstep::properties::contract
