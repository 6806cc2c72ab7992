// S2: no two clients take themselves for the holder at one true instant, and of a semaphore's permits no more are
// believed to be held than there are. One sweep over the claims in the order in which they began. Half open: a belief
// that ends at the instant at which another begins is no overlap.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/claims.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

constexpr std::size_t kModes = 3;

class BeliefExclusion {
 public:
  BeliefExclusion(const Facts& facts, const Bounds& bounds)
      : facts_(facts), bounds_(bounds), claims_(claims_of(facts)), locks_(facts.locks) {}

  Verdict run() && {
    for (const Claim& claim : claims_) take(claim);
    return std::move(findings_).verdict();
  }

 private:
  // For one lock: of the claims so far, the one that lasts longest in each mode, and all permits that may count.
  struct Lock {
    std::array<const Claim*, kModes> longest{};
    std::vector<const Claim*> permits;
    std::uint32_t first_process = kNever;
    bool several = false;  // processes have believed
  };

  void take(const Claim& claim) {
    Lock& lock = locks_[facts_.attempts[claim.attempt].lock];
    const bool another = lock.several || (lock.first_process != kNever && lock.first_process != claim.process);
    if (another && claim.first) findings_.exercised();
    if (claim.from == claim.to) return;
    for (std::size_t mode = 0; mode < kModes; ++mode) {
      const Claim* held = lock.longest[mode];
      if (held == nullptr || held->to <= claim.from || compatible(static_cast<Mode>(mode), claim.mode)) continue;
      two_holders(*held, claim);
    }
    if (claim.mode == Mode::permits) weigh(lock, claim);
    const Claim*& longest = lock.longest[static_cast<std::size_t>(claim.mode)];
    if (longest == nullptr || longest->to < claim.to) longest = &claim;
    if (lock.first_process == kNever) lock.first_process = claim.process;
    lock.several = lock.several || lock.first_process != claim.process;
  }

  void weigh(Lock& lock, const Claim& claim) {
    const std::uint64_t most = facts_.capacity(facts_.attempts[claim.attempt].lock);
    if (most == 0) return;
    std::erase_if(lock.permits, [&](const Claim* held) { return held->to <= claim.from; });
    std::uint64_t taken = claim.permits;
    for (const Claim* held : lock.permits) taken += held->permits;
    if (taken > most) overdrawn(lock.permits, claim, most);
    lock.permits.push_back(&claim);
  }

  void overdrawn(std::vector<const Claim*> held, const Claim& claim, std::uint64_t most) {
    if (findings_.violated()) return;
    std::ranges::stable_sort(held, std::ranges::greater{}, &Claim::permits);
    std::vector<std::uint32_t> evidence{beginning(claim)};
    std::string holders;
    std::uint64_t taken = claim.permits;
    for (std::size_t i = 0; taken <= most; ++i) {
      taken += held[i]->permits;
      evidence.push_back(belief_at(*held[i], beginning(claim)));
      holders += fmt::format("{}{} by {} from {} on", holders.empty() ? "" : ", ", held[i]->permits,
                             client_name(facts_, held[i]->attempt), seconds(held[i]->from));
    }
    findings_.violation(
        "overdrawn", std::move(evidence),
        fmt::format("{} was granted {} of the {} permits of {} at {}, while others were still believed to "
                    "be held: {}",
                    client_name(facts_, claim.attempt), claim.permits, most, name(claim), seconds(claim.from),
                    holders));
  }

  void two_holders(const Claim& held, const Claim& other) {
    if (findings_.violated()) return;
    const auto [holder, newcomer] = client_names(facts_, held.attempt, other.attempt);
    const std::string lock = name(held);
    const Instant over = std::min({held.to, other.to, bounds_.end});
    const std::string until = held.to == Instant::max() ? "to hold it" : "until " + seconds(held.to);
    const std::string span = over > other.from ? " for " + length(over - other.from) : "";
    findings_.violation(
        "two holders", {belief_at(held, beginning(other)), beginning(other)},
        fmt::format("{} held {} from {}, {} was granted {} at {} while {} still believed {}: "
                    "two holders{}",
                    holder, lock, seconds(held.from), newcomer, lock, seconds(other.from), holder, until, span));
  }

  std::uint32_t beginning(const Claim& claim) const { return facts_.beliefs[claim.belief].began; }

  // The `believes` that still counted when `index` happened.
  std::uint32_t belief_at(const Claim& claim, std::uint32_t index) const {
    const Belief& belief = facts_.beliefs[claim.belief];
    for (std::uint32_t i = index; i > belief.began; --i) {
      const Event& e = facts_.event(i);
      if (e.type == EventType::believes && e.attempt == belief.attempt) return i;
    }
    return belief.began;
  }

  std::string name(const Claim& claim) const { return lock_name(*facts_.history, facts_.attempts[claim.attempt].lock); }

  const Facts& facts_;
  const Bounds& bounds_;
  Findings findings_{Property::belief_exclusion};
  const std::vector<Claim> claims_;
  std::vector<Lock> locks_;
};

}  // namespace

Verdict belief_exclusion(const Facts& facts, const Bounds& bounds) { return BeliefExclusion(facts, bounds).run(); }

}  // namespace lockstep::models
