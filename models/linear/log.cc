// What of a log can be derived: names, and the order of its events.
#include "models/linear/log.h"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep::linear {

std::string name_of(const Log& log, std::uint32_t hold) {
  if (hold >= log.strangers && hold != kNone) return "somebody from before the log";
  if (const auto named = log.names.find(hold); named != log.names.end()) return "sid " + named->second;
  if (hold < log.sids.size() && log.sids[hold] != kNoNumber) return fmt::format("sid {}", log.sids[hold]);
  return fmt::format("attempt {} of the log", hold + 1);
}

void put_in_order(Log& log) {
  log.events.clear();
  for (std::uint32_t i = 0; i < log.operations.size(); ++i) {
    log.events.push_back(2 * i);
    if (log.operations[i].returned != kNever) log.events.push_back(2 * i + 1);
  }
  std::ranges::stable_sort(log.events, [&](std::uint32_t a, std::uint32_t b) {
    const Instant x = instant_of(log, a), y = instant_of(log, b);
    return x != y ? x < y : a % 2 < b % 2;
  });
}

}  // namespace lockstep::linear
