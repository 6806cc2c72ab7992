// The table's growth, and how a configuration is laid down.
#include "models/general/dead_ends.h"

namespace lockstep::general {

void HashIndex::put(std::uint32_t number) {
  std::size_t at = hashes_[number] & (slots_.size() - 1);
  while (slots_[at] != kNone) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = number;
}

void HashIndex::add(std::uint64_t hash) {
  const auto number = static_cast<std::uint32_t>(hashes_.size());
  hashes_.push_back(hash);
  if (2 * hashes_.size() <= slots_.size()) return put(number);
  slots_.assign(std::max<std::size_t>(64, 2 * slots_.size()), kNone);
  for (std::uint32_t n = 0; n <= number; ++n) put(n);
}

void DeadEnds::add(const Configuration& c) {
  keys_.push_back(head(c));
  keys_.insert(keys_.end(), c.open.begin(), c.open.end());
  index_.add(c.hash);
}

}  // namespace lockstep::general
