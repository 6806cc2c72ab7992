// Words for traces: only needed once two runs that should be one are not.
#include "sim/trace.h"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep::sim {

std::string_view name_of(TraceKind kind) {
  switch (kind) {
    case TraceKind::start: return "start";
    case TraceKind::crash: return "crash";
    case TraceKind::pause: return "pause";
    case TraceKind::resume: return "resume";
    case TraceKind::send: return "send";
    case TraceKind::deliver: return "deliver";
    case TraceKind::lose: return "lose";
    case TraceKind::storage: return "storage";
    case TraceKind::fault: return "fault";
    case TraceKind::clock: return "clock";
    case TraceKind::history: return "history";
  }
  return "?";
}

std::string describe(const TraceRecord& record) {
  const auto ns = record.at.time_since_epoch().count();
  return fmt::format("{}.{:09} s {} {} {}", ns / 1'000'000'000, ns % 1'000'000'000, name_of(record.kind), record.a,
                     record.b);
}

std::string first_difference(const std::vector<TraceRecord>& left, const std::vector<TraceRecord>& right) {
  const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  if (l == left.end() && r == right.end()) return {};
  return fmt::format("event {}: {} against {}", l - left.begin(), l == left.end() ? "the end" : describe(*l),
                     r == right.end() ? "the end" : describe(*r));
}

}  // namespace lockstep::sim
