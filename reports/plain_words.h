// One happening of a run as part of a sentence, in plain words and with references: "server 0 lends A to client 0 for
// 1 s, with token 5".
#pragma once

#include <string>

#include "models/history.h"
#include "reports/plain_story.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

struct Manner {
  std::string owner;      // the client of the event's attempt, as it is to be called
  bool numbered = false;  // the attempt's number is told too, since its client has several
  bool again = false;     // the same attempt believed already
  bool joined = false;    // the sentence has named the lock
};
// Every reference is to event `index` itself. Empty for an event that has no plain words.
Sentence event_in_words(const models::History& history, std::uint32_t index, const Manner& how);

// "a message of client 0 to server 0, acquire A, is lost". Empty for one with which nothing is wrong.
Sentence message_in_words(const scenarios::RunResult& result, std::uint32_t index, const std::string& words, bool late);

// "the host of server 0".
std::string host_in_words(const scenarios::Scenario& scenario, std::uint32_t host);

// "client 2 is paused for 5 s and does not know it".
Sentence fault_in_words(const scenarios::Scenario& scenario, std::uint32_t index);

}  // namespace lockstep::reports
