// Each keeps the promise of a lock that is refused to everybody else, but for what it is wrong in.
#include "properties/zoo/guard_files.h"

#include <fmt/format.h>

#include <span>

namespace lockstep::zoo {
namespace {

bool is_guard(std::string_view path) { return path.find("/.guard-") != path.npos; }

}  // namespace

class RecordLocks::Guard final : public ForwardingFile {
 public:
  Guard(RecordLocks& system, std::string_view path, std::unique_ptr<File> inner)
      : ForwardingFile(std::move(inner)), system_(system), path_(path) {}
  ~Guard() override { unlock(); }
  IoResult<bool> try_lock(FileLock kind) override {
    const auto locked = inner_->try_lock(kind);
    if (locked && *locked) {
      system_.locked_[path_] = inner_.get();
      static_cast<void>(system_.open(path_, {}));  // it is closed at once
    }
    return locked;
  }
  void unlock() override {
    const auto locked = system_.locked_.find(path_);
    if (locked == system_.locked_.end()) return;
    locked->second->unlock();
    system_.locked_.erase(locked);
  }

 private:
  RecordLocks& system_;
  std::string path_;
};

IoResult<std::unique_ptr<File>> RecordLocks::open(std::string_view path, OpenFlags flags) {
  auto file = inner_->open(path, flags);
  if (!file || !is_guard(path)) return file;
  return std::make_unique<Guard>(*this, path, std::move(*file));
}

class LockFiles::Guard final : public ForwardingFile {
 public:
  Guard(LockFiles& system, std::string_view path, std::unique_ptr<File> inner)
      : ForwardingFile(std::move(inner)),
        files_(*system.inner_),
        there_(fmt::format("{}.held", path)),
        mine_(fmt::format("{}.{:016x}", path, system.maker_)) {}
  IoResult<bool> try_lock(FileLock kind) override {
    if (!own_) {
      auto own = files_.open(mine_, {.write = true, .create = true});
      if (!own) return std::unexpected(own.error());
      if (const auto locked = (*own)->try_lock(kind); !locked || !*locked) return locked;
      own_ = std::move(*own);
    }
    if (auto there = files_.open(there_, {.write = true})) {
      const auto free = (*there)->try_lock(kind);
      if (!free || !*free) return false;  // its maker lives
      there->reset();
      static_cast<void>(files_.remove(there_));
    }
    held_ = files_.link(mine_, there_).has_value();
    return held_;
  }
  void unlock() override {
    if (std::exchange(held_, false)) static_cast<void>(files_.remove(there_));
  }

 private:
  FileSystem& files_;
  std::string there_, mine_;
  std::unique_ptr<File> own_;
  bool held_ = false;
};

IoResult<std::unique_ptr<File>> LockFiles::open(std::string_view path, OpenFlags flags) {
  auto file = inner_->open(path, flags);
  if (!file || !is_guard(path)) return file;
  return std::make_unique<Guard>(*this, path, std::move(*file));
}

class ProcessNumbers::Guard final : public ForwardingFile {
 public:
  Guard(ProcessNumbers& system, std::unique_ptr<File> inner) : ForwardingFile(std::move(inner)), system_(system) {}
  IoResult<bool> try_lock(FileLock kind) override {
    const auto alone = inner_->try_lock(kind);  // for as long as it takes to read and write the number
    if (!alone || !*alone) return alone;
    std::uint32_t holder = 0;
    const auto read = inner_->read_at(0, std::as_writable_bytes(std::span(&holder, 1)));
    const bool held = !read || (holder != 0 && system_.lives(holder)) || !write(system_.number_);
    inner_->unlock();
    return !held;
  }
  // Again and again on a disk that fails: nothing else is to be wrong here.
  void unlock() override {
    for (int i = 0; i < 100 && !write(0); ++i) continue;
  }

 private:
  bool write(std::uint32_t number) { return inner_->write_at(0, std::as_bytes(std::span(&number, 1))).has_value(); }
  ProcessNumbers& system_;
};

IoResult<std::unique_ptr<File>> ProcessNumbers::process(std::uint32_t number) {
  return inner_->open(fmt::format("/process-{}", number), {.write = true, .create = true});
}

bool ProcessNumbers::start() {
  for (std::uint32_t number = 1; own_ == nullptr; ++number) {
    auto file = process(number);
    if (!file) return false;
    const auto free = (*file)->try_lock(FileLock::exclusive);
    if (!free) return false;
    if (!*free) continue;
    number_ = number;
    own_ = std::move(*file);
  }
  return true;
}

bool ProcessNumbers::lives(std::uint32_t number) {
  auto file = process(number);
  const auto free = file ? (*file)->try_lock(FileLock::exclusive) : IoResult<bool>(false);
  return !free || !*free;
}

IoResult<std::unique_ptr<File>> ProcessNumbers::open(std::string_view path, OpenFlags flags) {
  auto file = inner_->open(path, flags);
  if (!file || !is_guard(path)) return file;
  if (!start()) return std::unexpected(std::make_error_code(std::errc::io_error));
  return std::make_unique<Guard>(*this, std::move(*file));
}

}  // namespace lockstep::zoo
