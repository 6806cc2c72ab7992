// Each try has a key of its own: a server may remember an error under the key for which it was the answer.
#include "impl/client/client_core.h"

#include <algorithm>

namespace lockstep {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(20);
constexpr Duration kLongestPause = std::chrono::seconds(1);

void told(const ClientCore& core, const GiveBack& what, const Result<ReleaseAnswer>& answer) {
  if (!what.held || core.telemetry == nullptr) return;
  core.telemetry->release_ended({what.name, what.attempt, core.clock.monotonic()}, end_of(answer));
}

Awaitable<void> gives_back(std::shared_ptr<ClientCore> core, GiveBack what, std::shared_ptr<Latch> over) {
  if (core->closed) co_return;
  const MonoTime until = saturating_add(core->clock.monotonic(), what.ttl);
  if (what.held && core->telemetry != nullptr)
    core->telemetry->release_began({what.name, what.attempt, core->clock.monotonic()});
  Duration pause = kFirstPause;
  for (;;) {
    ReleaseRequest request{{what.attempt, ++what.last_request}, what.name, what.token};
    const auto answer = co_await core->backend.release(std::move(request), until);
    if (core->closed) co_return;
    const MonoTime next = saturating_add(core->clock.monotonic(), pause);
    if (answer || hopeless(answer.error()) || next >= until) {
      told(*core, what, answer);
      break;
    }
    co_await sleep_until(core->clock, next);
    if (core->closed) co_return;
    pause = std::min(pause * 2, kLongestPause);
  }
  over->set();
  const auto found = core->giving_back.find(what.attempt);
  if (found != core->giving_back.end() && found->second == over) core->giving_back.erase(found);
}

}  // namespace

void give_back(const std::shared_ptr<ClientCore>& core, GiveBack what) {
  if (core->closed) return;
  auto over = std::make_shared<Latch>(core->clock);
  core->giving_back.insert_or_assign(what.attempt, over);
  spawn(core->executor, gives_back(core, std::move(what), std::move(over)));
}

bool hopeless(const LockError& error) {
  switch (error.kind) {
    case ErrorKind::invalid:
    case ErrorKind::key_reused:
    case ErrorKind::unsupported: return true;
    default: return false;
  }
}

ReleaseEnd end_of(const Result<ReleaseAnswer>& answer) {
  if (!answer) return answer.error().definite ? ReleaseEnd::failed : ReleaseEnd::unknown;
  return *answer == ReleaseAnswer::released ? ReleaseEnd::released : ReleaseEnd::not_held;
}

}  // namespace lockstep
