// Sights of rows that are gone go too.
#include "impl/backends/seen_elsewhere.h"

#include <algorithm>

namespace lockstep {

MonoTime SeenElsewhere::since(std::vector<Sight>& now, const std::vector<Sight>& before, Sight sight) {
  const auto same = std::ranges::find_if(before, [&](const Sight& old) {
    return old.attempt == sight.attempt && old.which == sight.which && old.boot == sight.boot &&
           old.written == sight.written;
  });
  if (same != before.end()) sight.since = same->since;
  now.push_back(sight);
  return sight.since;
}

LockRecord SeenElsewhere::view(const LockName& name, const FileRecord& record, Reading at) {
  LockRecord view = record.lock;
  std::vector<Sight> now;
  const auto known = names_.find(name);
  static const std::vector<Sight> none;
  const auto& before = known == names_.end() ? none : known->second.rows;
  for (LeaseRow& row : view.leases) {
    if (row.boot == at.boot) continue;
    row.since = since(now, before, {row.attempt, row.token, row.boot, row.deadline, at.now});
    row.deadline = row.since + row.ttl;
    row.boot = at.boot;
  }
  for (WaiterRow& row : view.waiters) {
    if (row.boot == at.boot) continue;
    row.deadline = since(now, before, {row.attempt, row.ticket, row.boot, row.deadline, at.now}) + kPlaceKept;
    row.boot = at.boot;
  }
  if (known != names_.end()) {
    known->second.rows = std::move(now);
    if (known->second.rows.empty() && known->second.answers.empty()) names_.erase(known);
  } else if (!now.empty()) {
    names_[name].rows = std::move(now);
  }
  return view;
}

void SeenElsewhere::forget_answers(const LockName& name, FileRecord& record, Reading at) {
  std::vector<Sight> now;
  const auto known = names_.find(name);
  static const std::vector<Sight> none;
  const auto& before = known == names_.end() ? none : known->second.answers;
  std::erase_if(record.answers, [&](const Remembered& answer) {
    if (answer.boot == at.boot) return false;
    const MonoTime first =
        since(now, before, {answer.key.attempt, answer.key.number, answer.boot, answer.forget_at, at.now});
    if (at.now - first < answer.lives + kRetryHorizon) return false;
    now.pop_back();
    return true;
  });
  if (known != names_.end() || !now.empty()) names_[name].answers = std::move(now);
}

}  // namespace lockstep
