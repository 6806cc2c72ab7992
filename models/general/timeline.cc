// Sorts the invocations and returns, and gives each call a bit that no other call has while it is open.
#include "models/general/timeline.h"

#include <algorithm>
#include <initializer_list>
#include <tuple>

namespace lockstep::general {

Timeline::Timeline(std::span<const Interval> calls)
    : invoked_at(calls.size(), kNone), returned_at(calls.size(), kNone), bit(calls.size(), kNone) {
  struct Event {
    Instant at;
    bool returns;
    std::uint32_t call;
    auto key() const { return std::tuple(at, returns, call); }
  };
  std::vector<Event> events;
  events.reserve(2 * calls.size());
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    if (calls[i].left_out) continue;
    events.push_back({calls[i].invoked, false, i});
    if (calls[i].returned != kNever) events.push_back({calls[i].returned, true, i});
  }
  const auto before = [](const Event& a, const Event& b) { return a.key() < b.key(); };
  if (!std::is_sorted(events.begin(), events.end(), before)) std::sort(events.begin(), events.end(), before);

  std::vector<std::uint32_t> unused;
  std::uint32_t bits = 0, newest = kNone;
  for (std::uint32_t place = 0; place < events.size(); ++place) {
    const std::uint32_t call = events[place].call;
    if (!events[place].returns) {
      invoked_at[call] = place;
      invocations.push_back(call);
      if (unused.empty()) unused.push_back(bits++);
      bit[call] = unused.back();
      unused.pop_back();
      if (calls[call].returned == kNever) newest = call;
    } else {
      returned_at[call] = place;
      returns.push_back(call);
      newest_unknown.push_back(newest);
      if (bit[call] != kNone) unused.push_back(bit[call]);  // else it ends before it begins
    }
  }
  words = (bits + 63) / 64;
}

std::size_t Timeline::bytes() const {
  std::size_t numbers = 0;
  for (const auto* list : {&invoked_at, &returned_at, &returns, &invocations, &newest_unknown, &bit})
    numbers += list->capacity();
  return numbers * sizeof(std::uint32_t);
}

Waiting::Waiting(const Timeline& timeline)
    : returned_(static_cast<std::uint32_t>(timeline.invoked_at.size())),
      next_(timeline.invoked_at.size() + 2),
      previous_(timeline.invoked_at.size() + 2) {
  for (const std::uint32_t end : {returned_, returned_ + 1}) next_[end] = previous_[end] = end;
  for (const std::uint32_t i : timeline.invocations) {
    const bool unknown = timeline.returned_at[i] == kNone;
    next_[i] = unknown ? next_[returned_ + 1] : returned_;
    previous_[i] = unknown ? returned_ + 1 : previous_[returned_];
    put_back(i);
  }
}

}  // namespace lockstep::general
