// A translation of FileSystem and File to Disk and OpenFile, with the gate before each step.
#include "sim/sim_file_system.h"

#include <utility>

namespace lockstep::sim {
namespace {

std::unexpected<std::error_code> failure(std::errc code) { return std::unexpected(std::make_error_code(code)); }

std::unexpected<std::error_code> failure(DiskError error) {
  switch (error) {
    case DiskError::not_found: return failure(std::errc::no_such_file_or_directory);
    case DiskError::exists: return failure(std::errc::file_exists);
    case DiskError::is_directory: return failure(std::errc::is_a_directory);
    case DiskError::not_a_directory: return failure(std::errc::not_a_directory);
  }
  std::unreachable();
}

template <typename T>
IoResult<T> translated(std::expected<T, DiskError> result) {
  if (!result) return failure(result.error());
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

class SimFile final : public File {
 public:
  SimFile(StorageGate& gate, std::unique_ptr<OpenFile> open, bool writable)
      : gate_(gate), open_(std::move(open)), writable_(writable) {}

  IoResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (!enter(StorageCall::read, offset, into.size())) return failure(std::errc::io_error);
    return open_->content().read(offset, {reinterpret_cast<std::uint8_t*>(into.data()), into.size()});
  }

  IoResult<void> write_at(std::uint64_t offset, std::span<const std::byte> data) override {
    if (!enter(StorageCall::write, offset, data.size())) return failure(std::errc::io_error);
    return write(offset, data);
  }

  // The end is looked up after the gate, in the same step as the write.
  IoResult<void> append(std::span<const std::byte> data) override {
    if (!enter(StorageCall::write, open_->content().size(), data.size())) return failure(std::errc::io_error);
    return write(open_->content().size(), data);
  }

  IoResult<void> truncate(std::uint64_t size) override {
    if (!enter(StorageCall::truncate, size, 0)) return failure(std::errc::io_error);
    if (!writable_) return failure(std::errc::bad_file_descriptor);
    if (!open_->content().truncate(size)) return failure(std::errc::no_space_on_device);
    return {};
  }

  IoResult<std::uint64_t> size() override {
    if (!enter(StorageCall::size, 0, 0)) return failure(std::errc::io_error);
    return open_->content().size();
  }

  IoResult<void> sync() override {
    if (!enter(StorageCall::sync, 0, 0)) return failure(std::errc::io_error);
    open_->sync();
    return {};
  }

  IoResult<bool> try_lock(FileLock kind) override {
    if (!enter(StorageCall::lock, static_cast<std::uint64_t>(kind), 0)) return failure(std::errc::io_error);
    if (kind == FileLock::exclusive && !writable_) return failure(std::errc::bad_file_descriptor);
    return open_->try_whole_lock(kind == FileLock::exclusive);
  }

  void unlock() override {
    if (gate_.alive() && !open_->dead()) open_->unlock_whole();
  }

 private:
  bool enter(StorageCall call, std::uint64_t offset, std::uint64_t bytes) {
    return gate_.enter(call, open_->number(), offset, bytes) && !open_->dead();
  }

  IoResult<void> write(std::uint64_t offset, std::span<const std::byte> data) {
    if (!writable_) return failure(std::errc::bad_file_descriptor);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data.data());
    if (!open_->content().write(offset, {bytes, data.size()})) return failure(std::errc::no_space_on_device);
    return {};
  }

  StorageGate& gate_;
  std::unique_ptr<OpenFile> open_;
  bool writable_;
};

}  // namespace

bool SimFileSystem::enter(StorageCall call, std::string_view path) {
  return gate_.enter(call, disk_.number_of(path), 0, 0);
}

IoResult<std::unique_ptr<File>> SimFileSystem::open(std::string_view path, OpenFlags flags) {
  if (!enter(StorageCall::open, path)) return failure(std::errc::io_error);
  auto open = disk_.open(owner_, path, {.create = flags.create, .exclusive = flags.exclusive});
  if (!open) return failure(open.error());
  if (flags.truncate) (*open)->content().truncate(0);
  return std::make_unique<SimFile>(gate_, std::move(*open), flags.write);
}

IoResult<void> SimFileSystem::remove(std::string_view path) {
  if (!enter(StorageCall::remove, path)) return failure(std::errc::io_error);
  return translated(disk_.remove(path));
}

IoResult<void> SimFileSystem::rename(std::string_view from, std::string_view to) {
  if (!enter(StorageCall::rename, to)) return failure(std::errc::io_error);
  return translated(disk_.rename(from, to));
}

IoResult<void> SimFileSystem::make_directory(std::string_view path) {
  if (!enter(StorageCall::open, path)) return failure(std::errc::io_error);
  return translated(disk_.make_directory(path));
}

IoResult<void> SimFileSystem::sync_directory(std::string_view path) {
  if (!enter(StorageCall::sync, path)) return failure(std::errc::io_error);
  return translated(disk_.sync_directory(path));
}

IoResult<std::vector<std::string>> SimFileSystem::list(std::string_view path) {
  if (!enter(StorageCall::list, path)) return failure(std::errc::io_error);
  return translated(disk_.list(path));
}

IoResult<bool> SimFileSystem::exists(std::string_view path) {
  if (!enter(StorageCall::access, path)) return failure(std::errc::io_error);
  return disk_.exists(path);
}

}  // namespace lockstep::sim
