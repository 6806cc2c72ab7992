// Locks of a program that links Lockstep, beside those that Lockstep carries: listed, tried and replayed like them.
#pragma once

#include "impl/backends/simple_backend.h"
#include "scenarios/subject.h"

namespace lockstep::scenarios {

// What is wrong with a name for a lock of one's own; nothing if nothing is.
std::optional<std::string> flaw_of_name(const std::string& name);

// In the order of their registration; the first is what commands take if they are not told a backend.
const std::vector<Subject>& own_subjects();

// A global of this type registers a lock:
//
//   const lockstep::scenarios::OwnSubject mine(simple_subject<MyLock>("mine", "what it is", claims, make));
//
// The program ends with exit code 2 if the name is not fit or taken.
struct OwnSubject {
  explicit OwnSubject(Subject subject);
};

// Of four synchronous functions. Such a lock tells nothing of what it does, so only what clients are told is judged.
// `make` is called in the process that keeps it, in a blocking lane, at each of its starts; when it throws LockFailed
// it is called again a little later.
template <SimpleLock Lock>
Subject simple_subject(std::string name, std::string about, Claims claims,
                       std::function<std::shared_ptr<Lock>(const StoreParts&)> make,
                       Deployment deployment = Deployment::servers) {
  Subject subject{.name = std::move(name), .about = std::move(about), .claims = claims, .deployment = deployment};
  subject.untold = kToldByStores;
  subject.open = [make, claims](StoreParts parts) -> Awaitable<Result<OpenedStore>> {
    const auto work = [make, parts]() -> Result<std::shared_ptr<Lock>> {
      try {
        return make(parts);
      } catch (const LockFailed& failed) {
        return std::unexpected(failed.error);
      }
    };
    auto made = co_await blocking(parts.lane, parts.clock, work);
    if (!made) co_return definite(ErrorKind::cancelled);
    if (!*made) co_return std::unexpected((*made).error());
    co_return std::make_shared<SimpleBackend<Lock>>(std::move(**made), claims, parts.clock, parts.lane);
  };
  return subject;
}

// What a lock is that keeps its files itself and tells nothing, wherever it runs: several servers, if they are spread
// over hosts; nothing is judged by when its leases end if they do not.
void live_on_real_files(Subject& subject);

}  // namespace lockstep::scenarios
