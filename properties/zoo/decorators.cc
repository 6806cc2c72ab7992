// Each as small as its mechanism.
#include "properties/zoo/decorators.h"

#include <span>

#include "properties/zoo/ledgers.h"

namespace lockstep::zoo {

Awaitable<Result<ReleaseAnswer>> StaleRelease::release(ReleaseRequest request, MonoTime give_up) {
  const auto holders = co_await inner_->inspect(request.name, give_up);
  if (holders && !holders->holders.empty()) {
    request.key.attempt = holders->holders.front().attempt;
    request.token = holders->holders.front().token;
    request.key.number += 1'000'000;  // not to be taken for a request of that attempt's own
  }
  co_return co_await inner_->release(std::move(request), give_up);
}

Awaitable<Result<RenewAnswer>> RevivedRenewal::renew(RenewRequest request, MonoTime give_up) {
  const RenewRequest asked = request;
  auto answer = co_await inner_->renew(std::move(request), give_up);
  if (!answer || *answer == RenewAnswer::renewed) co_return answer;
  AcquireRequest anew;
  anew.key = {{asked.key.attempt.session, asked.key.attempt.number + (++revivals_ << 32)}, asked.key.number};
  anew.name = asked.name;
  anew.ttl = asked.ttl;
  reviving_ = &asked;
  const auto revived = co_await inner_->acquire(std::move(anew), give_up);
  reviving_ = nullptr;
  const bool granted = revived && std::holds_alternative<Granted>(*revived);
  co_return granted ? RenewAnswer::renewed : RenewAnswer::lost;
}

// To the outside it looks like a renewal.
void RevivedRenewal::on(const LeaseEvent& event) {
  LeaseEvent told = event;
  if (reviving_ != nullptr && event.kind == LeaseEvent::Kind::granted) {
    told.kind = LeaseEvent::Kind::renewed;
    told.key = reviving_->key;
    told.token = reviving_->token;
  }
  outside_->on(told);
}

Token MemoryTokens::given_for(Token real) {
  const auto [entry, fresh] = given_.try_emplace(real, last_ + 1);
  if (fresh) ++last_;
  return entry->second;
}

void MemoryTokens::on(const LeaseEvent& event) {
  LeaseEvent told = event;
  if (event.kind == LeaseEvent::Kind::restarted) {
    told.token = last_;
  } else if (event.token != 0) {
    told.token = given_for(event.token);
  }
  outside_->on(told);
}

Awaitable<Result<AcquireAnswer>> MemoryTokens::acquire(AcquireRequest request, MonoTime give_up) {
  auto answer = co_await inner_->acquire(std::move(request), give_up);
  if (answer) {
    if (auto* granted = std::get_if<Granted>(&*answer)) granted->token = given_for(granted->token);
  }
  co_return answer;
}

// What a client calls its token is a name for nothing here: the attempt alone must do.
Awaitable<Result<RenewAnswer>> MemoryTokens::renew(RenewRequest request, MonoTime give_up) {
  request.token = 0;
  return inner_->renew(std::move(request), give_up);
}

Awaitable<Result<ReleaseAnswer>> MemoryTokens::release(ReleaseRequest request, MonoTime give_up) {
  request.token = 0;
  return inner_->release(std::move(request), give_up);
}

namespace {

constexpr int kTryBits = 24;
AttemptId attempt_of_try(AttemptId attempt, std::uint32_t sending) {
  return {attempt.session, (attempt.number << kTryBits) | (sending & ((1u << kTryBits) - 1))};
}
RequestKey original(RequestKey key) { return {{key.attempt.session, key.attempt.number >> kTryBits}, key.number}; }

}  // namespace

void SecondGrant::on(const LeaseEvent& event) {
  LeaseEvent told = event;
  told.key = original(event.key);
  outside_->on(told);
}

Awaitable<AttemptId> SecondGrant::holder_with(LockName name, Token token, AttemptId otherwise, MonoTime give_up) {
  const auto holders = co_await inner_->inspect(std::move(name), give_up);
  for (const Holder& holder : holders ? holders->holders : std::vector<Holder>()) {
    if (holder.token == token) co_return holder.attempt;
  }
  co_return otherwise;
}

Awaitable<Result<AcquireAnswer>> SecondGrant::acquire(AcquireRequest request, MonoTime give_up) {
  request.key.attempt = attempt_of_try(request.key.attempt, request.sending);
  return inner_->acquire(std::move(request), give_up);
}

Awaitable<Result<RenewAnswer>> SecondGrant::renew(RenewRequest request, MonoTime give_up) {
  request.key.attempt =
      co_await holder_with(request.name, request.token, attempt_of_try(request.key.attempt, 1), give_up);
  co_return co_await inner_->renew(std::move(request), give_up);
}

Awaitable<Result<ReleaseAnswer>> SecondGrant::release(ReleaseRequest request, MonoTime give_up) {
  request.key.attempt =
      co_await holder_with(request.name, request.token, attempt_of_try(request.key.attempt, 1), give_up);
  co_return co_await inner_->release(std::move(request), give_up);
}

void EndsByMemory::on(const LeaseEvent& event) {
  using Kind = LeaseEvent::Kind;
  LeaseEvent told = event;
  if (event.kind == Kind::granted || event.kind == Kind::renewed) {
    known_.insert_or_assign(*event.name, Known{event.key.attempt, event.token, event.deadline});
  } else if (event.kind == Kind::broken) {
    told.kind = Kind::expired;  // that is what it takes it for
  }
  outside_->on(told);
}

Awaitable<Result<AcquireAnswer>> EndsByMemory::acquire(AcquireRequest request, MonoTime give_up) {
  const auto known = known_.find(request.name);
  if (known != known_.end() && known->second.deadline <= clock_.monotonic()) {
    BreakRequest ends{{{~std::uint64_t{0}, known->second.token}, 1}, request.name, known->second.token, "", ""};
    known_.erase(known);
    co_await inner_->break_lock(std::move(ends), give_up);
  }
  co_return co_await inner_->acquire(std::move(request), give_up);
}

namespace {
constexpr std::string_view kCounter = "/tokens";
}

Token CounterBeside::read() const {
  Token last = 0;
  auto file = files_->open(kCounter, {});
  if (file) static_cast<void>((*file)->read_at(0, std::as_writable_bytes(std::span(&last, 1))));
  return last;
}

Decision<AcquireAnswer> CounterBeside::decide(const AcquireRequest& request, const LockRecord& record,
                                              const Memory& memory, Reading at) const {
  auto decision = Ledger::decide(request, record, memory, at);
  if (decision.writes()) retoken(decision, read() + 1);
  return decision;
}

// In the lane, as everything the store does.
void CounterBeside::on(const LeaseEvent& event) {
  if (event.kind == LeaseEvent::Kind::granted && event.token > read()) {
    auto file = files_->open(kCounter, {.write = true, .create = true});
    if (file) static_cast<void>((*file)->write_at(0, std::as_bytes(std::span(&event.token, 1))));
  }
  outside_->on(event);
}

const LockName& CarelessNames::taken_for(const LockName& name) {
  std::string bytes = name.bytes.substr(0, by_ == By::zero_byte ? name.bytes.find('\0') : name.bytes.npos);
  for (char& c : bytes) {
    if (by_ == By::case_of_letters && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return first_.try_emplace(std::move(bytes), name).first->second;
}

Awaitable<Result<AcquireAnswer>> CarelessNames::acquire(AcquireRequest request, MonoTime give_up) {
  request.name = taken_for(request.name);
  return inner_->acquire(std::move(request), give_up);
}

Awaitable<Result<RenewAnswer>> CarelessNames::renew(RenewRequest request, MonoTime give_up) {
  request.name = taken_for(request.name);
  return inner_->renew(std::move(request), give_up);
}

Awaitable<Result<ReleaseAnswer>> CarelessNames::release(ReleaseRequest request, MonoTime give_up) {
  request.name = taken_for(request.name);
  return inner_->release(std::move(request), give_up);
}

}  // namespace lockstep::zoo
