// POSIX calls, because a stream cannot say why it failed and does not sync.
#include "scenarios/scenario_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "scenarios/json_document.h"
#include "scenarios/scenario_json.h"

namespace lockstep::scenarios {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  bool close() { return number_ < 0 || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

std::string words_for(int error) {
  switch (error) {
    case ENOENT: return "there is no such file or directory";
    case EISDIR: return "this is a directory; name a file in it";
    case ENOTDIR: return "a part of this path is not a directory";
    case EACCES:
    case EPERM: return "permission is denied";
    case EROFS: return "this file system is read-only";
    case ENOSPC: return "the disk is full";
    case EDQUOT: return "the disk quota is used up";
    case EFBIG: return "the file is larger than the system allows";
    default: return std::generic_category().message(error);
  }
}

std::unexpected<std::string> failed(const std::string& path, std::string_view doing, int error) {
  return std::unexpected(fmt::format("{}: cannot be {}: {}", path, doing, words_for(error)));
}

// Zero, or what went wrong. Also when a signal or a full disk lets only a part be written at once.
int write_all(const Descriptor& file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.number()) == 0 ? 0 : errno;
}

int write_new(const std::string& path, std::string_view text) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file.is_open()) return errno;
  if (const int error = write_all(file, text)) return error;
  return file.close() ? 0 : errno;
}

// The rename is on disk once its directory is; a file system that cannot sync a directory has done what it can.
void sync_directory(const std::filesystem::path& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.is_open()) ::fsync(opened.number());
}

}  // namespace

std::expected<Scenario, std::string> load(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return failed(path, "read", errno);
  std::string text;
  constexpr std::size_t piece = 1 << 16;
  while (text.size() <= kLongestDocument) {
    const auto size = text.size();
    text.resize(size + piece);
    const auto got = ::read(file.number(), text.data() + size, piece);
    const int error = errno;
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && error != EINTR) return failed(path, "read", error);
    if (got == 0) break;
  }
  auto scenario = from_json(text);
  if (!scenario) return std::unexpected(fmt::format("{}: {}", path, scenario.error()));
  return scenario;
}

std::expected<void, std::string> save(const Scenario& scenario, const std::string& path) {
  if (const auto flaw = find_flaw(scenario)) {
    return std::unexpected(fmt::format("{}: is not written: {}: {}", path, flaw->place, flaw->what));
  }
  const auto text = to_json(scenario);
  if (text.size() > kLongestDocument) {
    return std::unexpected(fmt::format("{}: is not written: it would have {} bytes, {} at most; leave out steps", path,
                                       text.size(), kLongestDocument));
  }
  std::error_code unresolved;
  const auto resolved = std::filesystem::canonical(path, unresolved);
  const auto target = unresolved ? std::filesystem::path(path) : resolved;
  struct stat status {};
  if (::stat(target.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) return failed(path, "written", EISDIR);
    return std::unexpected(fmt::format("{}: cannot be written: this is not a regular file", path));
  }
  const auto partial = fmt::format("{}.{}.partial", target.native(), ::getpid());
  int error = write_new(partial, text);
  if (error == 0 && ::rename(partial.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(partial.c_str());
    return failed(path, "written", error);
  }
  sync_directory(target.has_parent_path() ? target.parent_path() : ".");
  return {};
}

}  // namespace lockstep::scenarios
