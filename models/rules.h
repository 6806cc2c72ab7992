// The checkers over gathered facts: what check_all runs, so that the facts are gathered once. Same promises
// as in checkers.h, where each is explained; `Findings` is how they say what they found.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "models/checkers.h"
#include "models/facts.h"

namespace lockstep::models {

Verdict lease_exclusion(const Facts&, const Bounds&);
Verdict belief_exclusion(const Facts&, const Bounds&);
Verdict linearizable(const Facts&, const Bounds&);
Verdict fencing_order(const Facts&, const Bounds&);
Verdict fenced_writes(const Facts&, const Bounds&);
Verdict ownership(const Facts&, const Bounds&);
Verdict idempotence(const Facts&, const Bounds&);
Verdict durability(const Facts&, const Bounds&);
Verdict no_phantom_hold(const Facts&, const Bounds&);
Verdict events(const Facts&, const Bounds&);
Verdict names(const Facts&, const Bounds&);
Verdict expiry(const Facts&, const Bounds&);
Verdict progress(const Facts&, const Bounds&);
Verdict fifo(const Facts&, const Bounds&);
Verdict timely(const Facts&, const Bounds&);
Verdict deadlock_free(const Facts&, const Bounds&);

// Collects a verdict: counts situations, keeps the first violation told, and puts its evidence in order.
class Findings {
 public:
  explicit Findings(Property property) { verdict_.property = property; }

  void exercised(std::uint64_t times = 1) { verdict_.exercised += times; }
  bool violated() const { return verdict_.outcome == Outcome::violation; }

  void violation(std::string shape, std::vector<std::uint32_t> evidence, std::string sentence) {
    if (violated()) return;
    std::erase(evidence, kNever);
    std::ranges::sort(evidence);
    const auto repeated = std::ranges::unique(evidence);
    evidence.erase(repeated.begin(), repeated.end());
    verdict_.outcome = Outcome::violation;
    verdict_.shape = std::move(shape);
    verdict_.evidence = std::move(evidence);
    verdict_.sentence = std::move(sentence);
  }

  Verdict verdict() && {
    // What was broken could have been broken.
    if (violated() && verdict_.exercised == 0) verdict_.exercised = 1;
    return std::move(verdict_);
  }

 private:
  Verdict verdict_;
};

}  // namespace lockstep::models
