// The old file stays until the new one is whole and synced.
#include "impl/backends/epoch_file.h"

#include <charconv>

#include "impl/backends/file_guard.h"

namespace lockstep {

Result<std::uint64_t> next_epoch(FileSystem& files, const std::string& directory) {
  const std::string path = directory + "/epoch";
  const std::string fresh = path + ".new";
  const auto failed = [&](std::string_view doing, std::error_code error) {
    return std::unexpected(file_failure(doing, path, error, true));
  };
  std::uint64_t last = 0;
  if (auto file = files.open(path, {})) {
    std::string text(20, '\0');
    const auto got = (*file)->read_at(0, std::as_writable_bytes(std::span(text)));
    if (!got) return failed("read", got.error());
    const auto [end, error] = std::from_chars(text.data(), text.data() + *got, last);
    if (error != std::errc()) return definite(ErrorKind::storage, path + " holds no number");
  } else if (file.error() != std::errc::no_such_file_or_directory) {
    return failed("open", file.error());
  }
  const std::string text = std::to_string(last + 1);
  {
    auto file = files.open(fresh, {.write = true, .create = true, .truncate = true});
    if (!file) return failed("create", file.error());
    if (auto written = (*file)->write_at(0, std::as_bytes(std::span(text))); !written)
      return failed("write", written.error());
    if (auto synced = (*file)->sync(); !synced) return failed("sync", synced.error());
  }
  if (auto renamed = files.rename(fresh, path); !renamed) return failed("replace", renamed.error());
  if (auto synced = files.sync_directory(directory.empty() ? "/" : directory); !synced)
    return failed("sync", synced.error());
  return last + 1;
}

}  // namespace lockstep
