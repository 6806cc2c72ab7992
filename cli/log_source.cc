// zlib reads what is not compressed as it is.
#include "cli/log_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "cli/commands.h"

namespace lockstep::cli {
namespace {

constexpr std::size_t kPiece = 4 << 20;
constexpr std::size_t kLongestLine = 1 << 30;

struct Close {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

// Of what no log begins with, but whole files do: what it is, and what makes a log of it.
struct OtherForm {
  std::string_view begins, what, reader;
};
constexpr OtherForm kOtherForms[] = {{"\x28\xb5\x2f\xfd", "compressed by zstd", "zstdcat"},
                                     {"\xfd"
                                      "7zXZ",
                                      "compressed by xz", "xzcat"},
                                     {"BZh", "compressed by bzip2", "bzcat"},
                                     {"PK\x03\x04", "an archive of zip", "unzip -p"},
                                     {"\xff\xfe", "in UTF-16", "iconv -f UTF-16 -t UTF-8"},
                                     {"\xfe\xff", "in UTF-16", "iconv -f UTF-16 -t UTF-8"}};

void refuse_other_forms(const std::string& name, std::string_view beginning) {
  for (const OtherForm& form : kOtherForms)
    if (beginning.starts_with(form.begins))
      throw UsageError(fmt::format("{} is {}; write: {} {} | lockstep check -", name, form.what, form.reader, name));
}

}  // namespace

void read_lines(const std::string& path, std::size_t padding, const std::function<void(std::string_view)>& take) {
  const std::string name = path == "-" ? "standard input" : path;
  const int descriptor = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw UsageError(fmt::format("{} cannot be read: {}", name, std::strerror(errno)));
  const std::unique_ptr<gzFile_s, Close> file(gzdopen(descriptor, "rb"));
  if (!file) {
    close(descriptor);
    throw UsageError(fmt::format("{} cannot be read: there is no memory left", name));
  }
  gzbuffer(file.get(), 1 << 20);
  std::vector<char> buffer(kPiece + padding);
  std::size_t filled = 0;
  bool first = true;
  while (true) {
    if (buffer.size() - padding == filled) {  // one line is longer than all of it
      if (filled >= kLongestLine) throw UsageError(name + " has a line of more than a gigabyte, so it is no log");
      buffer.resize(2 * filled + padding);
    }
    const int got = gzread(file.get(), buffer.data() + filled, static_cast<unsigned>(buffer.size() - padding - filled));
    if (got < 0) {
      int error = 0;
      const std::string_view why = gzerror(file.get(), &error);  // "<fd:3>: invalid code"
      throw UsageError(fmt::format("{} cannot be read: {}", name,
                                   error == Z_ERRNO ? std::strerror(errno) : why.substr(why.find(": ") + 2)));
    }
    if (got == 0) break;
    if (std::exchange(first, false)) refuse_other_forms(name, {buffer.data(), static_cast<std::size_t>(got)});
    filled += static_cast<std::size_t>(got);
    const std::string_view all(buffer.data(), filled);
    const std::size_t end = all.rfind('\n') + 1;  // 0 if there is none
    if (end == 0) continue;
    take(all.substr(0, end));
    std::memmove(buffer.data(), buffer.data() + end, filled - end);
    filled -= end;
  }
  int error = 0;
  gzerror(file.get(), &error);
  if (error == Z_BUF_ERROR)
    throw UsageError(fmt::format(
        "{} ends in the middle of what gzip compressed; what is there can be judged: zcat {} | lockstep check -", name,
        name));
  if (filled > 0) take({buffer.data(), filled});
}

}  // namespace lockstep::cli
