// Coroutines end with their process, so a request cut off by a crash stays open in the history, as it should.
#include "scenarios/recording_backend.h"

namespace lockstep::scenarios {

using models::Event;
using models::EventType;
using models::Op;
using models::Reason;

Event RecordingBackend::event(Op op, const LockName& name, RequestKey key) const {
  Event event{.type = EventType::invoke, .op = op};
  event.lock = recorder_.lock_of(name);
  event.attempt = recorder_.ordinal(key.attempt);
  event.request = key.number;
  return event;
}

void RecordingBackend::answered(Event event, EventType type, Reason reason) {
  event.type = type;
  event.reason = reason;
  recorder_.record(self_, process_, event);
}

void RecordingBackend::failed(const Event& event, const LockError& error) {
  answered(event, error.definite ? EventType::fail : EventType::info,
           error.kind == ErrorKind::unreachable ? Reason::unreachable : Reason::failed);
}

Awaitable<Result<AcquireAnswer>> RecordingBackend::acquire(AcquireRequest request, MonoTime give_up) {
  Event asked = event(Op::try_lock, request.name, request.key);
  asked.ttl = request.ttl;
  asked.mode = static_cast<models::Mode>(request.mode);
  asked.permits = request.permits;
  recorder_.record(self_, process_, asked);
  auto answer = co_await inner_.acquire(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else if (const auto* granted = std::get_if<Granted>(&*answer)) {
    asked.token = granted->token;
    answered(asked, EventType::ok, Reason::none);
  } else {
    if (const auto* refused = std::get_if<Refused>(&*answer); refused != nullptr && !refused->holders.empty()) {
      asked.holder = recorder_.ordinal(refused->holders.front().attempt);
    }
    answered(asked, EventType::fail, Reason::refused);
  }
  co_return answer;
}

Awaitable<Result<RenewAnswer>> RecordingBackend::renew(RenewRequest request, MonoTime give_up) {
  Event asked = event(Op::renew, request.name, request.key);
  asked.ttl = request.ttl;
  asked.token = request.token;
  if (request.downgrade) asked.mode = models::Mode::shared;
  recorder_.record(self_, process_, asked);
  auto answer = co_await inner_.renew(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else if (*answer == RenewAnswer::renewed) {
    answered(asked, EventType::ok, Reason::none);
  } else {
    answered(asked, EventType::fail, *answer == RenewAnswer::broken ? Reason::broken : Reason::lost);
  }
  co_return answer;
}

Awaitable<Result<ReleaseAnswer>> RecordingBackend::release(ReleaseRequest request, MonoTime give_up) {
  Event asked = event(Op::unlock, request.name, request.key);
  asked.token = request.token;
  recorder_.belief_over(request.key.attempt);
  recorder_.record(self_, process_, asked);
  auto answer = co_await inner_.release(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else if (*answer == ReleaseAnswer::released) {
    answered(asked, EventType::ok, Reason::none);
  } else {
    answered(asked, EventType::fail, Reason::not_held);
  }
  co_return answer;
}

Awaitable<Result<Inspection>> RecordingBackend::inspect(LockName name, MonoTime give_up) {
  Event asked{.type = EventType::invoke, .op = Op::inspect, .lock = recorder_.lock_of(name)};
  recorder_.record(self_, process_, asked);
  auto answer = co_await inner_.inspect(std::move(name), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else {
    if (!answer->holders.empty()) asked.holder = recorder_.ordinal(answer->holders.front().attempt);
    answered(asked, EventType::ok, Reason::none);
  }
  co_return answer;
}

Awaitable<Result<Listing>> RecordingBackend::list(ListRequest request, MonoTime give_up) {
  return inner_.list(std::move(request), give_up);
}

Awaitable<Result<BreakAnswer>> RecordingBackend::break_lock(BreakRequest request, MonoTime give_up) {
  Event asked{.type = EventType::invoke, .op = Op::break_lock, .lock = recorder_.lock_of(request.name)};
  asked.token = request.token;
  recorder_.record(self_, process_, asked);
  auto answer = co_await inner_.break_lock(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else {
    answered(asked, EventType::ok, Reason::none);
  }
  co_return answer;
}

Awaitable<Result<WatchAnswer>> RecordingBackend::watch(WatchRequest request, MonoTime give_up) {
  return inner_.watch(std::move(request), give_up);
}

}  // namespace lockstep::scenarios
