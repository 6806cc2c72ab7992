// Each as small as its mechanism.
#include "properties/planted_decorators.h"

#include "impl/env/signal.h"

namespace lockstep::properties {
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

Awaitable<void> ZombieRenewal::renew_for_ever(RenewRequest request) {
  for (;;) {
    co_await sleep_for(clock_, request.ttl / 3);
    ++request.key.number;
    RenewRequest again = request;
    const MonoTime give_up = clock_.monotonic() + request.ttl / 3;
    co_await inner_->renew(std::move(again), give_up);
  }
}

Awaitable<Result<AcquireAnswer>> ZombieRenewal::acquire(AcquireRequest request, MonoTime give_up) {
  RenewRequest renewal{{request.key.attempt, request.key.number + 1000}, request.name, 0, request.ttl};
  auto answer = co_await inner_->acquire(std::move(request), give_up);
  if (!answer && !answer.error().definite) spawn(executor_, renew_for_ever(std::move(renewal)));
  co_return answer;
}

Awaitable<Result<ReleaseAnswer>> ZombieRenewal::release(ReleaseRequest request, MonoTime give_up) {
  if (request.token == 0) co_return ReleaseAnswer::not_held;  // gives nothing back either
  co_return co_await inner_->release(std::move(request), give_up);
}

Awaitable<Result<AcquireAnswer>> IgnoredLimit::acquire(AcquireRequest request, MonoTime) {
  return inner_->acquire(std::move(request), MonoTime::max());
}

}  // namespace lockstep::properties
