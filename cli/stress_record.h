// What the processes of a stress run write down as it happens: one record an event, one write() a record, into a file
// that outlives the process. A record is as large as fits a page a whole number of times, so that a kill in the middle
// of a write leaves all of it or nothing.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "impl/env/time.h"
#include "impl/lock/ids.h"
#include "models/history.h"

namespace lockstep::cli {

// Times are readings of CLOCK_BOOTTIME, which all processes of the host share: `event.at` is when it happened, of a
// store's event when it was decided. Attempts are named by their ids; `event.attempt` and `event.holder` are not used.
struct Record {
  models::Event event;
  AttemptId attempt;  // session 0: none
  AttemptId holder;   // as event.holder
  Token highest = 0;  // of the fenced resource after its decision
  // Not an alignment: a coroutine's frame would not keep that.
  std::array<std::byte, 256 - sizeof(models::Event) - 2 * sizeof(AttemptId) - sizeof(Token)> unused{};
};
static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) == 256);

// The end of a file, opened for appending. May be used by several threads.
class Journal {
 public:
  explicit Journal(int file) : file_(file) {}
  void write(const Record& record) const;
  int file() const { return file_; }

 private:
  int file_;
};

// Whole records; what is cut off at the end was never written.
std::vector<Record> read_records(int file);

// CLOCK_BOOTTIME, which RealHostClock reads too.
MonoTime boot_time();
// What is a reading of the clock as an event has it.
inline models::ClockReading reading_of(MonoTime time) { return {0, time.time_since_epoch()}; }

}  // namespace lockstep::cli
