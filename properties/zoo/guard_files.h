// File systems on which the guards of a lock directory are locked in another way than by locks of open files. All other
// files are as they were, also the one by which the honest store finds out whether locks exclude.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "properties/zoo/forwarding.h"

namespace lockstep::zoo {

// POSIX record locks: they are the process's, and gone when it closes any descriptor of the file. Whoever has locked a
// guard looks through another one whether that is still the file of its name. fslock#6
class RecordLocks final : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) override;

 private:
  class Guard;
  std::map<std::string, File*, std::less<>> locked_;  // by path, through which open file
};

// A guard is locked while there is a file beside it, which whoever made it holds open and locked as long as he lives.
// One whose maker is dead is unlinked; if another has just done that and made his own, it is his that goes. lockfile#4
class LockFiles final : public ForwardingFileSystem {
 public:
  // `maker`: a number that no other process has.
  LockFiles(std::shared_ptr<FileSystem> inner, std::uint64_t maker)
      : ForwardingFileSystem(std::move(inner)), maker_(maker) {}
  IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) override;

 private:
  class Guard;
  std::uint64_t maker_;
};

// A guard is locked while the number of a living process stands in it. A process that starts gets the lowest number
// that is free: perhaps that of one who died as he held a guard. filelock#639
class ProcessNumbers final : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) override;

 private:
  class Guard;
  // The system's table of processes: a file for each number, locked by whose it is.
  IoResult<std::unique_ptr<File>> process(std::uint32_t number);
  bool start();
  bool lives(std::uint32_t number);
  std::uint32_t number_ = 0;
  std::unique_ptr<File> own_;
};

}  // namespace lockstep::zoo
