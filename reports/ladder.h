// The story of one run as a sequence diagram in plain text: time runs down, processes are columns, messages are
// arrows, faults run across. Made to be pasted into a bug report.
//
//   |  runs       :  paused        (blank)  down        #A  believes to hold A        %A  likewise, while paused
//   >>  proves the violation; the sentence stands below the last of them
#pragma once

#include <string>

#include "reports/text_style.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"

namespace lockstep::reports {

struct LadderOptions {
  TextStyle style;
  // Every event and message. Otherwise, around a violation: faults, and what belongs to the attempts and the lock
  // involved, without the renewals and refused requests that changed nothing. Without a violation: faults, and who
  // had which lock when.
  bool all = false;
};

// ASCII, ends with a line break. Of several violations it tells the one that the scenario expects, or the first.
// Processes that do not appear get no column; those that do not fit into the width share the last one. A message
// stands where it was sent, and once more where it arrived if that was late.
std::string ladder(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                   const LadderOptions& options);

// The verdict that the ladder is drawn around; null without a violation.
const models::Verdict* told_verdict(const scenarios::RunResult& result, const scenarios::Scenario& scenario);

}  // namespace lockstep::reports
