// Names of properties and outcomes. The order of the table is the order of Property; ids are those of
// docs/notes/properties.md and never change, because corpus files and reports carry them.
#include "models/verdict.h"

#include <array>

namespace lockstep::models {
namespace {

struct Names {
  std::string_view id, name, promise;
};

constexpr std::array<Names, kPropertyCount> kNames{{
    {"S1", "lease-exclusion", "the store's leases of incompatible attempts never overlap on the store's clock"},
    {"S2", "belief-exclusion", "two clients never believe at one true instant that they hold the same lock"},
    {"S3", "linearizable", "what clients are told is what one lock would tell that serves them one after the other"},
    {"S4", "fencing-order", "a fencing token names one grant, and a later grant has a higher token"},
    {"S5", "fenced-writes", "the resource never accepts an older token after a newer one, nor one never issued"},
    {"S6", "ownership", "nobody but the living holder renews or releases a lease"},
    {"S7", "idempotence", "one attempt, however often it is sent, has one lease with one token"},
    {"S8", "durability", "a lease acknowledged and not ended survives restarts, and tokens never go back"},
    {"S9", "no-phantom-hold", "an attempt that was turned away holds nothing after its answer"},
    {"E1", "events", "a subscriber is told what happens to a lock: all of it, in order, and nothing else"},
    {"N1", "names", "no two names share a place: what is done to one lock is done to no other"},
    {"L1", "expiry", "a lock whose holder is gone is granted to a waiter within a ttl after healing"},
    {"L2", "progress", "after healing every acquisition is answered and every wanted lock is granted"},
    {"L3", "fifo", "whoever waits in line is granted before those who came later"},
    {"L4", "timely", "answers and loss signals come on time on the client's own clock"},
    {"L5", "deadlock-free", "several locks taken at once never wait for each other in a circle, nor stay half taken"},
}};

constexpr const Names& names(Property property) { return kNames[static_cast<std::size_t>(property)]; }

}  // namespace

std::string_view id_of(Property property) { return names(property).id; }
std::string_view name_of(Property property) { return names(property).name; }
std::string_view promise_of(Property property) { return names(property).promise; }

bool parse_property(std::string_view text, Property& out) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (text != kNames[i].id && text != kNames[i].name) continue;
    out = static_cast<Property>(i);
    return true;
  }
  return false;
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::violation: return "violation";
    case Outcome::undecided: return "undecided";
  }
  return "unknown";
}

}  // namespace lockstep::models
