// The system's loader, whose own words say what is wrong with a library but not what to do about it.
#include <dlfcn.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "impl/plugin/plugin_lock.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBuild = "build one with: cc -shared -fPIC -o mine.so mine.c";

// What is wrong with the file before the loader has seen it; nothing if nothing is.
std::optional<std::string> flaw_of(const std::string& file) {
  std::error_code failed;
  if (file.empty()) return "is no file: its name is empty";
  if (!fs::exists(file, failed)) return failed ? "cannot be read: " + failed.message() : "does not exist";
  if (fs::is_directory(file, failed)) return "is a directory; name the library in it";
  if (!fs::is_regular_file(file, failed)) return "is no file";
  std::ifstream in(file, std::ios::binary);
  if (!in) return fmt::format("cannot be read: {}", std::strerror(errno));
  char magic[4] = {};
  in.read(magic, sizeof magic);
  if (in.gcount() != sizeof magic || std::memcmp(magic, "\177ELF", sizeof magic) != 0) {
    return fmt::format("is no shared library; {}", kBuild);
  }
  return std::nullopt;
}

// In the loader's words, which begin with the file.
std::string why(const std::string& path) {
  const char* said = ::dlerror();
  const std::string words = said != nullptr ? said : "nobody says why";
  return words.starts_with(path + ": ") ? words.substr(path.size() + 2) : words;
}

}  // namespace

Plugin load_plugin(const std::string& file) {
  if (const auto flaw = flaw_of(file)) throw PluginTrouble(fmt::format("the plug-in {} {}", file, *flaw));
  // A name without a slash would be looked for among the system's libraries.
  const std::string path = file.find('/') == std::string::npos ? "./" + file : file;
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    throw PluginTrouble(fmt::format(
        "the plug-in {} cannot be loaded: {}; it has to be a shared library for this machine, with all that it needs",
        file, why(path)));
  }
  void* entry = ::dlsym(library, "lockstep_plugin");
  if (entry == nullptr) {
    throw PluginTrouble(
        fmt::format("the plug-in {} has no lockstep_plugin(); export it as impl/plugin/lockstep_plugin.h declares it, "
                    "in C++ within "
                    "extern \"C\"",
                    file));
  }
  return checked_plugin(file, reinterpret_cast<decltype(&::lockstep_plugin)>(entry)(LOCKSTEP_PLUGIN_ABI));
}

}  // namespace lockstep
