// Every operation is one step without a suspension, so it is atomic on its executor. Answers are forgotten a retry
// horizon after their lease has ended. Dead leases and lapsed places are removed when their name is next granted, or
// with the last answer about them; then a name about which nothing is left goes too, so that names which nobody asks
// for again take no memory. The capacity of a semaphore is kept for ever.
#include "impl/backends/memory_backend.h"

#include <algorithm>

#include "impl/lock/page.h"

namespace lockstep {

MemoryBackend::MemoryBackend(Clock& clock, LeaseObserver* observer, Token tokens_behind,
                             std::shared_ptr<const Ledger> ledger)
    : clock_(clock),
      observer_(observer),
      ledger_(std::move(ledger)),
      last_token_(tokens_behind),
      log_(clock.boot().low ^ static_cast<std::uint64_t>(clock.monotonic().time_since_epoch().count())) {
  if (observer_ == nullptr) return;
  const MonoTime now = clock_.monotonic();
  observer_->on({.kind = LeaseEvent::Kind::restarted, .token = last_token_, .decided = now, .deadline = now});
}

Claims MemoryBackend::its_claims() {
  return {.durable = false,
          .survives_power_loss = false,
          .survives_full_disk = true,
          .survives_io_errors = true,
          .shared_store = false,
          .shared_mode = true,
          .permits = true,
          .fair = true,
          .administration = true,
          .events = true,
          .max_drift_ppb = 2'000'000};
}

Memory MemoryBackend::memory_of(RequestKey key) const {
  Memory memory;
  const auto found = answers_.find(key);
  if (found != answers_.end()) memory.answer = found->second.answer;
  const auto first = answers_.lower_bound({key.attempt, 0});
  memory.acted = first != answers_.end() && first->first.attempt == key.attempt;
  memory.broken = memory.acted && first->first.number == kBrokenEntry;
  return memory;
}

const LockRecord& MemoryBackend::record_of(const LockName& name) {
  const auto found = records_.find(name);
  LockRecord& record = found == records_.end() ? nothing_ : found->second;
  record.last_token = last_token_;
  return record;
}

void MemoryBackend::write(const LockName& name, const Changes& changes, Reading at) {
  LockRecord& record = records_[name];
  for (const Change& change : changes) {
    if (change.kind == Change::Kind::remember) {
      const Remembered& answer = change.answer;
      answers_.insert_or_assign(answer.key, Kept{answer, name});
      forget_at_.emplace(answer.forget_at, answer.key);
    }
    apply(record, change);
    last_token_ = std::max(last_token_, record.last_token);
    if (auto event = event_of(name, change)) log_.add(std::move(*event));
    if (observer_ != nullptr) tell(*observer_, name, change, at);
  }
  if (empty(record)) records_.erase(name);
  watchers_.wake();
}

void MemoryBackend::forget(Reading at) {
  while (!forget_at_.empty() && forget_at_.begin()->first <= at.now) {
    const auto kept = answers_.find(forget_at_.begin()->second);
    const LockName name = kept->second.name;
    answers_.erase(kept);
    forget_at_.erase(forget_at_.begin());
    if (records_.contains(name)) write(name, sweep(record_of(name), at), at);
  }
}

template <typename Answer, typename Request>
Result<Answer> MemoryBackend::carry_out(const Request& request) {
  const Reading at = reading();
  forget(at);
  auto decision = ledger_->decide(request, record_of(request.name), memory_of(request.key), at);
  if (decision.writes()) {
    write(request.name, decision.changes, at);
  } else if (observer_ != nullptr) {
    for (const Change& change : decision.changes) tell(*observer_, request.name, change, at);
  }
  return std::move(decision.answer);
}

Awaitable<Result<AcquireAnswer>> MemoryBackend::acquire(AcquireRequest request, MonoTime) {
  if (auto refusal = refusal_of(request, claims_)) co_return std::unexpected(*refusal);
  co_return carry_out<AcquireAnswer>(request);
}

Awaitable<Result<RenewAnswer>> MemoryBackend::renew(RenewRequest request, MonoTime) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  co_return carry_out<RenewAnswer>(request);
}

Awaitable<Result<ReleaseAnswer>> MemoryBackend::release(ReleaseRequest request, MonoTime) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  co_return carry_out<ReleaseAnswer>(request);
}

Awaitable<Result<BreakAnswer>> MemoryBackend::break_lock(BreakRequest request, MonoTime) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  co_return carry_out<BreakAnswer>(request);
}

Awaitable<Result<Inspection>> MemoryBackend::inspect(LockName name, MonoTime) {
  if (auto refusal = refusal_of(name)) co_return std::unexpected(*refusal);
  co_return inspection_of(name, record_of(name), clock_.monotonic(), clock_.boot());
}

Awaitable<Result<Listing>> MemoryBackend::list(ListRequest request, MonoTime) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  Page page(request);
  const Reading at = reading();
  for (auto entry = records_.lower_bound({request.space, page.from()}); entry != records_.end(); ++entry) {
    if (!page.add(entry->first, entry->second.leases, at)) break;
  }
  co_return page.take();
}

MonoTime MemoryBackend::sweep_for(const WatchRequest& request, Reading at) {
  MonoTime next = MonoTime::max();
  std::vector<LockName> over;
  for (auto entry = records_.lower_bound({request.space, request.bytes});
       entry != records_.end() && entry->first.space == request.space && entry->first.bytes.starts_with(request.bytes);
       ++entry) {
    if (!concerns(request, entry->first)) continue;
    for (const LeaseRow& row : entry->second.leases) {
      if (living(row, at.now, at.boot)) {
        next = std::min(next, row.deadline);
      } else if (over.empty() || over.back() != entry->first) {
        over.push_back(entry->first);
      }
    }
  }
  for (const LockName& name : over) write(name, sweep(record_of(name), at), at);
  return next;
}

Awaitable<Result<WatchAnswer>> MemoryBackend::watch(WatchRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  const MonoTime until = std::min(give_up, saturating_add(clock_.monotonic(), request.wait));
  for (;;) {
    const MonoTime next = sweep_for(request, reading());
    auto answer = log_.read(request);
    const bool nothing = answer && answer->events.empty() && !answer->missed && !request.cursor.empty();
    if (!nothing || clock_.monotonic() >= until) co_return answer;
    const Wake wake = co_await watchers_.wait(clock_, std::min(until, next));
    if (wake == Wake::cancelled) co_return definite(ErrorKind::cancelled);
  }
}

}  // namespace lockstep
