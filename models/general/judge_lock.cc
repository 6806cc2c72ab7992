// Picks a lock's operations out of the log, asks the search, and gives the operations their own numbers back.
#include "models/general/judge_lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "models/general/lock_specification.h"
#include "models/general/search.h"

namespace lockstep::general {
namespace {

using LockPart = Part<linear::Operation>;

// Why the question cannot be asked; empty if it can.
std::string objection(const linear::Log& log, const std::vector<AttemptFacts>& facts, const LockPart& part) {
  for (const auto& call : part.calls) {
    const std::uint32_t hold = call.operation.hold;
    if (hold == linear::kNone) continue;
    if (facts[hold].leased)
      return fmt::format("the lease of {} ends by itself, which no sequential specification can say",
                         name_of(log, hold));
  }
  return {};
}

Result judge_part(const linear::Log& log, const std::vector<AttemptFacts>& facts, std::uint32_t lock,
                  const LockPart& part, Budget budget) {
  if (std::string reason = objection(log, facts, part); !reason.empty()) return {.reason = std::move(reason)};
  Result result = check<LockSpecification>({capacity_of(log, lock), facts}, part.calls, budget);
  for (std::uint32_t& call : result.order) call = part.indices[call];
  if (result.stuck != kNone) result.stuck = part.indices[result.stuck];
  return result;
}

void add(LockPart& part, const linear::Log& log, std::uint32_t operation) {
  const linear::Operation& op = log.operations[operation];
  part.calls.push_back({op.invoked, op.returned, op});
  part.indices.push_back(operation);
}

}  // namespace

Result judge_lock(const linear::Log& log, std::uint32_t lock, Budget budget) {
  LockPart part;
  const auto all = static_cast<std::size_t>(std::ranges::count(log.operations, lock, &linear::Operation::lock));
  part.calls.reserve(all);
  part.indices.reserve(all);
  for (std::uint32_t i = 0; i < log.operations.size(); ++i)
    if (log.operations[i].lock == lock) add(part, log, i);
  return judge_part(log, attempt_facts(log), lock, part, budget);
}

std::vector<Result> judge_locks(const linear::Log& log, Budget budget) {
  const std::vector<AttemptFacts> facts = attempt_facts(log);
  std::vector<LockPart> parts(log.locks.size());
  for (std::uint32_t i = 0; i < log.operations.size(); ++i) add(parts[log.operations[i].lock], log, i);
  std::vector<Result> results;
  for (std::uint32_t lock = 0; lock < parts.size(); ++lock)
    results.push_back(judge_part(log, facts, lock, parts[lock], budget));
  return results;
}

}  // namespace lockstep::general
