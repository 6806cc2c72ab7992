// S3's small world: some operations on one lock, each with the events between which it took effect, and the question
// whether one order of them explains every answer. Knows the sequential rules of a mutex, a lock of readers and
// writers and a semaphore, where a hold may also end by itself from some instant on; knows no history.
// Source: Wing and Gong 1993; Lowe 2017.
#pragma once

#include <cstdint>
#include <vector>

#include "models/facts.h"
#include "models/history.h"

namespace lockstep::models {

struct WindowOp {
  enum class Kind : std::uint8_t {
    // These change what is held.
    grant,
    release,
    downgrade,
    // These are answers that tell what is held.
    refusal,   // something was in the way, or the attempt was over already
    renewal,   // the lease lived
    not_held,  // it did not
  };
  Kind kind{};
  std::uint32_t who = 0;  // index into Window::holders
  // Took effect after the first event and before the second. Without a second one it may have taken effect late, or not
  // at all.
  std::uint32_t invoked = 0, returned = kNever;
  std::uint64_t token = 0;       // grant; 0: not known
  std::uint32_t named = kNever;  // refusal: the holder it named, an index into Window::holders
  std::uint32_t line = 0;        // refusal of permits: that others may have waited for in front
  // Grant, renewal, downgrade: from then on the lease may run out, if it counts from here.
  Instant runs_out = Instant::max();
};

struct WindowHolder {
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;
  std::uint32_t attempt = 0;
  Instant may_end = Instant::max();  // from then on whatever its lease says: a break, a crash
};

struct Window {
  std::uint32_t capacity = 0;  // of a semaphore; 0: not known
  std::uint64_t token = 0;     // the highest one before
  std::vector<WindowHolder> holders;
  std::vector<WindowOp> ops;  // at most kMostChanges that change something, at most kMostAnswers that do not
};

inline constexpr std::size_t kMostChanges = 16, kMostAnswers = 64, kMostStates = 20'000;

struct WindowAnswer {
  enum class Found : std::uint8_t { order, none, too_long };
  Found found = Found::order;
  // When there is none: what the longest explanation could not explain, and who held the lock there.
  std::uint32_t stuck = 0;
  std::vector<std::uint32_t> holding;  // indices into Window::holders
};

// `at` gives the instant of an event.
WindowAnswer search(const Window& window, const History& history);

}  // namespace lockstep::models
