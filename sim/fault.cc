// Names and facts of the fault catalogue.
#include "sim/fault.h"

#include <array>

namespace lockstep::sim {
namespace {

using enum FaultSubject;
constexpr std::array<FaultFacts, kFaultKinds> kFacts{{
    {"crash-process", process, "", "the process dies at once and starts again after `lasts`"},
    {"pause-process", process, "", "the process runs nothing for `lasts`: a long garbage collection, a SIGSTOP"},
    {"reboot-host", host, "", "power loss: every process dies, unsynced data is at risk, clocks begin a new boot"},
    {"cut-link", link, "", "no message passes between two hosts"},
    {"cut-one-way", link, "", "no message passes from `target` to `other`; the other way is open"},
    {"isolate-host", host, "", "no message passes between the host and any other"},
    {"lossy-link", link, "ppm", "a share of the messages between two hosts is lost"},
    {"duplicating-link", link, "ppm", "a share of the messages between two hosts arrives twice"},
    {"slow-link", link, "ns", "messages between two hosts are late by up to `amount`, and overtake each other"},
    {"step-wall", host, "ns", "the wall clock steps by `amount`, either way"},
    {"freeze-wall", host, "", "the wall clock stands still"},
    {"drift-monotonic", host, "ppb", "the monotonic clock runs faster or slower by `amount`"},
    {"freeze-monotonic", host, "", "the monotonic clock stands still; beyond any honest claim"},
    {"slow-disk", host, "ns", "every sync takes `amount` longer"},
    {"full-disk", host, "", "nothing on the disk may grow; what is there may be overwritten"},
    {"failing-writes", host, "ppm", "a share of the writes to the disk fails, at some point on the way"},
    {"failing-syncs", host, "ppm", "a share of the syncs fails; what had not arrived by then never will"},
    {"failing-reads", host, "ppm", "a share of the reads from the disk fails"},
    {"lying-syncs", host, "ppm", "a share of the syncs is answered and not done; beyond any honest claim"},
}};

}  // namespace

const FaultFacts& facts_of(FaultKind kind) { return kFacts[static_cast<std::size_t>(kind)]; }

std::optional<FaultKind> fault_named(std::string_view name) {
  for (std::size_t i = 0; i < kFacts.size(); ++i) {
    if (kFacts[i].name == name) return static_cast<FaultKind>(i);
  }
  return std::nullopt;
}

}  // namespace lockstep::sim
