// Random programs of file system calls, run call by call on the real file system and on the simulated one: both must
// give the same answers and leave the same files. A difference is shrunk to the shortest program that shows it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/state.h>
#include <stdlib.h>

#include <array>
#include <filesystem>

#include "impl/env/real/posix_file_system.h"
#include "sim/sim_file_system.h"
#include "sim/sqlite_test_process.h"

namespace lockstep::sim {
namespace {

constexpr std::array<std::string_view, 7> kNames{"/a", "/b", "/d", "/d/a", "/d/b", "/a/x", ""};

enum class What : std::uint8_t {
  open,
  close,
  write,
  append,
  truncate,
  read,
  size,
  sync,
  share,
  exclude,
  unlock,
  remove,
  rename,
  link,
  make_directory,
  remove_directory,
  sync_directory,
  list,
  exists,
  count
};
constexpr std::array<std::string_view, static_cast<std::size_t>(What::count)> kWords{
    "open",           "close",          "write",  "append", "truncate", "read", "size",           "sync",
    "lock shared",    "lock exclusive", "unlock", "remove", "rename",   "link", "make_directory", "remove_directory",
    "sync_directory", "list",           "exists"};

struct Call {
  What what{};
  std::size_t handle = 0;
  std::size_t name = 0;
  std::size_t other = 0;
  OpenFlags flags;
  std::uint64_t offset = 0;
  std::string text;
};

std::string words_of(const Call& call) {
  const auto flags = fmt::format("{}{}{}{}", call.flags.write ? "w" : "", call.flags.create ? "c" : "",
                                 call.flags.exclusive ? "x" : "", call.flags.truncate ? "t" : "");
  return fmt::format("{} handle {} \"{}\" \"{}\" flags \"{}\" at {} \"{}\"",
                     kWords[static_cast<std::size_t>(call.what)], call.handle, kNames[call.name], kNames[call.other],
                     flags, call.offset, call.text);
}

// A file system with the open files of a program.
class Machine {
 public:
  Machine(FileSystem& files, std::string root) : files_(files), root_(std::move(root)) {}

  // The answer in words, equal on both sides.
  std::string does(const Call& call) {
    const auto path = root_ + std::string(kNames[call.name]);
    const auto other = root_ + std::string(kNames[call.other]);
    switch (call.what) {
      case What::open: return opens(handles_[call.handle], path, call.flags);
      case What::remove: return told(files_.remove(path));
      // The seam leaves open what becomes of directories.
      case What::rename: return files_.list(path) ? "a directory" : told(files_.rename(path, other));
      case What::link: return files_.list(path) ? "a directory" : told(files_.link(path, other));
      case What::make_directory: return told(files_.make_directory(path));
      case What::remove_directory: return path == root_ ? "the root" : told(files_.remove_directory(path));
      case What::sync_directory: return told(files_.sync_directory(path));
      case What::list: return told(files_.list(path));
      case What::exists: return told(files_.exists(path));
      default: return handles_[call.handle] ? does(call, handles_[call.handle]) : "not open";
    }
  }

  // Every name and every content, also of files that only handles keep.
  std::string shows() {
    std::string all;
    for (const auto name : kNames) {
      const auto path = root_ + std::string(name);
      all += fmt::format("{} {}", name, told(files_.list(path)));
      if (auto file = files_.open(path, {})) all += contents(**file);
    }
    for (const auto& handle : handles_) all += handle ? contents(*handle) : " -";
    return all;
  }

 private:
  static std::string told(const IoResult<void>& result) { return result ? "done" : told(result.error()); }
  static std::string told(const std::error_code& error) { return error.default_error_condition().message(); }
  static std::string told(const IoResult<std::vector<std::string>>& names) {
    return names ? fmt::format("[{}]", fmt::join(*names, " ")) : told(names.error());
  }
  template <typename T>
  static std::string told(const IoResult<T>& number) {
    return number ? std::to_string(*number) : told(number.error());
  }

  std::string opens(std::unique_ptr<File>& handle, const std::string& path, OpenFlags flags) {
    handle.reset();
    auto file = files_.open(path, flags);
    if (!file) return told(file.error());
    handle = std::move(*file);
    return "done";
  }

  static std::string contents(File& file, std::uint64_t offset = 0, std::size_t most = 200) {
    std::string text(most, '?');
    const auto got = file.read_at(offset, std::as_writable_bytes(std::span(text)));
    return fmt::format(" {} bytes: {}", told(got), std::string_view(text).substr(0, got.value_or(0)));
  }

  static std::string does(const Call& call, std::unique_ptr<File>& handle) {
    const auto bytes = std::as_bytes(std::span(call.text));
    switch (call.what) {
      case What::write: return told(handle->write_at(call.offset, bytes));
      case What::append: return told(handle->append(bytes));
      case What::truncate: return told(handle->truncate(call.offset));
      case What::read: return contents(*handle, call.offset, call.text.size());
      case What::size: return told(handle->size());
      case What::sync: return told(handle->sync());
      case What::share: return told(handle->try_lock(FileLock::shared));
      case What::exclude: return told(handle->try_lock(FileLock::exclusive));
      case What::unlock: return handle->unlock(), "done";
      default: return handle.reset(), "done";
    }
  }

  FileSystem& files_;
  std::string root_;
  std::array<std::unique_ptr<File>, 3> handles_;
};

struct Both {
  Both() {
    std::string pattern = testing::TempDir() + "/lockstep-XXXXXX";
    root = ::mkdtemp(pattern.data());
    real = std::make_unique<Machine>(posix, root);
    EXPECT_TRUE(disk.make_directory("/root"));
  }
  ~Both() {
    real.reset();
    std::filesystem::remove_all(root);
  }
  std::string root;
  PosixFileSystem posix;
  std::unique_ptr<Machine> real;
  Disk disk;
  TestGate gate{1};
  SimFileSystem files{disk, gate, 1};
  Machine simulated{files, "/root"};
};

struct Nothing {};

class Step final : public rc::state::Command<Nothing, Both> {
 public:
  Step() {
    // Opening and closing more often than the rest, or most handles stay closed and most files empty.
    const auto what = *rc::gen::inRange<std::size_t>(0, kWords.size() + 6);
    call_.what = what < kWords.size() ? static_cast<What>(what) : what % 3 == 0 ? What::write : What::open;
    // A real sync takes its time.
    const bool syncs = call_.what == What::sync || call_.what == What::sync_directory;
    if (syncs && *rc::gen::inRange(0, 10) != 0) call_.what = What::append;
    call_.handle = *rc::gen::inRange<std::size_t>(0, 3);
    call_.name = *rc::gen::inRange<std::size_t>(0, kNames.size());
    call_.other = *rc::gen::inRange<std::size_t>(0, kNames.size());
    call_.offset = *rc::gen::inRange<std::uint64_t>(0, 40);
    call_.text = std::string(*rc::gen::inRange<std::size_t>(0, 20), *rc::gen::inRange('a', 'z'));
    const auto flags = *rc::gen::inRange(0, 16);
    // Creating and truncating need write.
    call_.flags = {.write = flags != 0, .create = flags % 4 != 1, .exclusive = flags >= 12, .truncate = flags % 4 == 2};
    if (!call_.flags.write) call_.flags = {};
  }
  void run(const Nothing&, Both& both) const override {
    RC_ASSERT(both.real->does(call_) == both.simulated.does(call_));
  }
  void show(std::ostream& out) const override { out << words_of(call_); }

 private:
  Call call_;
};

TEST(FileSystemPrograms, GiveTheSameAnswersOnTheRealAndTheSimulatedFileSystem) {
  const rc::detail::TestParams params{.seed = 20'261'125, .maxSuccess = 500, .maxSize = 80};
  const auto result = rc::detail::checkTestable(
      [] {
        Both both;
        rc::state::check(Nothing{}, both, rc::state::gen::execOneOfWithArgs<Step>());
        RC_ASSERT(both.real->shows() == both.simulated.shows());
      },
      rc::detail::TestMetadata{}, params);
  std::ostringstream told;
  rc::detail::printResultMessage(result, told);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << told.str();
}

}  // namespace
}  // namespace lockstep::sim
