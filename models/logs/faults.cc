// By the names of the events: what begins under one name ends under another.
#include "models/logs/faults.h"

#include <fmt/format.h>

#include <string>

namespace lockstep::models {
namespace {

using Phase = LogEvent::Phase;

void set(LogEvent& event, std::string words, Phase phase) {
  event.fault = std::move(words);
  event.phase = phase;
}

// Jepsen's nemesis tells when it goes about a thing and when that is done, both as `info`.
void note_nemesis(LogEvent& event, std::string_view f) {
  for (const std::string_view begin : {"start", "stop"}) {
    const Phase phase = begin == "start" ? Phase::begins : Phase::ends;
    if (f == begin) return set(event, "nemesis", phase);
    if (f.starts_with(begin) && f[begin.size()] == '-')
      return set(event, std::string(f.substr(begin.size() + 1)), phase);
  }
  set(event, std::string(f), Phase::changes);
}

}  // namespace

void note_fault(LogEvent& event, const WorldEvent& told) {
  if (told.nemesis) return note_nemesis(event, told.f);
  if (told.type == "fault") {
    event.fault_until = told.until;
    return set(event, std::string(told.fault.empty() ? told.f : told.fault), Phase::once);
  }
  if (told.type == "fault_began" || told.type == "fault_ended")
    return set(event, told.number ? fmt::format("fault {}", *told.number) : std::string(told.fault),
               told.type == "fault_began" ? Phase::begins : Phase::ends);
  if (told.type == "process_crashed" || told.type == "process_started")
    return set(event, fmt::format("process {} is down", event.process),
               told.type == "process_crashed" ? Phase::begins : Phase::ends);
  if (told.type == "process_paused" || told.type == "process_resumed")
    return set(event, fmt::format("process {} is paused", event.process),
               told.type == "process_paused" ? Phase::begins : Phase::ends);
}

}  // namespace lockstep::models
