// A full disk, or any other failure to write, would leave a history that accuses the innocent: the process ends.
#include "cli/stress_record.h"

#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "impl/env/check.h"

namespace lockstep::cli {

MonoTime boot_time() {
  timespec now{};
  CHECK(::clock_gettime(CLOCK_BOOTTIME, &now) == 0);
  return MonoTime(std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec));
}

void Journal::write(const Record& record) const {
  ssize_t written = -1;
  do {
    written = ::write(file_, &record, sizeof record);
  } while (written < 0 && errno == EINTR);
  CHECK(written == static_cast<ssize_t>(sizeof record));
}

std::vector<Record> read_records(int file) {
  const off_t size = ::lseek(file, 0, SEEK_END);
  CHECK(size >= 0);
  std::vector<Record> records(static_cast<std::size_t>(size) / sizeof(Record));
  const std::size_t bytes = records.size() * sizeof(Record);
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t got =
        ::pread(file, reinterpret_cast<char*>(records.data()) + done, bytes - done, static_cast<off_t>(done));
    CHECK(got > 0 || (got < 0 && errno == EINTR));
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return records;
}

}  // namespace lockstep::cli
