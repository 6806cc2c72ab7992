// One happening of a run as part of a sentence, in plain words and with references: "server 0 lends A to client 0 for
// 1 s, with token 5".
#pragma once

#include <vector>

#include "models/history.h"
#include "reports/pages/page_story.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

// Every reference is to event `index` itself. `owner` is the client of its attempt, or kNobody. `again`: the same
// attempt believed already. Empty for an event that has no plain words.
Sentence event_in_words(const models::History& history, std::uint32_t index, std::uint32_t owner, bool again);

// "client 2 is paused for 5 s and does not know it".
Sentence fault_in_words(const scenarios::Scenario& scenario, std::uint32_t index);

}  // namespace lockstep::reports
