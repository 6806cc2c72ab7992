// The story of a run in three to seven sentences, for somebody who has never seen this program. Its nouns are
// references into the run, so that a page can show what they mean.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

struct Segment {
  enum class Refers : std::uint8_t {
    nothing,
    event,    // `index` into the events of the history
    fault,    // into the faults of the scenario
    lane,     // into the processes of the history
    message,  // into the messages told
    proof,    // into the events; `text` is the number that the event has among those that prove the violation, from 1
  };
  std::string text;  // printable ASCII
  Refers refers = Refers::nothing;
  std::uint32_t index = 0;
};
using Sentence = std::vector<Segment>;

// Of the violation that the scenario expects, or the first: who wants what, the most telling happenings in their order,
// all that prove it among them, and last why that is wrong. Of a run that violates nothing: who wants what, what went
// wrong around it, and that the promises were kept.
std::vector<Sentence> plain_story(const scenarios::RunResult& result, const scenarios::Scenario& scenario);

// Without the references, and without the numbers of what proves it.
std::string plain(const Sentence& sentence);

// What a promise is for, in plain words: "two clients must never ...".
std::string why_wrong(models::Property property);

}  // namespace lockstep::reports
