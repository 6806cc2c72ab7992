// Each as small as its mechanism.
#include "properties/zoo/files.h"

namespace lockstep::zoo {

IoResult<void> PlainOverwrite::rename(std::string_view from, std::string_view to) {
  auto source = inner_->open(from, {});
  if (!source) return std::unexpected(source.error());
  const auto size = (*source)->size();
  if (!size) return std::unexpected(size.error());
  std::string content(*size, '\0');
  if (auto got = (*source)->read_at(0, std::as_writable_bytes(std::span(content))); !got)
    return std::unexpected(got.error());
  auto target = inner_->open(to, {.write = true, .create = true, .truncate = true});
  if (!target) return std::unexpected(target.error());
  if (auto written = (*target)->write_at(0, std::as_bytes(std::span(content))); !written) return written;
  return (*target)->sync();
}

IoResult<std::unique_ptr<File>> UnlinkedGuards::open(std::string_view path, OpenFlags flags) {
  const bool guard = path.find("/.guard-") != path.npos;
  if (!guard || flags.create) return inner_->open(path, flags);
  static_cast<void>(inner_->remove(path));  // another may just have done so
  flags.create = true;
  return inner_->open(path, flags);
}

}  // namespace lockstep::zoo
