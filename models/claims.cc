// A renewal that downgrades may take effect at any time after it was asked for, and a break without a word if the
// store crashed: in doubt a claim is the smaller one.
#include "models/claims.h"

#include <algorithm>

namespace lockstep::models {

std::vector<Claim> claims_of(const Facts& facts) {
  std::vector<Claim> claims;
  claims.reserve(facts.beliefs.size());
  bool in_order = true;
  for (std::uint32_t i = 0; i < facts.beliefs.size(); ++i) {
    const Belief& belief = facts.beliefs[i];
    const AttemptFacts& a = facts.attempts[belief.attempt];
    Claim claim{.attempt = belief.attempt,
                .process = belief.process,
                .belief = i,
                .mode = facts.mode_at(belief.attempt, belief.began),
                .permits = a.permits,
                .from = belief.from,
                .to = belief.to};
    const std::uint32_t broken = facts.may_be_broken(belief.attempt);
    if (broken != kNever) claim.to = std::max(claim.from, std::min(claim.to, facts.event(broken).at));
    const bool downgraded = claim.mode == Mode::exclusive && a.downgraded != kNever;
    const Instant reader_from = downgraded ? facts.event(a.downgraded).at : Instant::max();
    if (reader_from >= claim.to) {
      claims.push_back(claim);
      continue;
    }
    Claim reader = claim;
    reader.first = false;
    reader.mode = Mode::shared;
    claim.to = reader.from = std::max(claim.from, reader_from);
    claims.push_back(claim);
    claims.push_back(reader);
    in_order = false;
  }
  if (!in_order) std::ranges::stable_sort(claims, {}, &Claim::from);
  return claims;
}

}  // namespace lockstep::models
