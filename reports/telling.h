// What a page shows of a violation beside that which the ladder does.
#pragma once

#include <cstdint>
#include <set>

#include "models/verdict.h"
#include "scenarios/run.h"

namespace lockstep::reports {

struct Telling {
  // Of messages told: those in flight while it went wrong, from the request that the first of the events that prove it
  // followed from to the last of them, of which it is not known to which request they belong, since a lock that others
  // wrote speaks its own language. Of very many none.
  std::set<std::uint32_t> messages;
  // Of events: that somebody else gave a lock concerned back, or broke it, while those who prove it wanted or held it.
  std::set<std::uint32_t> events;
};
Telling telling_of(const scenarios::RunResult& result, const models::Verdict& told);

}  // namespace lockstep::reports
