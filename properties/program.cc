// A digest and not a version: what one has changed and not committed changes runs too.
#include "properties/program.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

namespace lockstep::properties {

std::string program() {
  static const std::string executable = digest_of("/proc/self/exe");  // some 10 MB, read once
  return fmt::format("SQLite {}, executable {}", sqlite3_sourceid(), executable.empty() ? "unknown" : executable);
}

std::string digest_of(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return "";
  std::uint64_t hash = 0xcbf29ce484222325;
  std::vector<unsigned char> bytes(1 << 16);
  for (std::size_t got = 0; (got = std::fread(bytes.data(), 1, bytes.size(), file.get())) > 0;) {
    for (std::size_t i = 0; i < got; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
  }
  return std::ferror(file.get()) != 0 ? "" : fmt::format("{:016x}", hash);
}

}  // namespace lockstep::properties
