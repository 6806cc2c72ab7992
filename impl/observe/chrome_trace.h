// A client's work as a timeline: the trace event format (JSON array of asynchronous spans) that chrome://tracing and
// Perfetto open. The file is whole JSON after each event, so a process that dies leaves one that can be read.
// Source: "Trace Event Format" (Duffy et al., Google), async events.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "impl/client/telemetry.h"

namespace lockstep {

// Spans: acquire (with its outcome, and an instant `contended`), hold (with the reason of its loss) and release, each
// of one attempt. Times are microseconds of the client's monotonic clock. Bytes of a name that are no UTF-8 are shown
// as U+FFFD. Not thread-safe: one for each executor.
class ChromeTrace final : public LockTelemetry {
 public:
  // `out` must be seekable, outlive the trace, and have nothing behind its position. `process` tells several clients
  // in one viewer apart.
  explicit ChromeTrace(std::ostream& out, std::uint32_t process = 1);

  void acquire_began(const Moment& moment) override;
  void contended(const Moment& moment) override;
  void acquire_ended(const Moment& moment, AcquireEnd end, Duration waited) override;
  void hold_ended(const Moment& moment, std::optional<LossReason> loss) override;
  void release_began(const Moment& moment) override;
  void release_ended(const Moment& moment, ReleaseEnd end) override;

 private:
  void write(std::string_view span, char phase, const Moment& moment, std::string_view outcome = {});

  std::ostream& out_;
  std::uint32_t process_;
  bool first_ = true;
};

}  // namespace lockstep
