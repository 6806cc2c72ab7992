// The file system of the machine, by POSIX calls and two Linux ones: open file description locks and
// appending pwritev2. Calls block. Interrupted calls are repeated, short ones continued.
#pragma once

#include "impl/env/file_system.h"

namespace lockstep {

class PosixFileSystem final : public FileSystem {
 public:
  IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) override;
  IoResult<void> remove(std::string_view path) override;
  IoResult<void> rename(std::string_view from, std::string_view to) override;
  IoResult<void> link(std::string_view from, std::string_view to) override;
  IoResult<void> make_directory(std::string_view path) override;
  IoResult<void> remove_directory(std::string_view path) override;
  IoResult<void> sync_directory(std::string_view path) override;
  IoResult<std::vector<std::string>> list(std::string_view path) override;
  IoResult<bool> exists(std::string_view path) override;
  IoResult<FileSystemTraits> traits_of(std::string_view path) override;
};

}  // namespace lockstep
