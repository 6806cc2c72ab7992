// Chunks of half, a quarter, ... of a list are tried before single elements; numbers are tried at zero, then rounded,
// then at half, so that they converge by bisection and end as round figures.
#include "properties/shrink_passes.h"

#include <algorithm>

#include "properties/complexity.h"
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

// The positions of an enumeration of pairs.
struct Pair {
  std::size_t first = 0;
  std::size_t second = 0;
};
Pair pair_at(std::size_t position, std::size_t seconds) { return {position / seconds, position % seconds}; }

// A client's steps are done by another one, and the client goes.
Tried merged_clients(const Scenario& s, std::size_t position) {
  const auto [client, heir] = pair_at(position, s.clients.size());
  if (client >= s.clients.size() || s.clients.size() == 1) return {.end = true};
  if (client == heir) return {};
  return {.removed = true,
          .smaller = taken_over(s, static_cast<std::uint32_t>(client), static_cast<std::uint32_t>(heir))};
}

Tried merged_faults(const Scenario& s, std::size_t position) {
  if (s.faults.empty()) return {.end = true};
  const auto [first, second] = pair_at(position, s.faults.size());
  if (first >= s.faults.size()) return {.end = true};
  if (second <= first) return {};
  const auto both = merged(s.faults[first], s.faults[second]);
  if (!both) return {};
  Scenario smaller = s;
  smaller.faults[first] = *both;
  smaller.faults.erase(smaller.faults.begin() + static_cast<std::ptrdiff_t>(second));
  return {.removed = true, .smaller = std::move(smaller)};
}

Tried simpler_fault_kinds(const Scenario& s, std::size_t position) {
  for (std::size_t i = 0; i < s.faults.size(); ++i) {
    const auto kinds = simpler_kinds(s, s.faults[i]);
    if (position >= kinds.size()) {
      position -= kinds.size();
      continue;
    }
    Scenario smaller = s;
    smaller.faults[i] = kinds[position];
    return {.smaller = std::move(smaller)};
  }
  return {.end = true};
}

Tried simpler_surroundings(const Scenario& s, std::size_t position) {
  const auto& edits = surroundings();
  if (position >= edits.size()) return {.end = true};
  Scenario smaller = s;
  edits[position](smaller);
  return {.smaller = std::move(smaller)};
}

template <typename Item>
Tried simpler_items(const Scenario& s, std::vector<Item> Scenario::*list, const std::vector<void (*)(Item&)>& edits,
                    std::size_t position) {
  const auto [item, edit] = pair_at(position, edits.size());
  if (item >= (s.*list).size()) return {.end = true};
  Scenario smaller = s;
  edits[edit]((smaller.*list)[item]);
  return {.smaller = std::move(smaller)};
}

Tried simpler_hosts(const Scenario& s, std::size_t p) { return simpler_items(s, &Scenario::hosts, host_edits(), p); }
Tried simpler_steps(const Scenario& s, std::size_t p) { return simpler_items(s, &Scenario::steps, step_edits(), p); }

Tried simpler_numbers(const Scenario& s, std::size_t position) {
  const auto [wanted, edit] = pair_at(position, number_edits().size());
  std::size_t index = 0;
  Scenario smaller = s;
  each_number(smaller, [&index, chosen = wanted, change = number_edits()[edit]](Duration number) {
    return index++ == chosen ? change(number) : number;
  });
  if (wanted >= index) return {.end = true};
  return {.smaller = std::move(smaller)};
}

Tried earlier_end(const Scenario& s, std::size_t position) {
  switch (position) {
    case 0: return {.smaller = healed_after_last(s)};
    case 1: return {.smaller = begun_at_first(s, std::chrono::seconds(1))};
    case 2: return {.smaller = begun_at_first(s, std::chrono::milliseconds(100))};
    default: return {.end = true};
  }
}

// The last resort: what is needed only because the noise is as it is, is not needed under another noise.
Tried other_noise(const Scenario& s, std::size_t position) {
  constexpr std::size_t seeds = 4;
  const auto [what, seed] = pair_at(position, seeds);
  if (what > s.faults.size()) return {.end = true};
  Scenario smaller = s;
  smaller.seed = seed + 1;
  if (what == s.faults.size()) {
    smaller.network = {};
  } else {
    smaller.faults.erase(smaller.faults.begin() + static_cast<std::ptrdiff_t>(what));
  }
  return {.removed = true, .smaller = std::move(smaller)};
}

}  // namespace

const std::vector<ShrinkPass>& shrink_passes() {
  static const std::vector<ShrinkPass> passes = {
      fewer_faults,  fewer_steps,         fewer_clients, merged_clients,  fewer_servers,
      fewer_locks,   fewer_hosts,         merged_faults, earlier_end,     simpler_surroundings,
      simpler_hosts, simpler_fault_kinds, simpler_steps, simpler_numbers, other_noise};
  return passes;
}

}  // namespace lockstep::properties
