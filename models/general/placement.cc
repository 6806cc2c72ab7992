// Placing a call passes the returns of those who are placed; taking it back does the same backwards.
#include "models/general/placement.h"

namespace lockstep::general {

void Placement::place(std::uint32_t call) {
  placed_.push_back({call, passed_});
  waiting_.take(call);
  hash_ ^= mix(1, call);
  flip(call);
  for (; !is_complete() && was_asked(due()) && is_placed(due()); ++passed_) flip(due());
}

void Placement::take_back() {
  const auto [call, passed] = placed_.back();
  while (passed_ > passed) flip(timeline_.returns[--passed_]);
  flip(call);
  hash_ ^= mix(1, call);
  waiting_.put_back(call);
  placed_.pop_back();
}

}  // namespace lockstep::general
