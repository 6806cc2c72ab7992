// The same events as scenarios/recording_backend.cc and scenarios/recorder.cc make in simulation, by the real clock.
#include "cli/stress_witness.h"

#include <charconv>

#include "impl/env/check.h"

namespace lockstep::cli {

using models::Event;
using models::EventType;
using models::Op;
using models::Reason;

LockName stress_lock(std::uint32_t lock) { return {"stress", std::to_string(lock)}; }

std::uint32_t number_of(const LockName& name) {
  std::uint32_t lock = 0;
  const char* end = name.bytes.data() + name.bytes.size();
  CHECK(std::from_chars(name.bytes.data(), end, lock).ptr == end);
  return lock;
}

void Witness::write(Record record) const {
  record.event.process = process_;
  if (record.event.at == models::Instant::zero()) record.event.at = boot_time().time_since_epoch();
  if (record.event.clock == models::ClockReading{}) record.event.clock = {0, record.event.at};
  journal_.write(record);
}

void Witness::on(const LeaseEvent& e) {
  static constexpr EventType kTypes[] = {
      EventType::granted,   EventType::renewed,   EventType::released, EventType::expired, EventType::broken,
      EventType::restarted, EventType::recovered, EventType::repeated, EventType::queued,  EventType::left};
  Record record;
  Event& event = record.event;
  event.type = kTypes[static_cast<std::size_t>(e.kind)];
  event.mode = static_cast<models::Mode>(e.mode);
  event.permits = e.permits;
  if (e.name != nullptr) {
    event.lock = number_of(*e.name);
    record.attempt = e.key.attempt;
    event.request = e.key.number;
  }
  event.token = e.token;
  event.ttl = e.ttl;
  event.at = e.decided.time_since_epoch();
  event.clock = reading_of(e.decided);
  event.deadline = reading_of(e.deadline);
  write(record);
}

void Witness::believes(AttemptId attempt, MonoTime deadline) {
  Record record;
  record.attempt = attempt;
  record.event.type = EventType::believes;
  record.event.deadline = reading_of(deadline);
  write(record);
}

void Witness::lost(AttemptId attempt, LossReason reason) {
  Record record;
  record.attempt = attempt;
  record.event.type = EventType::lost;
  // Without an answer it is the deadline that ends a belief.
  record.event.reason = reason == LossReason::outage    ? Reason::expired
                        : reason == LossReason::expired ? Reason::lost
                                                        : Reason::broken;
  write(record);
}

EventType outcome_of(const LockError& error) { return error.definite ? EventType::fail : EventType::info; }
Reason reason_of(const LockError& error) {
  return error.kind == ErrorKind::unreachable ? Reason::unreachable : Reason::failed;
}

namespace {

Record asking(Op op, const LockName& name, RequestKey key) {
  Record record;
  record.event.type = EventType::invoke;
  record.event.op = op;
  record.event.lock = number_of(name);
  record.event.request = key.number;
  record.attempt = key.attempt;
  return record;
}

}  // namespace

void WitnessedBackend::answered(Record record, EventType type, Reason reason) const {
  record.event.type = type;
  record.event.reason = reason;
  witness_.write(record);
}

void WitnessedBackend::failed(const Record& asked, const LockError& error) const {
  answered(asked, outcome_of(error), reason_of(error));
}

Awaitable<Result<AcquireAnswer>> WitnessedBackend::acquire(AcquireRequest request, MonoTime give_up) {
  Record asked = asking(Op::try_lock, request.name, request.key);
  asked.event.ttl = request.ttl;
  asked.event.mode = static_cast<models::Mode>(request.mode);
  asked.event.permits = request.permits;
  witness_.write(asked);
  auto answer = co_await inner_.acquire(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else if (const auto* granted = std::get_if<Granted>(&*answer)) {
    asked.event.token = granted->token;
    answered(asked, EventType::ok, Reason::none);
  } else {
    const auto* refused = std::get_if<Refused>(&*answer);
    if (refused != nullptr && !refused->holders.empty()) asked.holder = refused->holders.front().attempt;
    answered(asked, EventType::fail, Reason::refused);
  }
  co_return answer;
}

Awaitable<Result<RenewAnswer>> WitnessedBackend::renew(RenewRequest request, MonoTime give_up) {
  Record asked = asking(Op::renew, request.name, request.key);
  asked.event.ttl = request.ttl;
  asked.event.token = request.token;
  witness_.write(asked);
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

Awaitable<Result<ReleaseAnswer>> WitnessedBackend::release(ReleaseRequest request, MonoTime give_up) {
  Record asked = asking(Op::unlock, request.name, request.key);
  asked.event.token = request.token;
  witness_.write(asked);
  auto answer = co_await inner_.release(std::move(request), give_up);
  if (!answer) {
    failed(asked, answer.error());
  } else {
    const bool released = *answer == ReleaseAnswer::released;
    answered(asked, released ? EventType::ok : EventType::fail, released ? Reason::none : Reason::not_held);
  }
  co_return answer;
}

Awaitable<Result<Inspection>> WitnessedBackend::inspect(LockName name, MonoTime give_up) {
  return inner_.inspect(std::move(name), give_up);
}

}  // namespace lockstep::cli
