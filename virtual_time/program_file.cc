// Reads the head of an ELF file: its interpreter, and the note that Go leaves.
#include "virtual_time/program_file.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

namespace lockstep::virtual_time {
namespace {

std::string bytes_at(std::ifstream& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

template <class Header>
std::optional<Header> header_at(std::ifstream& file, std::uint64_t offset) {
  const auto bytes = bytes_at(file, offset, sizeof(Header));
  if (bytes.size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

// A note of Go's linker: its name is "Go", four bytes with what ends it.
bool has_note_of_go(const std::string& notes) {
  static constexpr char kGo[4] = {'G', 'o', '\0', '\0'};
  for (std::size_t at = 0; at + sizeof(Elf64_Nhdr) + 4 <= notes.size();) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data() + at, sizeof note);
    at += sizeof note;
    if (note.n_namesz == 4 && std::memcmp(notes.data() + at, kGo, 4) == 0) return true;
    at += (note.n_namesz + 3) / 4 * 4 + (note.n_descsz + 3) / 4 * 4;
  }
  return false;
}

std::string why_not_elf(std::ifstream& file) {
  const auto header = header_at<Elf64_Ehdr>(file, 0);
  if (!header || header->e_ident[EI_CLASS] != ELFCLASS64) return "is no program of 64 bits";
  std::string interpreter;
  bool go = false;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const auto part = header_at<Elf64_Phdr>(file, header->e_phoff + std::uint64_t{i} * header->e_phentsize);
    if (!part) return "is cut off";
    if (part->p_type == PT_INTERP) interpreter = bytes_at(file, part->p_offset, part->p_filesz);
    if (part->p_type == PT_NOTE) go = go || has_note_of_go(bytes_at(file, part->p_offset, part->p_filesz));
  }
  if (go) return "is written in Go, which asks the kernel for the time itself";
  if (interpreter.empty()) return "is statically linked";
  if (interpreter.find("ld-musl") != std::string::npos) return "is linked with another C library than glibc";
  return {};
}

}  // namespace

std::string found_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = (folder.empty() ? "." : folder) + "/" + name;
    struct stat status;
    if (::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return {};
}

std::string why_not_controlled(const std::string& path) {
  std::string current = path;
  for (int scripts = 0; scripts < 5; ++scripts) {
    struct stat status;
    std::ifstream file(current, std::ios::binary);
    if (!file || ::stat(current.c_str(), &status) != 0) return "cannot be read";
    const bool sets_user = (status.st_mode & S_ISUID) != 0 && status.st_uid != ::geteuid();
    const bool sets_group = (status.st_mode & S_ISGID) != 0 && status.st_gid != ::getegid();
    if (sets_user || sets_group) return "runs as another user, and loads no libraries of ours";
    std::string line;
    std::getline(file, line);
    if (!line.starts_with("#!")) return why_not_elf(file);
    std::istringstream words(line.substr(2));
    words >> current;
  }
  return {};
}

}  // namespace lockstep::virtual_time
