// Cursors are bytes, not text: nobody is to make one up.
#include "impl/backends/event_log.h"

namespace lockstep {

std::string cursor_of(std::uint64_t epoch, std::uint64_t number) {
  std::string cursor;
  for (const std::uint64_t value : {epoch, number}) {
    for (int shift = 0; shift < 64; shift += 8) cursor.push_back(static_cast<char>(value >> shift));
  }
  return cursor;
}

std::optional<CursorRead> read_cursor(std::string_view cursor) {
  if (cursor.size() != 16) return std::nullopt;
  CursorRead read;
  for (std::size_t i = 0; i < 8; ++i) {
    read.epoch |= std::uint64_t{static_cast<unsigned char>(cursor[i])} << (8 * i);
    read.number |= std::uint64_t{static_cast<unsigned char>(cursor[i + 8])} << (8 * i);
  }
  return read;
}

LockError bad_cursor() { return {ErrorKind::invalid, true, "this is no cursor of this store"}; }

void EventLog::add(LockEvent event) {
  events_.push_back(std::move(event));
  ++next_;
  if (events_.size() > kLogged) events_.pop_front();
}

Result<WatchAnswer> EventLog::read(const WatchRequest& request) const {
  WatchAnswer answer{.cursor = cursor_of(epoch_, next_)};
  if (request.cursor.empty()) return answer;
  const auto cursor = read_cursor(request.cursor);
  if (!cursor) return std::unexpected(bad_cursor());
  const std::uint64_t oldest = next_ - events_.size();
  answer.missed = cursor->epoch != epoch_ || cursor->number < oldest || cursor->number > next_;
  const std::uint64_t from = answer.missed ? oldest : cursor->number;
  for (std::uint64_t number = from; number < next_; ++number) {
    const LockEvent& event = events_[number - oldest];
    if (concerns(request, event.name)) answer.events.push_back(event);
  }
  return answer;
}

}  // namespace lockstep
