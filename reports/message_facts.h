// What the messages of a run were about. A message as told says only its words; here it is matched with the history:
// to which attempt and request it belongs, which request a reply answers, and what a write was answered.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/run.h"

namespace lockstep::reports {

struct MessageFacts {
  std::uint32_t attempt = 0;  // 0: the history does not say
  std::uint32_t request = 0;
  std::uint32_t lock = 0;  // of the attempt
  models::Op op = models::Op::none;
  bool reply = false;
  std::string words;  // "acquire A", "granted #5", "write A #5", "accepted"
};

// One for each message told, in their order. A reply is matched with the oldest unanswered request that it can be
// the answer to; of several equal ones in flight that may be the wrong one.
std::vector<MessageFacts> facts_of_messages(const scenarios::RunResult& result);

}  // namespace lockstep::reports
