// The last events of a store in memory, for subscribers that come with a cursor. A cursor counts events; the log keeps
// the last kLogged of them, and whoever was away for longer is told that he missed some.
#pragma once

#include <deque>

#include "impl/lock/backend.h"

namespace lockstep {

inline constexpr std::size_t kLogged = 4096;

// Whether a subscription hears of a name.
inline bool concerns(const WatchRequest& request, const LockName& name) {
  if (name.space != request.space) return false;
  return request.prefix ? name.bytes.starts_with(request.bytes) : name.bytes == request.bytes;
}

class EventLog {
 public:
  // `epoch` tells this log from others, such as that of the process before a restart.
  explicit EventLog(std::uint64_t epoch) : epoch_(epoch) {}

  void add(LockEvent event);
  // What has happened since the request's cursor. Errors: a cursor that is none.
  Result<WatchAnswer> read(const WatchRequest& request) const;

 private:
  std::uint64_t epoch_;
  std::uint64_t next_ = 1;  // number of the next event
  std::deque<LockEvent> events_;
};

// Cursors of two numbers: which log, and up to where it was read.
std::string cursor_of(std::uint64_t epoch, std::uint64_t number);
struct CursorRead {
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;
};
std::optional<CursorRead> read_cursor(std::string_view cursor);
LockError bad_cursor();

}  // namespace lockstep
