// What the models make of an unknown outcome is theirs: here an error is told as it was, definite or not.
#include "scenarios/recorded_words.h"

namespace lockstep::scenarios {

using models::Event;
using models::EventType;
using models::Reason;

Event applied(const LeaseEvent& told) {
  static constexpr EventType kTypes[] = {
      EventType::granted,   EventType::renewed,   EventType::released, EventType::expired, EventType::broken,
      EventType::restarted, EventType::recovered, EventType::repeated, EventType::queued,  EventType::left};
  Event event{.type = kTypes[static_cast<std::size_t>(told.kind)]};
  event.mode = static_cast<models::Mode>(told.mode);
  event.permits = told.permits;
  if (told.name != nullptr) event.request = told.key.number;
  event.token = told.token;
  event.ttl = told.ttl;
  return event;
}

Reason reason_of(LossReason reason) {
  switch (reason) {
    case LossReason::outage: return Reason::expired;
    case LossReason::expired: return Reason::lost;
    case LossReason::broken: return Reason::broken;
  }
  return Reason::none;
}

Event failed(Event asked, const LockError& error) {
  asked.type = error.definite ? EventType::fail : EventType::info;
  asked.reason = error.kind == ErrorKind::unreachable ? Reason::unreachable : Reason::failed;
  return asked;
}

Event answered(Event asked, const Result<Acquisition>& result) {
  if (!result) {
    asked = failed(asked, result.error());
    if (result.error().kind == ErrorKind::cancelled) asked.reason = Reason::cancelled;
  } else if (const auto* granted = std::get_if<std::shared_ptr<HeldLock>>(&*result)) {
    asked.type = EventType::ok;
    asked.token = (*granted)->token();
  } else {
    const auto why = std::get<NotAcquired>(*result).why;
    asked.type = EventType::fail;
    asked.reason = why == NotAcquired::Why::refused     ? Reason::refused
                   : why == NotAcquired::Why::timed_out ? Reason::timed_out
                                                        : Reason::expired;
  }
  return asked;
}

}  // namespace lockstep::scenarios
