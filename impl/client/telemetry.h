// What a client tells of its work to whoever counts or traces: begin and end of each acquisition, of each hold and of
// each release. Counters, histograms and spans are made of it outside; impl/observe has some. Nobody is asked when the
// hook is null.
#pragma once

#include <optional>

#include "impl/client/belief.h"
#include "impl/lock/name.h"

namespace lockstep {

enum class AcquireEnd : std::uint8_t {
  granted,
  refused,    // held by others, and it was to be tried once only
  timed_out,  // the wait limit passed
  too_late,   // granted, but over before it could be used
  cancelled,  // by the caller, or the caller is gone
  failed,     // a definite error
  unknown,    // an indefinite error
};
enum class ReleaseEnd : std::uint8_t { released, not_held, failed, unknown };

constexpr std::string_view name_of(AcquireEnd end) {
  switch (end) {
    case AcquireEnd::granted: return "granted";
    case AcquireEnd::refused: return "refused";
    case AcquireEnd::timed_out: return "timed out";
    case AcquireEnd::too_late: return "too late";
    case AcquireEnd::cancelled: return "cancelled";
    case AcquireEnd::failed: return "failed";
    case AcquireEnd::unknown: return "unknown";
  }
  return "?";
}
constexpr std::string_view name_of(ReleaseEnd end) {
  switch (end) {
    case ReleaseEnd::released: return "released";
    case ReleaseEnd::not_held: return "not held";
    case ReleaseEnd::failed: return "failed";
    case ReleaseEnd::unknown: return "unknown";
  }
  return "?";
}

// Called on the client's executor and from destructors: must not block, throw, or call the client.
class LockTelemetry {
 public:
  struct Moment {
    const LockName& name;  // for the time of the call
    AttemptId attempt;
    MonoTime at;  // on the client's monotonic clock
  };
  virtual ~LockTelemetry() = default;
  virtual void acquire_began(const Moment& moment) = 0;
  // The first answer that was no grant: somebody else is in the way. At most once in an acquisition.
  virtual void contended(const Moment& moment) = 0;
  // `waited` since it began.
  virtual void acquire_ended(const Moment& moment, AcquireEnd end, Duration waited) = 0;
  // The lock is no longer believed to be held; no reason: given back, or the handle was dropped. Once for each
  // acquisition that ended `granted`.
  virtual void hold_ended(const Moment& moment, std::optional<LossReason> loss) = 0;
  virtual void release_began(const Moment& moment) = 0;
  virtual void release_ended(const Moment& moment, ReleaseEnd end) = 0;
};

}  // namespace lockstep
