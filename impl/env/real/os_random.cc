// getrandom never gives less than it is asked for up to 256 bytes, once the kernel is seeded.
#include "impl/env/real/os_random.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lockstep {

std::uint64_t OsRandom::next() {
  if (used_ == numbers_.size() || drawn_by_ != ::getpid()) draw();
  const std::uint64_t number = numbers_[used_];
  numbers_[used_++] = 0;  // what has been given out is not found in a core dump
  return number;
}

void OsRandom::draw() {
  static_assert(sizeof numbers_ <= 256);
  while (::getrandom(numbers_.data(), sizeof numbers_, 0) != static_cast<ssize_t>(sizeof numbers_)) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  used_ = 0;
  drawn_by_ = ::getpid();
}

}  // namespace lockstep
