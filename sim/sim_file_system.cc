// A translation of FileSystem and File to Disk and OpenFile, with the gate before each step.
#include "sim/sim_file_system.h"

#include <exception>
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
    case DiskError::not_empty: return failure(std::errc::directory_not_empty);
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

// The result, if the process lives to see it.
template <typename T>
IoResult<T> answered(StorageGate& gate, IoResult<T> result) {
  if (!gate.leave()) return failure(std::errc::io_error);
  return result;
}

class SimFile final : public File {
 public:
  SimFile(StorageGate& gate, std::unique_ptr<OpenFile> open, bool writable, const MountOptions& mount)
      : gate_(gate),
        open_(std::move(open)),
        cache_(mount.cache),
        writable_(writable),
        network_(mount.network),
        record_locks_(mount.record_locks) {}

  // A fiber must not be left while an exception is on its way.
  ~SimFile() override {
    const bool frees = record_locks_ || open_->holds_whole_lock();
    if (network_ && frees && std::uncaught_exceptions() == 0) enter(StorageCall::lock, 0, 0);
  }

  IoResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (!enter(StorageCall::read, offset, into.size())) return failure(std::errc::io_error);
    return answered(gate_, read(offset, {reinterpret_cast<std::uint8_t*>(into.data()), into.size()}));
  }

  IoResult<void> write_at(std::uint64_t offset, std::span<const std::byte> data) override {
    if (!enter(StorageCall::write, offset, data.size())) return failure(std::errc::io_error);
    return answered(gate_, write(offset, data));
  }

  // The end is looked up after the gate, in the same step as the write.
  IoResult<void> append(std::span<const std::byte> data) override {
    if (!enter(StorageCall::write, open_->content().size(), data.size())) return failure(std::errc::io_error);
    return answered(gate_, write(open_->content().size(), data));
  }

  IoResult<void> truncate(std::uint64_t size) override {
    if (!enter(StorageCall::truncate, size, 0)) return failure(std::errc::io_error);
    return answered(gate_, cut(size));
  }

  IoResult<std::uint64_t> size() override {
    if (!enter(StorageCall::size, 0, 0)) return failure(std::errc::io_error);
    const auto size = cache_ != nullptr ? cache_->size(*open_, gate_.now()) : open_->content().size();
    return answered(gate_, IoResult<std::uint64_t>(size));
  }

  IoResult<void> sync() override {
    if (!enter(StorageCall::sync, 0, 0)) return failure(std::errc::io_error);
    const auto draw = gate_.refusal(StorageCall::sync);
    if (draw) open_->fail_sync(*draw);
    const bool done = !draw && (gate_.lies() || open_->sync());
    return answered(gate_, done ? IoResult<void>() : failure(std::errc::io_error));
  }

  IoResult<bool> try_lock(FileLock kind) override {
    if (!enter(StorageCall::lock, static_cast<std::uint64_t>(kind), 0)) return failure(std::errc::io_error);
    if (kind == FileLock::exclusive && !writable_) return failure(std::errc::bad_file_descriptor);
    const bool locked = open_->try_whole_lock(kind == FileLock::exclusive);
    if (locked) look_anew();
    return answered(gate_, IoResult<bool>(locked));
  }

  // The news of it has to get through like everything else.
  void unlock() override {
    if (network_ && !enter(StorageCall::lock, 0, 0)) return;
    if (gate_.alive() && !open_->dead()) open_->unlock_whole();
  }

 private:
  bool enter(StorageCall call, std::uint64_t offset, std::uint64_t bytes) {
    return gate_.enter(call, open_->number(), offset, bytes) && !open_->dead();
  }

  IoResult<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> into) {
    if (gate_.refusal(StorageCall::read)) return failure(std::errc::io_error);
    return cache_ != nullptr ? cache_->read(*open_, offset, into, gate_.now()) : open_->content().read(offset, into);
  }

  IoResult<void> write(std::uint64_t offset, std::span<const std::byte> data) {
    if (!writable_) return failure(std::errc::bad_file_descriptor);
    std::span bytes(reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
    const auto draw = gate_.refusal(StorageCall::write);
    if (draw) bytes = bytes.first(*draw % (bytes.size() + 1));
    const bool written = open_->content().write(offset, bytes);
    look_anew();
    if (draw) return failure(std::errc::io_error);
    return written ? IoResult<void>() : failure(std::errc::no_space_on_device);
  }

  IoResult<void> cut(std::uint64_t size) {
    if (!writable_) return failure(std::errc::bad_file_descriptor);
    if (gate_.refusal(StorageCall::truncate)) return failure(std::errc::io_error);
    const bool done = open_->content().truncate(size);
    look_anew();
    return done ? IoResult<void>() : failure(std::errc::no_space_on_device);
  }

  void look_anew() {
    if (cache_ != nullptr) cache_->look_anew(*open_, gate_.now());
  }

  StorageGate& gate_;
  std::unique_ptr<OpenFile> open_;
  MountCache* cache_;
  bool writable_;
  bool network_;
  bool record_locks_;
};

}  // namespace

bool SimFileSystem::enter(StorageCall call, std::string_view path) {
  return gate_.enter(call, disk_.number_of(path), 0, 0);
}

IoResult<void> SimFileSystem::changed(std::string_view path, std::expected<void, DiskError> result) {
  if (mount_.cache != nullptr) mount_.cache->name_changed(path);
  if (result) settle(path);
  return answered(gate_, translated(std::move(result)));
}

// Or a change could be undone by the server's reboot while its answer is on the way, and a later sync of the directory
// would return well: unlike a handle, a path does not know of the reboot.
void SimFileSystem::settle(std::string_view path) {
  if (!mount_.network) return;
  const auto slash = path.rfind('/');
  static_cast<void>(disk_.sync_directory(path.substr(0, slash == 0 ? 1 : slash)));
}

std::expected<std::unique_ptr<OpenFile>, DiskError> SimFileSystem::open_on_disk(std::string_view path,
                                                                                OpenFlags flags) {
  const OpenMode mode{.create = flags.create, .exclusive = flags.exclusive, .record_locks = mount_.record_locks};
  if (mount_.cache == nullptr) return disk_.open(owner_, path, mode);
  if (flags.create) mount_.cache->name_changed(path);
  auto open = flags.create ? disk_.open(owner_, path, mode) : mount_.cache->open(owner_, path, mode, gate_.now());
  if (open) mount_.cache->look_anew(**open, gate_.now());
  return open;
}

IoResult<std::unique_ptr<File>> SimFileSystem::open(std::string_view path, OpenFlags flags) {
  if (!enter(StorageCall::open, path)) return failure(std::errc::io_error);
  auto open = open_on_disk(path, flags);
  if (!open) return answered<std::unique_ptr<File>>(gate_, failure(open.error()));
  if (flags.create) settle(path);
  if (flags.truncate) {
    (*open)->content().truncate(0);
    if (mount_.cache != nullptr) mount_.cache->look_anew(**open, gate_.now());
  }
  IoResult<std::unique_ptr<File>> file = std::make_unique<SimFile>(gate_, std::move(*open), flags.write, mount_);
  return answered(gate_, std::move(file));
}

IoResult<void> SimFileSystem::remove(std::string_view path) {
  if (!enter(StorageCall::remove, path)) return failure(std::errc::io_error);
  return changed(path, disk_.remove(path));
}

IoResult<void> SimFileSystem::rename(std::string_view from, std::string_view to) {
  if (!enter(StorageCall::rename, to)) return failure(std::errc::io_error);
  if (mount_.cache != nullptr) mount_.cache->name_changed(from);
  return changed(to, disk_.rename(from, to));
}

IoResult<void> SimFileSystem::link(std::string_view from, std::string_view to) {
  if (!enter(StorageCall::link, to)) return failure(std::errc::io_error);
  return changed(to, disk_.link(from, to));
}

IoResult<void> SimFileSystem::make_directory(std::string_view path) {
  if (!enter(StorageCall::open, path)) return failure(std::errc::io_error);
  return changed(path, disk_.make_directory(path));
}

IoResult<void> SimFileSystem::remove_directory(std::string_view path) {
  if (!enter(StorageCall::remove, path)) return failure(std::errc::io_error);
  return changed(path, disk_.remove_directory(path));
}

IoResult<void> SimFileSystem::sync_directory(std::string_view path) {
  if (!enter(StorageCall::sync, path)) return failure(std::errc::io_error);
  if (gate_.refusal(StorageCall::sync)) return answered<void>(gate_, failure(std::errc::io_error));
  if (gate_.lies()) return answered(gate_, IoResult<void>());
  return answered(gate_, translated(disk_.sync_directory(path)));
}

IoResult<std::vector<std::string>> SimFileSystem::list(std::string_view path) {
  using Names = std::vector<std::string>;
  if (!enter(StorageCall::list, path)) return failure(std::errc::io_error);
  if (gate_.refusal(StorageCall::list)) return answered<Names>(gate_, failure(std::errc::io_error));
  auto* const cache = mount_.cache;
  return answered(gate_, translated(cache != nullptr ? cache->list(path, gate_.now()) : disk_.list(path)));
}

IoResult<bool> SimFileSystem::exists(std::string_view path) {
  if (!enter(StorageCall::access, path)) return failure(std::errc::io_error);
  auto* const cache = mount_.cache;
  const bool there = cache != nullptr ? cache->exists(path, gate_.now()) : disk_.exists(path);
  return answered(gate_, IoResult<bool>(there));
}

IoResult<FileSystemTraits> SimFileSystem::traits_of(std::string_view path) {
  if (!enter(StorageCall::access, path)) return failure(std::errc::io_error);
  if (!disk_.exists(path)) return answered<FileSystemTraits>(gate_, failure(std::errc::no_such_file_or_directory));
  // A client is not told what its server does with names.
  const bool folds = mount_.network || disk_.options().folding != NameFolding::none;
  const auto kind = mount_.network ? FileSystemKind::network : FileSystemKind::local;
  return answered(gate_, IoResult<FileSystemTraits>(FileSystemTraits{kind, folds}));
}

}  // namespace lockstep::sim
