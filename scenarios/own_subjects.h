// Locks of a program that links Lockstep, beside those that Lockstep carries: listed, tried and replayed like them.
#pragma once

#include "impl/backends/simple_backend.h"
#include "scenarios/subject.h"

namespace lockstep::scenarios {

// In the order of their registration; the first is what commands take if they are not told a backend.
const std::vector<Subject>& own_subjects();

// A global of this type registers a lock:
//
//   const lockstep::scenarios::OwnSubject mine(simple_subject<MyLock>("mine", "what it is", claims, make));
//
// Requires: a name that no other lock has, without '+'.
struct OwnSubject {
  explicit OwnSubject(Subject subject);
};

// Of four synchronous functions. Such a lock tells nothing of what it does, so only what clients are told is judged.
// `make` is called in the process that keeps it, in a blocking lane, at each of its starts.
template <SimpleLock Lock>
Subject simple_subject(std::string name, std::string about, Claims claims,
                       std::function<std::shared_ptr<Lock>(const StoreParts&)> make,
                       Deployment deployment = Deployment::servers) {
  Subject subject{.name = std::move(name), .about = std::move(about), .claims = claims, .deployment = deployment};
  subject.untold = kToldByStores;
  subject.open = [make, claims](StoreParts parts) -> Awaitable<Result<OpenedStore>> {
    const auto work = [make, parts] { return make(parts); };
    auto lock = co_await blocking(parts.lane, parts.clock, work);
    if (!lock) co_return definite(ErrorKind::cancelled);
    co_return std::make_shared<SimpleBackend<Lock>>(std::move(*lock), claims, parts.clock, parts.lane);
  };
  return subject;
}

}  // namespace lockstep::scenarios
