// Leases as a picture draws them: for each attempt, from when until when the store says that it holds the lock, its
// client believes so, and its program acts so. Where these three part, locks go wrong.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/history.h"

namespace lockstep::reports {

struct LeaseBar {
  enum class Kind : std::uint8_t {
    store,     // from the grant, or from what a store found when it was opened, until it took the lease back or lost it
    belief,    // of the client's handle
    critical,  // from the answer to the application until it gives the lock back, hears of the loss, or dies
  };
  Kind kind{};
  std::uint32_t attempt = 0;
  std::uint32_t process = 0;  // the client of the attempt; kNobody if the history does not say
  std::uint32_t lock = 0;
  std::uint32_t begin = 0;  // indices into the events of the history
  std::uint32_t end = 0;    // the number of events: it was so until the run was over
};

std::string_view name_of(LeaseBar::Kind kind);

// In the order in which they began. Every begin is before its end.
std::vector<LeaseBar> lease_bars_of(const models::History& history);

}  // namespace lockstep::reports
