// Splits a log by locks, and hands each its events.
#include "models/linear/judge.h"

#include "models/linear/holds.h"
#include "models/linear/lock_judge.h"

namespace lockstep::linear {

std::vector<Judgement> judge(const Log& log, const SweepBudget& budget, Witnesses* witnesses) {
  const auto holds = holds_of(log);
  auto shapes = shapes_of(log, holds);
  std::vector<LockJudge> locks;
  locks.reserve(log.locks.size());
  for (std::uint32_t i = 0; i < log.locks.size(); ++i) locks.emplace_back(log, holds, i, std::move(shapes[i]), budget);
  if (witnesses != nullptr)
    for (LockJudge& lock : locks) lock.keep_steps();
  for (const std::uint32_t event : log.events) {
    LockJudge& lock = locks[log.operations[event / 2].lock];
    if (!lock.decided()) lock.take(event);
  }
  if (witnesses != nullptr) {
    witnesses->clear();
    for (const LockJudge& lock : locks) witnesses->push_back(lock.witness());
  }
  std::vector<Judgement> judgements;
  for (const LockJudge& lock : locks) judgements.push_back(lock.judgement());
  return judgements;
}

}  // namespace lockstep::linear
