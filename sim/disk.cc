// Names, handles and crashes of a simulated disk. The contents are in disk_file.cc, the locks in
// disk_locks.cc.
#include "sim/disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "impl/env/check.h"

namespace lockstep::sim {
namespace {

// "/a/b" -> "/a", "/a" -> "/". Whoever forgets the slash stands in "/".
std::string_view directory_of(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return "/";
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

}  // namespace

OpenFile::OpenFile(Disk& disk, DiskOwner owner, std::shared_ptr<DiskFile> file, std::uint32_t number)
    : disk_(disk), owner_(owner), file_(std::move(file)), number_(number), failures_told_(file_->failed_syncs()) {
  file_->locks.join(held_);
  disk_.open_.push_back(this);
}

OpenFile::~OpenFile() {
  unmap_shared_memory();
  file_->locks.leave(held_);
  std::erase(disk_.open_, this);
}

bool OpenFile::sync() {
  if (disk_.options_.honours_sync) file_->sync();
  return std::exchange(failures_told_, file_->failed_syncs()) == file_->failed_syncs();
}

void OpenFile::fail_sync(std::uint64_t draw) {
  RandomStream random(draw);
  file_->fail_sync(disk_.options_, random);
  failures_told_ = file_->failed_syncs();
}

void OpenFile::unlock(LockLevel to) { held_.level = std::min(held_.level, to); }

void OpenFile::unlock_log(std::uint8_t mask) {
  held_.log_shared &= static_cast<std::uint8_t>(~mask);
  held_.log_exclusive &= static_cast<std::uint8_t>(~mask);
}

std::byte* OpenFile::map_shared_memory(std::size_t region, std::size_t region_bytes, bool extend) {
  CHECK(!dead_);
  if (!memory_) {
    if (!file_->shared_memory) file_->shared_memory = std::make_shared<SharedMemory>();
    memory_ = file_->shared_memory;
    if (memory_->region_bytes == 0) memory_->region_bytes = region_bytes;
    ++memory_->users;
  }
  CHECK(memory_->region_bytes == region_bytes);
  auto& regions = memory_->regions;
  if (region >= regions.size() && !extend) return nullptr;
  while (region >= regions.size()) regions.push_back(std::make_unique<std::byte[]>(region_bytes));
  return regions[region].get();
}

void OpenFile::unmap_shared_memory() {
  if (!memory_ || dead_) return;
  // The last one out clears it: the next one in would find itself alone and start anew.
  if (--memory_->users == 0) file_->shared_memory.reset();
  unlock_log(0xff);
  memory_.reset();
}

// Everything is released but the memory itself, which dead code may still write to.
void OpenFile::die() {
  if (dead_) return;
  dead_ = true;
  held_ = {};
  if (memory_ && --memory_->users == 0) file_->shared_memory.reset();
}

Disk::~Disk() { CHECK(open_.empty()); }

std::string Disk::with_spelled_directory(std::string_view path) const {
  const auto directory = directory_of(path);
  const auto last = path.substr(path.rfind('/'));
  return directory == "/" ? std::string(last) : respelled(directory).append(last);
}

// A scan: few disks fold, and those are small.
std::string Disk::respelled(std::string_view path) const {
  if (path == "/") return "/";
  const auto wanted = folded(path, options_.folding);
  for (const auto& [name, _] : names_) {
    if (folded(name, options_.folding) == wanted) return name;
  }
  return with_spelled_directory(path);
}

const Disk::Entry* Disk::find(std::string_view path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? nullptr : &found->second;
}

bool Disk::is_directory(std::string_view path) const {
  if (path == "/") return true;
  const auto* entry = find(path);
  return entry != nullptr && !entry->file;
}

DiskError Disk::why_missing(std::string_view path) const {
  do {
    path = directory_of(path);
    if (const auto* entry = find(path); entry != nullptr && entry->file) return DiskError::not_a_directory;
  } while (path != "/");
  return DiskError::not_found;
}

std::expected<std::unique_ptr<OpenFile>, DiskError> Disk::open(DiskOwner owner, std::string_view given, OpenMode mode) {
  const Spelled spelled(*this, given);
  const auto path = spelled.path;
  if (mode.create && mode.exclusive && exists(path)) return std::unexpected(DiskError::exists);
  if (is_directory(path)) return std::unexpected(DiskError::is_directory);
  const auto* entry = find(path);
  if (entry == nullptr) {
    if (!mode.create || !is_directory(directory_of(path))) return std::unexpected(why_missing(path));
    const auto [created, _] = names_.emplace(path, Entry{std::make_shared<DiskFile>(space_, false)});
    name_changes_.push_back({{created->first, std::nullopt}, std::nullopt});
    entry = &created->second;
  }
  return opened(owner, entry->file, number_of(path), mode);
}

std::unique_ptr<OpenFile> Disk::opened(DiskOwner owner, std::shared_ptr<DiskFile> file, std::uint32_t number,
                                       OpenMode mode) {
  auto open = std::make_unique<OpenFile>(*this, owner, std::move(file), number);
  if (mode.record_locks) open->held_.process = owner;
  return open;
}

std::unique_ptr<OpenFile> Disk::open_temporary(DiskOwner owner) {
  return std::make_unique<OpenFile>(*this, owner, std::make_shared<DiskFile>(space_, true), 0);
}

std::shared_ptr<DiskFile> Disk::file_at(std::string_view path) const {
  const auto* entry = find(Spelled(*this, path).path);
  return entry == nullptr ? nullptr : entry->file;
}

std::unique_ptr<OpenFile> Disk::reopen(DiskOwner owner, const std::shared_ptr<DiskFile>& file, std::string_view path,
                                       OpenMode mode) {
  const auto names_it = [&file](const auto& name) { return name.second.file == file; };
  if (std::ranges::none_of(names_, names_it)) return nullptr;
  return opened(owner, file, number_of(path), mode);
}

std::expected<void, DiskError> Disk::remove(std::string_view given) {
  const Spelled spelled(*this, given);
  const auto path = spelled.path;
  if (is_directory(path)) return std::unexpected(DiskError::is_directory);
  const auto found = names_.find(path);
  if (found == names_.end()) return std::unexpected(why_missing(path));
  name_changes_.push_back({{found->first, std::move(found->second)}, std::nullopt});
  names_.erase(found);
  return {};
}

std::expected<void, DiskError> Disk::rename(std::string_view given_from, std::string_view given_to) {
  const Spelled from(*this, given_from);
  const Spelled to(*this, given_to);
  // In the order in which a kernel looks: both directories, then the names.
  for (const auto* name : {&from, &to}) {
    if (name->path != "/" && !is_directory(directory_of(name->path))) return std::unexpected(why_missing(name->path));
  }
  if (is_directory(from.path)) return std::unexpected(DiskError::is_directory);
  const auto source = names_.find(from.path);
  if (source == names_.end()) return std::unexpected(DiskError::not_found);
  if (to.path == "/" || from.path.starts_with(std::string(to.path) + "/")) return std::unexpected(DiskError::not_empty);
  if (is_directory(to.path)) return std::unexpected(DiskError::is_directory);
  if (from.path == to.path) {
    const bool other_spelling = options_.folding != NameFolding::none && with_spelled_directory(given_to) != to.path;
    if (other_spelling) change_name(source, with_spelled_directory(given_to));
    return {};
  }
  const auto* replaced = find(to.path);
  if (replaced != nullptr && replaced->file == source->second.file) return {};
  change_name(source, std::string(to.path));
  return {};
}

void Disk::change_name(const Names::iterator& source, std::string to) {
  Renaming first{source->first, std::move(source->second)};
  names_.erase(source);
  Renaming second{std::move(to), std::nullopt};
  if (const auto* entry = find(second.path)) second.before = *entry;
  names_.insert_or_assign(second.path, *first.before);
  name_changes_.push_back({std::move(first), std::move(second)});
}

std::expected<void, DiskError> Disk::link(std::string_view given_from, std::string_view given_to) {
  const Spelled from(*this, given_from);
  const Spelled to(*this, given_to);
  const auto* entry = find(from.path);
  if (is_directory(from.path)) return std::unexpected(DiskError::is_directory);
  if (entry == nullptr) return std::unexpected(why_missing(from.path));
  if (exists(to.path)) return std::unexpected(DiskError::exists);
  if (!is_directory(directory_of(to.path))) return std::unexpected(why_missing(to.path));
  names_.emplace(to.path, *entry);
  name_changes_.push_back({{std::string(to.path), std::nullopt}, std::nullopt});
  return {};
}

std::expected<void, DiskError> Disk::make_directory(std::string_view given) {
  const Spelled spelled(*this, given);
  const auto path = spelled.path;
  if (exists(path)) return std::unexpected(DiskError::exists);
  if (!is_directory(directory_of(path))) return std::unexpected(why_missing(path));
  names_.emplace(path, Entry{});
  name_changes_.push_back({{std::string(path), std::nullopt}, std::nullopt});
  return {};
}

std::expected<void, DiskError> Disk::remove_directory(std::string_view given) {
  const Spelled spelled(*this, given);
  const auto path = spelled.path;
  const auto inside = list(path);
  if (!inside) return std::unexpected(inside.error());
  if (!inside->empty() || path == "/") return std::unexpected(DiskError::not_empty);
  name_changes_.push_back({{std::string(path), Entry{}}, std::nullopt});
  names_.erase(names_.find(path));
  return {};
}

std::expected<void, DiskError> Disk::sync_directory(std::string_view given) {
  const Spelled spelled(*this, given);
  const auto path = spelled.path;
  if (!exists(path)) return std::unexpected(why_missing(path));
  if (!is_directory(path)) return std::unexpected(DiskError::not_a_directory);
  if (!options_.honours_sync) return {};
  const auto last = std::ranges::find_if(name_changes_.rbegin(), name_changes_.rend(), [&](const NameChange& change) {
    return directory_of(change.first.path) == path || (change.second && directory_of(change.second->path) == path);
  });
  name_changes_.erase(name_changes_.begin(), last.base());
  return {};
}

std::expected<std::vector<std::string>, DiskError> Disk::list(std::string_view given) const {
  const Spelled spelled(*this, given);
  const auto path = spelled.path;
  if (!exists(path)) return std::unexpected(why_missing(path));
  if (!is_directory(path)) return std::unexpected(DiskError::not_a_directory);
  const auto prefix = path == "/" ? std::string("/") : std::string(path) + "/";
  std::vector<std::string> names;
  for (auto at = names_.lower_bound(prefix); at != names_.end() && at->first.starts_with(prefix); ++at) {
    auto name = at->first.substr(prefix.size());
    if (name.find('/') == std::string::npos) names.push_back(std::move(name));
  }
  return names;
}

bool Disk::exists(std::string_view path) const { return path == "/" || find(Spelled(*this, path).path) != nullptr; }

std::optional<std::uint64_t> Disk::size_of(std::string_view path) const {
  const auto file = file_at(path);
  if (!file) return std::nullopt;
  return file->size();
}

std::uint32_t Disk::number_of(std::string_view path) {
  const auto found = numbers_.find(path);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(numbers_.size() + 1);
  numbers_.emplace(path, number);
  return number;
}

void Disk::snapshot(DiskOwner owner, const std::shared_ptr<SharedMemory>& memory) {
  Snapshot copy{owner, memory, {}};
  for (const auto& earlier : snapshots_) {
    if (earlier.memory != memory) continue;
    if (earlier.owner == owner) return;  // it had two handles on the file
    copy.bytes = earlier.bytes;          // the other one dies at the same instant, and may have scribbled already
  }
  if (copy.bytes.empty()) {
    for (const auto& region : memory->regions) {
      copy.bytes.insert(copy.bytes.end(), region.get(), region.get() + memory->region_bytes);
    }
  }
  snapshots_.push_back(std::move(copy));
}

void Disk::crash_process(DiskOwner owner) {
  for (auto* handle : open_) {
    if (handle->owner_ == owner) handle->die();
  }
  for (auto* handle : open_) {
    if (handle->owner_ == owner && handle->memory_ && handle->memory_->users > 0) snapshot(owner, handle->memory_);
  }
}

void Disk::crash_finished(DiskOwner owner) {
  for (const auto& copy : snapshots_) {
    if (copy.owner != owner) continue;
    const auto& memory = *copy.memory;
    CHECK(copy.bytes.size() == memory.regions.size() * memory.region_bytes);
    for (std::size_t i = 0; i < memory.regions.size(); ++i) {
      std::memcpy(memory.regions[i].get(), copy.bytes.data() + i * memory.region_bytes, memory.region_bytes);
    }
  }
  std::erase_if(snapshots_, [&](const Snapshot& copy) { return copy.owner == owner; });
}

void Disk::undo(const Renaming& change) {
  if (change.before) {
    names_.insert_or_assign(change.path, *change.before);
  } else {
    names_.erase(change.path);
  }
}

void Disk::power_loss(Random& random) {
  for (auto* handle : open_) handle->die();
  const auto surviving = name_changes_.empty() ? 0 : random.below(name_changes_.size() + 1);
  while (name_changes_.size() > surviving) {
    const auto& change = name_changes_.back();
    if (change.second) undo(*change.second);
    undo(change.first);
    name_changes_.pop_back();
  }
  name_changes_.clear();
  for (auto& [_, entry] : names_) {
    if (entry.file) entry.file->lose_power(options_, random);
  }
}

std::uint64_t Disk::digest() const {
  Digest digest;
  const auto add_text = [&](std::string_view text) {
    digest.add(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  };
  const auto add_entry = [&](const Entry& entry) {
    digest.add(entry.file ? 1 : 2);
    if (entry.file) entry.file->add_to(digest);
  };
  for (const auto& [path, entry] : names_) {
    add_text(path);
    add_entry(entry);
  }
  const auto add_renaming = [&](const Renaming& change) {
    add_text(change.path);
    digest.add(change.before ? 1 : 0);
    if (change.before) add_entry(*change.before);
  };
  digest.add(name_changes_.size());
  for (const auto& change : name_changes_) {
    add_renaming(change.first);
    if (change.second) add_renaming(*change.second);
  }
  return digest.value();
}

}  // namespace lockstep::sim
