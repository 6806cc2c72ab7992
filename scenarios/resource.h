// The fenced resource: a process of its own that remembers, for each lock, the highest token it has seen, and refuses
// a write with a lower one. And the client's side of a write.
#pragma once

#include <map>
#include <vector>

#include "impl/env/network.h"
#include "impl/lock/fence.h"
#include "scenarios/recorder.h"

namespace lockstep::scenarios {

// `fences`: what it remembers of each lock; kept outside, because it survives a crash as if it were on a disk.
// `compares`: whether it looks at tokens at all; a resource that does not is a planted bug.
Awaitable<void> resource_program(sim::Incarnation& self, Recorder& recorder, std::uint32_t process,
                                 std::vector<Fence>& fences, bool compares);

enum class WriteAnswer : std::uint8_t { accepted, refused, unknown };

// Sends writes and waits for their answers; one per client process.
class ResourceClient {
 public:
  ResourceClient(sim::Incarnation& self, Recorder& recorder, std::uint32_t process, Address resource)
      : self_(self), recorder_(recorder), process_(process), resource_(resource) {}
  // Takes in answers; to be spawned once.
  Awaitable<void> run();
  Awaitable<WriteAnswer> write(AttemptId attempt, std::uint32_t lock, Token token);

 private:
  struct Call {
    explicit Call(Clock& clock) : answered(clock) {}
    Signal answered;
    WriteAnswer answer = WriteAnswer::unknown;
  };
  sim::Incarnation& self_;
  Recorder& recorder_;
  std::uint32_t process_;
  Address resource_;
  std::uint64_t writes_ = 0;
  std::map<std::uint64_t, Call*> calls_;
};

}  // namespace lockstep::scenarios
