// Coroutines end with their process, so a request cut off by a crash stays open in the history, as it should.
#include "scenarios/recording_backend.h"

#include "scenarios/recorded_words.h"

namespace lockstep::scenarios {

using models::Event;
using models::EventType;
using models::Op;
using models::Reason;

RecordingBackend::Asked RecordingBackend::asking(Op op, const LockName& name, RequestKey key) const {
  Asked asked{.event = {.type = EventType::invoke, .op = op}, .attempt = key.attempt, .holder = {}};
  asked.event.lock = log_.lock_of(name);
  asked.event.request = key.number;
  return asked;
}

void RecordingBackend::answered(Asked asked, EventType type, Reason reason) {
  asked.event.type = type;
  asked.event.reason = reason;
  write(asked);
}

void RecordingBackend::failed(Asked asked, const LockError& error) {
  asked.event = scenarios::failed(asked.event, error);
  write(asked);
}

Awaitable<Result<AcquireAnswer>> RecordingBackend::acquire(AcquireRequest request, MonoTime give_up) {
  Asked asked = asking(Op::try_lock, request.name, request.key);
  asked.event.ttl = request.ttl;
  asked.event.mode = static_cast<models::Mode>(request.mode);
  asked.event.permits = request.permits;
  write(asked);
  auto answer = co_await inner_.acquire(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else if (const auto* granted = std::get_if<Granted>(&*answer)) {
    if (inner_.claims().fencing) asked.event.token = granted->token;
    answered(asked, EventType::ok);
  } else {
    if (const auto* refused = std::get_if<Refused>(&*answer); refused != nullptr && !refused->holders.empty()) {
      asked.holder = refused->holders.front().attempt;
    }
    answered(asked, EventType::fail, Reason::refused);
  }
  co_return answer;
}

Awaitable<Result<RenewAnswer>> RecordingBackend::renew(RenewRequest request, MonoTime give_up) {
  Asked asked = asking(Op::renew, request.name, request.key);
  asked.event.ttl = request.ttl;
  if (inner_.claims().fencing) asked.event.token = request.token;
  if (request.downgrade) asked.event.mode = models::Mode::shared;
  write(asked);
  auto answer = co_await inner_.renew(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else if (*answer == RenewAnswer::renewed) {
    answered(asked, EventType::ok);
  } else {
    answered(asked, EventType::fail, *answer == RenewAnswer::broken ? Reason::broken : Reason::lost);
  }
  co_return answer;
}

Awaitable<Result<ReleaseAnswer>> RecordingBackend::release(ReleaseRequest request, MonoTime give_up) {
  Asked asked = asking(Op::unlock, request.name, request.key);
  if (inner_.claims().fencing) asked.event.token = request.token;
  write(asked);
  auto answer = co_await inner_.release(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else if (*answer == ReleaseAnswer::released) {
    answered(asked, EventType::ok);
  } else {
    answered(asked, EventType::fail, Reason::not_held);
  }
  co_return answer;
}

Awaitable<Result<Inspection>> RecordingBackend::inspect(LockName name, MonoTime give_up) {
  Asked asked = asking(Op::inspect, name);
  write(asked);
  auto answer = co_await inner_.inspect(std::move(name), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else {
    if (!answer->holders.empty()) asked.holder = answer->holders.front().attempt;
    answered(asked, EventType::ok);
  }
  co_return answer;
}

Awaitable<Result<Listing>> RecordingBackend::list(ListRequest request, MonoTime give_up) {
  return inner_.list(std::move(request), give_up);
}

Awaitable<Result<BreakAnswer>> RecordingBackend::break_lock(BreakRequest request, MonoTime give_up) {
  Asked asked = asking(Op::break_lock, request.name);
  asked.event.token = request.token;
  write(asked);
  auto answer = co_await inner_.break_lock(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else {
    answered(asked, EventType::ok);
  }
  co_return answer;
}

Awaitable<Result<WatchAnswer>> RecordingBackend::watch(WatchRequest request, MonoTime give_up) {
  return inner_.watch(std::move(request), give_up);
}

}  // namespace lockstep::scenarios
