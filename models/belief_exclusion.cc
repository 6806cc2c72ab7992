// S2: no two clients take themselves for the holder at one true instant. One sweep over the beliefs in the
// order in which they began. Half open: a belief that ends at the instant at which another begins is no
// overlap.
#include <fmt/format.h>

#include <array>

#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

constexpr std::size_t kModes = 3;

// For one lock: of the beliefs so far, the one that lasts longest in each mode.
struct Longest {
  std::array<const Belief*, kModes> by_mode{};
  std::uint32_t first_process = kNever;
  bool several = false;  // processes have believed

  bool follows_another(std::uint32_t process) const {
    return several || (first_process != kNever && first_process != process);
  }
  void add(const Belief& belief, Mode mode) {
    const Belief*& longest = by_mode[static_cast<std::size_t>(mode)];
    if (longest == nullptr || longest->to < belief.to) longest = &belief;
    if (first_process == kNever) first_process = belief.process;
    several = several || first_process != belief.process;
  }
};

// The `believes` that still counted when `index` happened.
std::uint32_t belief_at(const Facts& facts, const Belief& belief, std::uint32_t index) {
  for (std::uint32_t i = index; i > belief.began; --i) {
    const Event& e = facts.event(i);
    if (e.type == EventType::believes && e.attempt == belief.attempt) return i;
  }
  return belief.began;
}

void two_holders(Findings& findings, const Facts& facts, const Bounds& bounds, const Belief& held,
                 const Belief& other) {
  if (findings.violated()) return;
  const auto [holder, newcomer] = client_names(facts, held.attempt, other.attempt);
  const std::string lock = lock_name(*facts.history, facts.attempts[held.attempt].lock);
  const Instant over = std::min({held.to, other.to, bounds.end});
  const std::string until = held.to == Instant::max() ? "to the end" : "until " + seconds(held.to);
  const std::string span = over > other.from ? " for " + length(over - other.from) : "";
  findings.violation(
      "two holders", {belief_at(facts, held, other.began), other.began},
      fmt::format("{} held {} from {}, {} was granted {} at {} while {} still believed {}: "
                  "two holders{}",
                  holder, lock, seconds(held.from), newcomer, lock, seconds(other.from), holder, until, span));
}

}  // namespace

Verdict belief_exclusion(const Facts& facts, const Bounds& bounds) {
  Findings findings(Property::belief_exclusion);
  std::vector<Longest> longest(facts.locks);
  for (const Belief& belief : facts.beliefs) {
    const AttemptFacts& a = facts.attempts[belief.attempt];
    Longest& before = longest[a.lock];
    if (before.follows_another(belief.process)) findings.exercised();
    if (belief.from == belief.to) continue;
    for (std::size_t mode = 0; mode < kModes; ++mode) {
      const Belief* held = before.by_mode[mode];
      if (held == nullptr || held->to <= belief.from || compatible(static_cast<Mode>(mode), a.mode)) continue;
      two_holders(findings, facts, bounds, *held, belief);
    }
    before.add(belief, a.mode);
  }
  return std::move(findings).verdict();
}

}  // namespace lockstep::models
