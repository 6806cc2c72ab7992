// The file stays open between two uses: opening it each time would cost as much as the lock.
#include "impl/backends/file_guard.h"

#include <fmt/format.h>

#include "impl/backends/file_store.h"

namespace lockstep {

std::size_t guard_of(const LockName& name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : file_name_of(name)) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return (hash >> 8) % FileStore::kGuards;
}

std::string guard_name(std::size_t number) { return fmt::format(".guard-{:02}", number); }

LockError file_failure(std::string_view doing, std::string_view file, std::error_code error, bool nothing_happened) {
  return {ErrorKind::storage, nothing_happened, fmt::format("cannot {} {}: {}", doing, file, error.message())};
}

FileGuard::FileGuard(FileSystem& files, const std::string& path, std::unique_ptr<File>& kept) : file_(kept) {
  if (file_ == nullptr) {
    auto opened = files.open(path, {.write = true});
    if (!opened) {
      why_not_ = file_failure("open", path, opened.error(), true);
      return;
    }
    file_ = std::move(*opened);
  }
  const auto locked = file_->try_lock(FileLock::exclusive);
  if (locked && *locked) {
    held_ = true;
  } else if (locked) {
    why_not_ = {ErrorKind::busy, true, "another process is changing a lock"};
  } else {
    why_not_ = file_failure("lock", path, locked.error(), true);
    file_.reset();  // it may be gone for good, as after a restart of the file server: open it anew next time
  }
}

FileGuard::~FileGuard() {
  if (held_ && file_ != nullptr) file_->unlock();
}

}  // namespace lockstep
