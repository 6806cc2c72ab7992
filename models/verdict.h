// What a checker says about one property of one history: ok, violation or undecided, how often the run really
// exercised the property, and for a violation the smallest set of events that proves it, with a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::models {

enum class Property : std::uint8_t {
  lease_exclusion,   // S1
  belief_exclusion,  // S2
  linearizable,      // S3
  fencing_order,     // S4
  fenced_writes,     // S5
  ownership,         // S6
  idempotence,       // S7
  durability,        // S8
  no_phantom_hold,   // S9
  events,            // E1
  names,             // N1
  expiry,            // L1
  progress,          // L2
  fifo,              // L3
  timely,            // L4
  deadlock_free,     // L5
};
inline constexpr int kPropertyCount = 16;

// "S1", "lease-exclusion", and the promise in one sentence.
std::string_view id_of(Property property);
std::string_view name_of(Property property);
std::string_view promise_of(Property property);
// Accepts an id or a name; returns false when it is neither.
bool parse_property(std::string_view text, Property& out);

enum class Outcome : std::uint8_t { ok, violation, undecided };
std::string_view name_of(Outcome outcome);

struct Verdict {
  Property property{};
  Outcome outcome = Outcome::ok;
  // How many situations occurred in which the property could have been broken. Zero: not exercised.
  std::uint64_t exercised = 0;
  // Indices into History::events, in order of time: the two or three events that prove a violation.
  std::vector<std::uint32_t> evidence;
  // One sentence with names and times. Empty when ok.
  std::string sentence;
  // A short stable label of how it was broken ("two holders", "token repeated"), to group failures by shape.
  std::string shape;
};

}  // namespace lockstep::models
