// The story of a run as lines to be drawn: what happened at which instant, in which process or between which two, in
// words, and which lines tell a reader what he came for. Says nothing about columns or widths.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/message_facts.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

struct StoryLine {
  enum class Kind : std::uint8_t {
    event,    // in one process
    message,  // between two
    arrival,  // of a message that was late
    world,    // a fault, or healing
    silent,   // changes what a column shows, and needs no line of its own
  };
  models::Instant at{};
  Kind kind = Kind::event;
  std::uint32_t index = 0;  // into the events of the history, or the messages told
  std::uint32_t from = 0;   // processes
  std::uint32_t to = 0;
  bool lost = false;  // the message; or it never arrived in this run
  bool late = false;  // its arrival has a line of its own
  bool evidence = false;
  bool shown = false;
  bool aside = false;  // shown, but not near to what is told
  std::string words;
};

// Every event and message, in the order in which they happened. `told` may be null; `all` shows every line that is
// not silent.
std::vector<StoryLine> story_of(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                                const models::Verdict* told, bool all);

// The line in prose, with whom it is about: "client 0 wants A, ttl 1 s, tries once", "server 0: A of client 0 expires".
std::string in_prose(const StoryLine& line, const models::History& history);

// "pause-process client 2 for 5 s", "isolate-host host 2 (client 1) for 3 s", "cut-link host 0 - host 2 for 1 s".
std::string fault_words(const sim::Fault& fault, const scenarios::Scenario& scenario);

// "12.304000": seconds with six decimals. All that fits beside a column, and enough to tell neighbours apart.
std::string clock_of(models::Instant at);

}  // namespace lockstep::reports
