// In memory where there is such a place, since a run lasts for milliseconds.
#include "scenarios/run_directory.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace lockstep::scenarios {
namespace {

namespace fs = std::filesystem;

std::string parent() {
  std::error_code ignored;
  const bool in_memory = std::getenv("TMPDIR") == nullptr && fs::is_directory("/dev/shm", ignored);
  return in_memory ? "/dev/shm" : fs::temp_directory_path().string();
}

}  // namespace

RunDirectory::~RunDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::string RunDirectory::of_host(std::uint32_t host) { return named(fmt::format("host-{}", host)); }

std::string RunDirectory::common() { return named("common"); }

std::string RunDirectory::named(const std::string& name) {
  if (path_.empty()) {
    std::string pattern = parent() + "/lockstep-run-XXXXXX";
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
