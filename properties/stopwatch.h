// Real time, for the limits and the progress of a campaign. No scenario and no run ever sees it: what is found depends
// on the seeds alone.
#pragma once

#include "impl/env/time.h"

namespace lockstep::properties {

class Stopwatch {
 public:
  // Since it was made.
  Duration elapsed() const { return now() - begin_; }

 private:
  static Duration now();
  Duration begin_ = now();
};

}  // namespace lockstep::properties
