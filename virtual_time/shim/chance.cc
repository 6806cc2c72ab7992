// Chance from the host's seed: each process has a stream of its own, by the order in which they were born.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

std::atomic<std::uint64_t> drawn{0};
std::uint64_t stream = 0;

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

void begin_stream() {
  if (page == nullptr) return;
  stream = mixed(page->seed + 0x9e3779b97f4a7c15 * (++page->births + 1));
  drawn = 0;
}

__attribute__((constructor(102))) void begin() {
  begin_stream();
  pthread_atfork(nullptr, nullptr, begin_stream);
}

bool is_chance(const char* path) {
  return page != nullptr && path != nullptr && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0);
}

// A file of chance. It ends after 64 KiB, which nobody has been seen to need.
int chance_file(int flags) {
  const int file = memfd_create("chance", (flags & O_CLOEXEC) != 0 ? MFD_CLOEXEC : 0);
  char block[4096];
  for (int i = 0; i < 16 && file >= 0; ++i) {
    fill_by_chance(block, sizeof block);
    if (write(file, block, sizeof block) < 0) break;
  }
  if (file >= 0) lseek(file, 0, SEEK_SET);
  return file;
}

}  // namespace

void fill_by_chance(void* into, std::size_t size) {
  auto* bytes = static_cast<unsigned char*>(into);
  for (std::size_t i = 0; i < size; i += 8) {
    const auto word = mixed(stream + 0x9e3779b97f4a7c15 * ++drawn);
    memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
  }
}

LOCKSTEP_EXPORT ssize_t getrandom(void* into, std::size_t size, unsigned flags) {
  if (page == nullptr) return kernel(SYS_getrandom, into, size, flags);
  fill_by_chance(into, size);
  return static_cast<ssize_t>(size);
}

LOCKSTEP_EXPORT int getentropy(void* into, std::size_t size) {
  if (size > 256) return errno = EIO, -1;
  return getrandom(into, size, 0) < 0 ? -1 : 0;
}

LOCKSTEP_EXPORT std::uint32_t arc4random() noexcept {
  std::uint32_t value = 0;
  getrandom(&value, sizeof value, 0);
  return value;
}

LOCKSTEP_EXPORT void arc4random_buf(void* into, std::size_t size) noexcept { getrandom(into, size, 0); }

LOCKSTEP_EXPORT std::uint32_t arc4random_uniform(std::uint32_t bound) noexcept {
  return bound < 2 ? 0 : static_cast<std::uint32_t>(std::uint64_t{arc4random()} * bound >> 32);
}

LOCKSTEP_EXPORT int openat(int directory, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  if (is_chance(path)) return chance_file(flags);
  return static_cast<int>(kernel(SYS_openat, directory, path, flags | O_LARGEFILE, mode));
}

LOCKSTEP_EXPORT int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return openat(AT_FDCWD, path, flags, mode);
}

LOCKSTEP_EXPORT int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return openat(AT_FDCWD, path, flags, mode);
}

LOCKSTEP_EXPORT int __open_2(const char* path, int flags) { return openat(AT_FDCWD, path, flags); }
LOCKSTEP_EXPORT int __open64_2(const char* path, int flags) { return openat(AT_FDCWD, path, flags); }

LOCKSTEP_EXPORT FILE* fopen(const char* __restrict path, const char* __restrict mode) {
  const auto real = behind<fopen>("fopen");
  return is_chance(path) ? fdopen(chance_file(O_CLOEXEC), mode) : real(path, mode);
}

LOCKSTEP_EXPORT FILE* fopen64(const char* __restrict path, const char* __restrict mode) {
  const auto real = behind<fopen64>("fopen64");
  return is_chance(path) ? fdopen(chance_file(O_CLOEXEC), mode) : real(path, mode);
}

}  // namespace lockstep::virtual_time
