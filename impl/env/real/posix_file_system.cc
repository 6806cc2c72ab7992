// Each call is one system call with its errno made a value.
#include "impl/env/real/posix_file_system.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace lockstep {
namespace {

std::unexpected<std::error_code> failure(int code = errno) {
  return std::unexpected(std::error_code(code, std::generic_category()));
}

// Repeats a system call that a signal has interrupted.
template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

IoResult<void> done_or_failure(int result) {
  if (result < 0) return failure();
  return {};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);  // its error says nothing that a missing sync would not
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

IoResult<Descriptor> open_descriptor(std::string_view path, int flags) {
  const auto number =
      uninterrupted([&] { return ::open(std::string(path).c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR); });
  if (number < 0) return failure();
  return Descriptor(number);
}

// Numbers that linux/magic.h leaves out. *Source*: statfs(2), and fs/ in Linux.
enum : std::uint32_t { zfs = 0x2fc12fc1, jfs = 0x3153464a, ntfs = 0x5346544e, ntfs3 = 0x7366746e };
enum : std::uint32_t { bcachefs = 0xca451a4e, gpfs = 0x47504653, lustre = 0x0bd00bd0, gfs2 = 0x01161970 };

FileSystemTraits traits_of_type(std::uint32_t type) {
  switch (type) {
    case EXT4_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case REISERFS_SUPER_MAGIC:
    case bcachefs: return {FileSystemKind::local, false};
    case XFS_SUPER_MAGIC:  // these two may have been made so that they fold
    case zfs:
    case jfs:
    case MSDOS_SUPER_MAGIC:
    case EXFAT_SUPER_MAGIC:
    case ntfs:
    case ntfs3: return {FileSystemKind::local, true};
    // What the server's own file system does with names is not told.
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
    case AFS_SUPER_MAGIC:
    case AFS_FS_MAGIC:
    case CEPH_SUPER_MAGIC:
    case CODA_SUPER_MAGIC:
    case OCFS2_SUPER_MAGIC:
    case V9FS_MAGIC:
    case FUSE_SUPER_MAGIC:
    case gpfs:
    case gfs2:
    case lustre: return {FileSystemKind::network, true};
    default: return {};
  }
}

class PosixFile final : public File {
 public:
  explicit PosixFile(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  IoResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto got = uninterrupted(
          [&] { return ::pread(fd(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done)); });
      if (got < 0) return failure();
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  IoResult<void> write_at(std::uint64_t offset, std::span<const std::byte> data) override {
    return write_all(data, [&](std::span<const std::byte> rest) {
      const auto at = offset + (data.size() - rest.size());
      return ::pwrite(fd(), rest.data(), rest.size(), static_cast<off_t>(at));
    });
  }

  IoResult<void> append(std::span<const std::byte> data) override {
    return write_all(data, [&](std::span<const std::byte> rest) {
      const iovec one{const_cast<std::byte*>(rest.data()), rest.size()};
      return ::pwritev2(fd(), &one, 1, 0, RWF_APPEND);
    });
  }

  IoResult<void> truncate(std::uint64_t size) override {
    const auto result = uninterrupted([&] { return ::ftruncate(fd(), static_cast<off_t>(size)); });
    // Of a file open for reading only ftruncate says EINVAL where the other calls say EBADF.
    if (result < 0 && errno == EINVAL && (::fcntl(fd(), F_GETFL) & O_ACCMODE) == O_RDONLY) return failure(EBADF);
    return done_or_failure(result);
  }

  IoResult<std::uint64_t> size() override {
    struct stat status {};
    if (::fstat(fd(), &status) < 0) return failure();
    return static_cast<std::uint64_t>(status.st_size);
  }

  // Not repeated: after a failed fsync a second one may succeed without having written anything.
  IoResult<void> sync() override { return done_or_failure(::fsync(fd())); }

  IoResult<bool> try_lock(FileLock kind) override {
    if (set_lock(kind == FileLock::exclusive ? F_WRLCK : F_RDLCK) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    return failure();
  }
  void unlock() override { set_lock(F_UNLCK); }

 private:
  int fd() const { return descriptor_.number(); }

  template <typename Write>
  static IoResult<void> write_all(std::span<const std::byte> rest, Write write) {
    do {  // also of nothing, which a file not open for writing refuses
      const auto written = uninterrupted([&] { return write(rest); });
      if (written < 0) return failure();
      rest = rest.subspan(static_cast<std::size_t>(written));
    } while (!rest.empty());
    return {};
  }

  int set_lock(int kind) {
    struct flock whole {};
    whole.l_type = static_cast<short>(kind);
    whole.l_whence = SEEK_SET;  // from 0, length 0: to the end, wherever that is
    return uninterrupted([&] { return ::fcntl(fd(), F_OFD_SETLK, &whole); });
  }

  Descriptor descriptor_;
};

}  // namespace

IoResult<std::unique_ptr<File>> PosixFileSystem::open(std::string_view path, OpenFlags flags) {
  // A named pipe or a device must not keep the caller waiting; to a file it is all the same.
  int mode = (flags.write ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY;
  if (flags.create) mode |= O_CREAT;
  if (flags.create && flags.exclusive) mode |= O_EXCL;
  if (flags.truncate) mode |= O_TRUNC;
  auto descriptor = open_descriptor(path, mode);
  if (!descriptor) return std::unexpected(descriptor.error());
  struct stat status {};
  if (::fstat(descriptor->number(), &status) < 0) return failure();
  if (S_ISDIR(status.st_mode)) return failure(EISDIR);  // a directory opens well for reading
  if (!S_ISREG(status.st_mode)) return failure(EINVAL);
  return std::make_unique<PosixFile>(std::move(*descriptor));
}

IoResult<void> PosixFileSystem::remove(std::string_view path) {
  return done_or_failure(::unlink(std::string(path).c_str()));
}

IoResult<void> PosixFileSystem::rename(std::string_view from, std::string_view to) {
  return done_or_failure(::rename(std::string(from).c_str(), std::string(to).c_str()));
}

IoResult<void> PosixFileSystem::link(std::string_view from, std::string_view to) {
  return done_or_failure(::link(std::string(from).c_str(), std::string(to).c_str()));
}

IoResult<void> PosixFileSystem::make_directory(std::string_view path) {
  return done_or_failure(::mkdir(std::string(path).c_str(), S_IRWXU));
}

IoResult<void> PosixFileSystem::remove_directory(std::string_view path) {
  return done_or_failure(::rmdir(std::string(path).c_str()));
}

IoResult<void> PosixFileSystem::sync_directory(std::string_view path) {
  const auto descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (!descriptor) return std::unexpected(descriptor.error());
  return done_or_failure(::fsync(descriptor->number()));
}

IoResult<std::vector<std::string>> PosixFileSystem::list(std::string_view path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return std::unexpected(error);
  std::ranges::sort(names);
  return names;
}

IoResult<bool> PosixFileSystem::exists(std::string_view path) {
  struct stat status {};
  if (::stat(std::string(path).c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return failure();
}

IoResult<FileSystemTraits> PosixFileSystem::traits_of(std::string_view path) {
  const auto descriptor = open_descriptor(path, O_RDONLY | O_NONBLOCK);
  if (!descriptor) return std::unexpected(descriptor.error());
  struct statfs status {};
  if (::fstatfs(descriptor->number(), &status) < 0) return failure();
  auto traits = traits_of_type(static_cast<std::uint32_t>(status.f_type));
  // ext4, f2fs and tmpfs fold names directory by directory, where one was made so.
  int flags = 0;
  if (::ioctl(descriptor->number(), FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_CASEFOLD_FL) != 0) {
    traits.may_fold_names = true;
  }
  return traits;
}

}  // namespace lockstep
