// In memory where there is such a place, since a run lasts for milliseconds.
#include "scenarios/run_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string_view>

#include "impl/adapter/child_process.h"

namespace lockstep::scenarios {
namespace {

namespace fs = std::filesystem;

std::string parent() {
  std::error_code ignored;
  const bool in_memory = std::getenv("TMPDIR") == nullptr && fs::is_directory("/dev/shm", ignored);
  return in_memory ? "/dev/shm" : fs::temp_directory_path().string();
}

constexpr std::string_view kName = "lockstep-run-";

// Of the processes for which it is true.
void remove_directories(const std::function<bool(int)>& of) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent(), error)) {
    const std::string name = entry.path().filename().string();
    int process = 0;
    if (!name.starts_with(kName) || std::sscanf(name.c_str() + kName.size(), "%d-", &process) != 1) continue;
    std::error_code ignored;
    if (process > 0 && of(process)) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

void remove_run_directories_of(int process) {
  remove_directories([&](int other) { return other == process; });
}

RunDirectory::~RunDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::string RunDirectory::of_host(std::uint32_t host) { return named(fmt::format("host-{}", host)); }

std::string RunDirectory::common() { return named("common"); }

std::string RunDirectory::named(const std::string& name) {
  if (path_.empty()) {
    static const bool swept = (remove_directories([](int process) { return !is_alive(process); }), true);
    static_cast<void>(swept);
    std::string pattern = fmt::format("{}/{}{}-XXXXXX", parent(), kName, ::getpid());
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error(fmt::format("{} cannot be made: {}", pattern, std::strerror(errno)));
    }
    path_ = pattern;
  }
  const std::string own = fmt::format("{}/{}", path_, name);
  fs::create_directories(own);
  return own;
}

}  // namespace lockstep::scenarios
