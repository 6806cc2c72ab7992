// Each answer is taken from memory if it is young enough, and otherwise from the disk into memory.
#include "sim/mount_cache.h"

#include <algorithm>
#include <cstring>

namespace lockstep::sim {

const MountCache::Name& MountCache::look_up(std::string_view path, TrueTime now) {
  auto known = names_.find(path);
  if (known == names_.end()) known = names_.emplace(path, Name{TrueTime::min(), {}, false}).first;
  Name& name = known->second;
  if (name.seen == TrueTime::min() || now - name.seen >= caching_.names) {
    name = {now, disk_.file_at(path), disk_.exists(path)};
  }
  return name;
}

bool MountCache::exists(std::string_view path, TrueTime now) { return look_up(path, now).exists; }

std::expected<std::vector<std::string>, DiskError> MountCache::list(std::string_view path, TrueTime now) {
  const auto known = listings_.find(path);
  if (known != listings_.end() && now - known->second.seen < caching_.names) return known->second.names;
  auto names = disk_.list(path);
  listings_.insert_or_assign(std::string(path), Listing{now, names});
  return names;
}

std::expected<std::unique_ptr<OpenFile>, DiskError> MountCache::open(DiskOwner owner, std::string_view path,
                                                                     OpenMode mode, TrueTime now) {
  const Name& name = look_up(path, now);
  if (!name.exists) return std::unexpected(DiskError::not_found);
  if (const auto file = name.file.lock()) {
    if (auto open = disk_.reopen(owner, file, path, mode)) return open;
  }
  name_changed(path);  // a stale handle: the kernel asks once more
  return disk_.open(owner, path, mode);
}

MountCache::Content& MountCache::content_of(OpenFile& file, Duration age, TrueTime now) {
  const auto [known, added] = contents_.try_emplace(file.shared());
  Content& content = known->second;
  if (added || now - content.seen >= age) {
    content.seen = now;
    content.bytes.resize(file.content().size());
    file.content().read(0, content.bytes);
  }
  return content;
}

std::uint64_t MountCache::size(OpenFile& file, TrueTime now) {
  return content_of(file, caching_.names, now).bytes.size();
}

std::size_t MountCache::read(OpenFile& file, std::uint64_t offset, std::span<std::uint8_t> into, TrueTime now) {
  const auto& bytes = content_of(file, caching_.data, now).bytes;
  if (offset >= bytes.size()) return 0;
  const auto count = std::min<std::uint64_t>(into.size(), bytes.size() - offset);
  std::memcpy(into.data(), bytes.data() + offset, count);
  return count;
}

void MountCache::look_anew(OpenFile& file, TrueTime now) { content_of(file, Duration::zero(), now); }

void MountCache::name_changed(std::string_view path) {
  const auto slash = path.rfind('/');
  const auto directory = path.substr(0, slash == 0 ? 1 : slash);
  if (const auto listing = listings_.find(directory); listing != listings_.end()) listings_.erase(listing);
  std::erase_if(names_, [&](const auto& known) {
    return known.first.size() > slash && known.first.starts_with(path.substr(0, slash + 1)) &&
           known.first.find('/', slash + 1) == std::string::npos;
  });
}

void MountCache::forget() {
  names_.clear();
  listings_.clear();
  contents_.clear();
}

}  // namespace lockstep::sim
