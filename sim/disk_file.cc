// One file: the hot path (read, write, sync), and what a power loss leaves of it.
#include "sim/disk_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lockstep::sim {
namespace {

void put(std::vector<std::uint8_t>& bytes, std::uint64_t offset, std::span<const std::uint8_t> data) {
  if (bytes.size() < offset + data.size()) bytes.resize(offset + data.size());
  std::memcpy(bytes.data() + offset, data.data(), data.size());
}

}  // namespace

// What is left of a file's unsynced changes, one after the other.
struct DiskFile::Survival {
  std::vector<std::uint8_t>& bytes;
  const DiskOptions& options;
  Random& random;
  // With even odds for every sector "nothing arrived" and "all arrived" would never be seen.
  std::uint64_t eighths = random.below(9);

  void decide(const Change& change, std::span<const std::uint8_t> data) {
    if (change.kind != ChangeKind::write) {
      if (random.chance(eighths, 8)) redo(bytes, change, data);
      return;
    }
    for (std::uint64_t done = 0; done < data.size();) {
      const auto at = change.offset + done;
      const auto to_boundary = options.sector_bytes - at % options.sector_bytes;
      const auto length = options.tears_writes ? std::min<std::uint64_t>(to_boundary, data.size() - done) : data.size();
      if (random.chance(eighths, 8)) {
        put(bytes, at, data.subspan(done, length));
      } else if (options.garbage_in_torn_sectors && random.chance(1, 8)) {
        std::vector<std::uint8_t> garbage(length);
        for (auto& byte : garbage) byte = static_cast<std::uint8_t>(random.next());
        put(bytes, at, garbage);
      }
      done += length;
    }
  }
};

void DiskFile::redo(std::vector<std::uint8_t>& bytes, const Change& change, std::span<const std::uint8_t> data) {
  switch (change.kind) {
    case ChangeKind::write: return put(bytes, change.offset, data);
    case ChangeKind::cut: return bytes.resize(change.offset);
    case ChangeKind::extend: return bytes.resize(change.offset + change.length);
  }
}

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
  if (parted_) return sync_parted();
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

void DiskFile::lose_power(const DiskOptions& options, Random& random) {
  if (changes_.empty() && !parted_) return;
  space_.used_bytes -= bytes_.size();
  const auto written = rewind();
  if (parted_) bytes_ = std::move(*std::exchange(parted_, nullptr));
  Survival survival{bytes_, options, random};
  for (std::size_t i = 0; i < changes_.size(); ++i) survival.decide(changes_[i], written[i]);
  space_.used_bytes += bytes_.size();
  sync();
}

void DiskFile::fail_sync(const DiskOptions& options, Random& random) {
  ++failed_syncs_;
  if (changes_.empty() || volatile_content_) return;
  auto read = bytes_;
  const auto written = rewind();
  auto durable = parted_ ? std::move(*parted_) : std::move(bytes_);
  bytes_ = std::move(read);
  Survival survival{durable, options, random};
  for (std::size_t i = 0; i < changes_.size(); ++i) survival.decide(changes_[i], written[i]);
  changes_.clear();
  overwritten_.clear();
  parted_ = durable == bytes_ ? nullptr : std::make_unique<std::vector<std::uint8_t>>(std::move(durable));
}

// Everything since the last sync becomes durable, and nothing of before a failed one.
void DiskFile::sync_parted() {
  auto read = bytes_;
  const auto written = rewind();
  for (std::size_t i = 0; i < changes_.size(); ++i) redo(*parted_, changes_[i], written[i]);
  bytes_ = std::move(read);
  changes_.clear();
  overwritten_.clear();
  if (*parted_ == bytes_) parted_.reset();
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
  if (parted_) digest.add(*parted_);
}

}  // namespace lockstep::sim
