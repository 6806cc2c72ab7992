// flock(2) makes writers take turns; a killed one leaves it free.
#include "cli/stress_resource.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "impl/env/check.h"
#include "impl/lock/fence.h"

namespace lockstep::cli {

std::string fenced_file(const std::string& directory, std::uint32_t lock) {
  return directory + "/resource-" + std::to_string(lock);
}

FencedFile::FencedFile(const std::string& path, std::uint32_t lock, std::uint32_t process)
    : file_(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)), lock_(lock), process_(process) {
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), path);
}

FencedFile::~FencedFile() { ::close(file_); }

bool FencedFile::write(AttemptId attempt, Token token) {
  while (::flock(file_, LOCK_EX) != 0) CHECK(errno == EINTR);
  Record last;
  const off_t size = ::lseek(file_, 0, SEEK_END);
  CHECK(size >= 0);
  if (size > 0) {
    CHECK(::pread(file_, &last, sizeof last, size - static_cast<off_t>(sizeof last)) == sizeof last);
  }
  Fence fence;
  fence.admit(last.highest);
  const bool admitted = fence.admit(token);
  Record record;
  record.event.at = boot_time().time_since_epoch();
  record.event.clock = {0, record.event.at};
  record.event.type = admitted ? models::EventType::write_accepted : models::EventType::write_refused;
  record.event.op = models::Op::write;
  record.event.process = process_;
  record.event.lock = lock_;
  record.event.token = token;
  record.attempt = attempt;
  record.highest = fence.highest();
  Journal(file_).write(record);
  ::flock(file_, LOCK_UN);
  return admitted;
}

}  // namespace lockstep::cli
