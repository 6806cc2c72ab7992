// Chunks of half, a quarter, ... of a list are tried before single elements; numbers are tried at zero, then at
// half, then rounded, so that they converge by bisection and end as round figures.
#include "properties/shrink_passes.h"

#include <algorithm>

#include "properties/shrink_edits.h"

namespace lockstep::properties {
namespace {

using scenarios::Scenario;

// Position -> chunk [begin, end) of a list: first halves, then quarters, ... then single elements.
struct Chunk {
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::optional<Chunk> chunk_at(std::size_t size, std::size_t position) {
  for (std::size_t length = std::max<std::size_t>(size, 1);; length = (length + 1) / 2) {
    const std::size_t chunks = size == 0 ? 0 : (size + length - 1) / length;
    if (position < chunks) return Chunk{position * length, std::min(size, (position + 1) * length)};
    position -= chunks;
    if (length <= 1) return std::nullopt;
  }
}

template <typename List>
Tried without_chunk(const Scenario& s, List Scenario::*list, std::size_t position) {
  const auto chunk = chunk_at((s.*list).size(), position);
  if (!chunk) return {.end = true};
  Scenario smaller = s;
  auto& items = smaller.*list;
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(chunk->begin),
              items.begin() + static_cast<std::ptrdiff_t>(chunk->end));
  return {.removed = true, .smaller = std::move(smaller)};
}

Tried fewer_faults(const Scenario& s, std::size_t p) { return without_chunk(s, &Scenario::faults, p); }
Tried fewer_steps(const Scenario& s, std::size_t p) { return without_chunk(s, &Scenario::steps, p); }

Tried fewer_clients(const Scenario& s, std::size_t position) {
  if (position >= s.clients.size() || s.clients.size() == 1) return {.end = true};
  return {.removed = true, .smaller = without_client(s, static_cast<std::uint32_t>(position))};
}

Tried fewer_servers(const Scenario& s, std::size_t position) {
  if (position >= s.servers || s.servers <= 1) return {.end = true};
  return {.removed = true, .smaller = without_server(s, static_cast<std::uint32_t>(position))};
}

Tried fewer_hosts(const Scenario& s, std::size_t position) {
  if (position + 2 >= s.hosts.size()) return {.end = true};
  return {.removed = true, .smaller = without_host(s, static_cast<std::uint32_t>(position) + 1)};
}

Tried fewer_locks(const Scenario& s, std::size_t position) {
  if (position >= s.locks || s.locks <= 1) return {.end = true};
  return {.removed = true, .smaller = without_lock(s, static_cast<std::uint32_t>(position))};
}

Tried simpler_surroundings(const Scenario& s, std::size_t position) {
  const auto& edits = surroundings();
  if (position >= edits.size() + s.hosts.size()) return {.end = true};
  Scenario smaller = s;
  if (position < edits.size()) {
    edits[position](smaller);
  } else {
    smaller.hosts[position - edits.size()] = {};
  }
  return {.smaller = std::move(smaller)};
}

template <typename Item>
Tried simpler_items(const Scenario& s, std::vector<Item> Scenario::*list, const std::vector<void (*)(Item&)>& edits,
                    std::size_t position) {
  const std::size_t item = position / edits.size();
  if (item >= (s.*list).size()) return {.end = true};
  Scenario smaller = s;
  edits[position % edits.size()]((smaller.*list)[item]);
  return {.smaller = std::move(smaller)};
}

Tried simpler_steps(const Scenario& s, std::size_t p) { return simpler_items(s, &Scenario::steps, step_edits(), p); }
Tried simpler_faults(const Scenario& s, std::size_t p) { return simpler_items(s, &Scenario::faults, fault_edits(), p); }

Tried earlier_end(const Scenario& s, std::size_t position) {
  if (position > 1) return {.end = true};
  return {.smaller = position == 0 ? healed_after_last(s) : begun_at_first(s)};
}

}  // namespace

const std::vector<ShrinkPass>& shrink_passes() {
  static const std::vector<ShrinkPass> passes = {fewer_faults,  fewer_steps,          fewer_clients, fewer_servers,
                                                 fewer_locks,   fewer_hosts,          earlier_end,   simpler_surroundings,
                                                 simpler_steps, simpler_faults};
  return passes;
}

}  // namespace lockstep::properties
