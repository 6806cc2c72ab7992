// One event as JSON, shared by all that writes histories; and the little that an event does not say by itself: who
// made its attempt, and whether it is about a lock or of a process at all.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "models/history.h"

namespace lockstep::reports {

inline constexpr std::uint32_t kNobody = ~std::uint32_t{0};

// The client that made each attempt, by attempt; kNobody if the history does not say.
std::vector<std::uint32_t> owners_of(const models::History& history);

bool names_lock(const models::Event& event);
// False for the world's own events: faults and healing.
bool has_process(const models::Event& event);

enum class Named : std::uint8_t { by_index, by_name };  // processes
// The fields of history_jsonl.h in their order. `owners` is owners_of(history).
nlohmann::ordered_json event_json(const models::Event& event, const models::History& history,
                                  const std::vector<std::uint32_t>& owners, Named named);

}  // namespace lockstep::reports
