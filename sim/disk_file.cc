// One file: the hot path (read, write, sync), and what a power loss leaves of it.
#include "sim/disk_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lockstep::sim {

std::size_t DiskFile::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset >= bytes_.size()) return 0;
  const auto count = std::min<std::uint64_t>(into.size(), bytes_.size() - offset);
  std::memcpy(into.data(), bytes_.data() + offset, count);
  return count;
}

bool DiskFile::write(std::uint64_t offset, std::span<const std::uint8_t> data) {
  if (data.empty()) return true;
  const std::uint64_t old_size = bytes_.size();
  const auto end = offset + data.size();
  if (end > old_size && !space_.take(end - old_size)) return false;
  const Change change{offset, data.size(), old_size, ChangeKind::write};
  const auto overlap = change.overlap();
  if (!volatile_content_) {
    changes_.push_back(change);
    const auto* old = bytes_.data() + offset;
    if (overlap != 0) overwritten_.insert(overwritten_.end(), old, old + overlap);
  }
  if (overlap != 0) std::memcpy(bytes_.data() + offset, data.data(), overlap);
  if (overlap != data.size()) {
    if (offset > old_size) bytes_.resize(offset);
    const auto rest = data.subspan(overlap);
    bytes_.insert(bytes_.end(), rest.begin(), rest.end());
  }
  return true;
}

bool DiskFile::truncate(std::uint64_t size) {
  const std::uint64_t old_size = bytes_.size();
  if (size == old_size) return true;
  if (size > old_size) {
    if (!space_.take(size - old_size)) return false;
    if (!volatile_content_) changes_.push_back({old_size, size - old_size, old_size, ChangeKind::extend});
  } else {
    space_.used_bytes -= old_size - size;
    if (!volatile_content_) {
      changes_.push_back({size, old_size - size, old_size, ChangeKind::cut});
      overwritten_.insert(overwritten_.end(), bytes_.data() + size, bytes_.data() + old_size);
    }
  }
  bytes_.resize(size);
  return true;
}

void DiskFile::sync() {
  changes_.clear();
  overwritten_.clear();
}

// Undoes every change, the last one first, and returns what each write had written.
std::vector<std::vector<std::uint8_t>> DiskFile::rewind() {
  std::vector<std::vector<std::uint8_t>> written(changes_.size());
  auto unused = overwritten_.size();
  for (auto i = changes_.size(); i-- > 0;) {
    const auto& change = changes_[i];
    if (change.kind == ChangeKind::write) {
      const auto* begin = bytes_.data() + change.offset;
      written[i].assign(begin, begin + change.length);
    }
    bytes_.resize(change.old_size);
    const auto overlap = change.overlap();
    unused -= overlap;
    if (overlap != 0) std::memcpy(bytes_.data() + change.offset, overwritten_.data() + unused, overlap);
  }
  return written;
}

void DiskFile::put(std::uint64_t offset, std::span<const std::uint8_t> data) {
  if (bytes_.size() < offset + data.size()) bytes_.resize(offset + data.size());
  std::memcpy(bytes_.data() + offset, data.data(), data.size());
}

void DiskFile::apply_survivors(const Change& change, std::span<const std::uint8_t> data, const DiskOptions& options,
                               std::uint64_t eighths, Random& random) {
  if (change.kind != ChangeKind::write) {
    const auto size = change.kind == ChangeKind::cut ? change.offset : change.offset + change.length;
    if (random.chance(eighths, 8)) bytes_.resize(size);
    return;
  }
  for (std::uint64_t done = 0; done < data.size();) {
    const auto at = change.offset + done;
    const auto to_boundary = options.sector_bytes - at % options.sector_bytes;
    const auto length = options.tears_writes ? std::min<std::uint64_t>(to_boundary, data.size() - done) : data.size();
    if (random.chance(eighths, 8)) {
      put(at, data.subspan(done, length));
    } else if (options.garbage_in_torn_sectors && random.chance(1, 8)) {
      std::vector<std::uint8_t> garbage(length);
      for (auto& byte : garbage) byte = static_cast<std::uint8_t>(random.next());
      put(at, garbage);
    }
    done += length;
  }
}

void DiskFile::lose_power(const DiskOptions& options, Random& random) {
  if (changes_.empty()) return;
  space_.used_bytes -= bytes_.size();
  const auto written = rewind();
  // With even odds for every sector "nothing arrived" and "all arrived" would never be seen.
  const auto eighths = random.below(9);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    apply_survivors(changes_[i], written[i], options, eighths, random);
  }
  space_.used_bytes += bytes_.size();
  sync();
}

void DiskFile::add_to(Digest& digest) const {
  digest.add(bytes_);
  for (const auto& change : changes_) {
    digest.add(change.offset);
    digest.add(change.length);
    digest.add(change.old_size);
    digest.add(static_cast<std::uint64_t>(std::to_underlying(change.kind)));
  }
  digest.add(overwritten_);
}

}  // namespace lockstep::sim
