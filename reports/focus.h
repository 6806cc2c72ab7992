// What of a run a reader wants to see: around a violation, what belongs to the attempts and the lock involved, but
// not the renewals and refusals that changed nothing; without one, who had which lock when. Faults are always shown.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "models/verdict.h"
#include "reports/message_facts.h"
#include "scenarios/run.h"

namespace lockstep::reports {

class Focus {
 public:
  // `told` may be null. Both must outlive the focus.
  Focus(const scenarios::RunResult& result, const models::Verdict* told);
  bool shows(const models::Event& event) const;
  bool shows(const MessageFacts& message) const;
  // Between the first and the last event of the attempts involved. Always, without a violation.
  bool near(models::Instant at) const { return told_ == nullptr || (from_ <= at && at <= to_); }

 private:
  using Request = std::pair<std::uint32_t, std::uint32_t>;  // attempt, number
  void find_routine();
  bool shows_overview(const models::Event& event) const;

  const scenarios::RunResult& result_;
  const models::Verdict* told_;
  std::set<std::uint32_t> attempts_;
  std::set<std::uint32_t> locks_;
  std::set<Request> routine_;                                            // requests that changed nothing
  std::set<std::pair<std::uint32_t, models::Instant>> routine_beliefs_;  // by attempt: what followed from them
  std::map<std::uint32_t, models::Instant> first_belief_;                // by attempt
  models::Instant from_ = models::Instant::max();
  models::Instant to_ = models::Instant::min();
  models::Instant proven_ = models::Instant::min();  // by then the violation was complete
};

}  // namespace lockstep::reports
